use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::Router;
use axum::routing::patch;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};

use crate::load;
use crate::report::Measured;

/// An axum server that parses a JSON body and answers one from memory: what HTTP alone costs here.
pub(crate) async fn run(connections: usize, length: Duration) -> anyhow::Result<Measured> {
    let app = Router::new().route(
        "/api/v1/assets/{id}",
        patch(|Json(body): Json<Value>| async move {
            Json(json!({ "description": body["description"], "etag": "1" }))
        }),
    );
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let make = Arc::new(|connection: usize, n: usize| {
        let body = json!({ "description": format!("{connection}-{n}") }).to_string();
        Ok(Request::patch("/api/v1/assets/a")
            .header("host", "bench")
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body)))?)
    });
    let measured = load::run(&address, connections, length, make).await;
    server.abort();
    measured
}
