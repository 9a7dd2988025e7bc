//! The listener of the control API.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::answer::{Answer, Refusal};
use super::token::Expected;
use super::{MAX_BODY, route};
use crate::LocalCloud;

/// Connections at once; more wait to be accepted.
const MOST_CONNECTIONS: usize = 64;
/// How long a client may take to send a request's head, and then its body.
const PATIENCE: Duration = Duration::from_secs(30);

/// Serves until `shutdown`, and then until the requests under way are answered.
pub(super) async fn serve(
    cloud: LocalCloud,
    listener: TcpListener,
    token: Expected,
    shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    let graceful = GracefulShutdown::new();
    let seats = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    tokio::pin!(shutdown);
    loop {
        let next = async {
            let seat = Arc::clone(&seats).acquire_owned().await;
            (seat, listener.accept().await)
        };
        let (seat, accepted) = tokio::select! {
            next = next => next,
            () = &mut shutdown => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                crate::server::outlive(error).await?;
                continue;
            }
        };
        let (cloud, token) = (cloud.clone(), token.clone());
        let service = service_fn(move |request| {
            let (cloud, token) = (cloud.clone(), token.clone());
            async move { Ok::<_, std::convert::Infallible>(answer(&cloud, &token, request).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(PATIENCE)
            .serve_connection(TokioIo::new(stream), service);
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to the control API ended");
            }
            drop(seat);
        });
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}

async fn answer(
    cloud: &LocalCloud,
    token: &Expected,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    // Nobody without the token makes the server read a body.
    if !token.is_in(&parts.headers) {
        let mut response = write(Err(Refusal::new(
            StatusCode::UNAUTHORIZED,
            "the control API needs its token: Authorization: Bearer …",
        )));
        let scheme = HeaderValue::from_static("Bearer");
        response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
        return response;
    }
    let body = Limited::new(body, MAX_BODY).collect();
    let body = match tokio::time::timeout(PATIENCE, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => {
            return write(Err(Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("a body has at most {MAX_BODY} bytes"),
            )));
        }
        Err(_) => {
            return write(Err(Refusal::new(
                StatusCode::REQUEST_TIMEOUT,
                "the body did not arrive in time",
            )));
        }
    };
    write(route(cloud, &parts.method, parts.uri.path(), &body).await)
}

fn write(answer: Answer) -> Response<Full<Bytes>> {
    let (status, document, allow) = match answer {
        Ok((status, document)) => (status, document, None),
        Err(refusal) => (
            refusal.status,
            json!({ "error": refusal.sentence }),
            refusal.allow,
        ),
    };
    let mut response = Response::new(Full::new(Bytes::from(format!("{document}\n"))));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    let json = HeaderValue::from_static("application/json");
    headers.insert(CONTENT_TYPE, json);
    if let Some(allow) = allow {
        headers.insert(ALLOW, HeaderValue::from_static(allow));
    }
    response
}
