use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use axum::extract::{Path as Segment, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use datamesh_actor::{AskError, Meta, Runtime};
use http::Request;
use http_body_util::Full;
use tokio::process::{Child, Command};

use super::{KEYS, Peer};
use crate::counter::{Add, Counter};
use crate::{in_process, load, process};

struct RuntimeAlone {
    address: String,
    process: Child,
}

/// This program again, as a server: see [`serve`].
pub(super) async fn start(folder: &Path) -> anyhow::Result<Arc<dyn Peer>> {
    let address = process::free_address().await?;
    let log = folder.join("runtime.log");
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["serve-counter", &address]);
    command.arg(folder.join("runtime.db"));
    let mut process = process::start(&mut command, &log)?;
    process::listening(&mut process, &address, &log).await?;
    Ok(Arc::new(RuntimeAlone { address, process }))
}

#[async_trait]
impl Peer for RuntimeAlone {
    fn name(&self) -> &'static str {
        "datamesh's runtime"
    }

    fn ours(&self) -> bool {
        true
    }

    fn address(&self) -> &str {
        &self.address
    }

    fn pids(&self) -> Vec<u32> {
        self.process.id().into_iter().collect()
    }

    fn add(&self, key: usize, id: &str) -> anyhow::Result<Request<Full<Bytes>>> {
        load::json(
            Request::post(format!("/counters/c{key}/add")).header("idempotency-key", id),
            "1",
        )
    }

    async fn sum(&self) -> anyhow::Result<u64> {
        let mut sum = 0;
        for key in 0..KEYS {
            let request = load::json(Request::get(format!("/counters/c{key}")), "")?;
            let answer = load::call(&self.address, request).await?;
            sum += answer.as_u64().context("not a number")?;
        }
        Ok(sum)
    }
}

/// Serves the bench's counters on `address` from a journal at `path`, until it is killed: the runtime and its
/// journal with the least that HTTP needs before them.
pub(crate) async fn serve(address: &str, path: &Path) -> anyhow::Result<()> {
    let runtime = in_process::start(path).await?;
    let app = Router::new()
        .route("/counters/{key}/add", post(add))
        .route("/counters/{key}", get(read))
        .with_state(runtime);
    let listener = tokio::net::TcpListener::bind(address).await?;
    Ok(axum::serve(listener, app).await?)
}

type Answer = Result<Json<i64>, (StatusCode, String)>;

async fn add(
    State(runtime): State<Runtime>,
    Segment(key): Segment<String>,
    headers: HeaderMap,
    Json(n): Json<i64>,
) -> Answer {
    let id = headers
        .get("idempotency-key")
        .and_then(|id| id.to_str().ok());
    let id = id.ok_or_else(|| {
        (
            StatusCode::BAD_REQUEST,
            "idempotency-key is missing".to_owned(),
        )
    })?;
    ask(&runtime, &key, n, Some(id.to_owned())).await
}

/// Adds nothing: there is no other way to read a counter.
async fn read(State(runtime): State<Runtime>, Segment(key): Segment<String>) -> Answer {
    ask(&runtime, &key, 0, None).await
}

async fn ask(runtime: &Runtime, key: &str, n: i64, command_id: Option<String>) -> Answer {
    let meta = Meta {
        command_id,
        ..Meta::default()
    };
    match runtime.ask::<Counter>(key, Add(n), meta).await {
        Ok(state) => Ok(Json(state.sum)),
        Err(error) => {
            let status = match error {
                AskError::Busy { .. } | AskError::Retry { .. } => StatusCode::SERVICE_UNAVAILABLE,
                AskError::CommandIdReused => StatusCode::UNPROCESSABLE_ENTITY,
                _ => StatusCode::INTERNAL_SERVER_ERROR,
            };
            Err((status, error.to_string()))
        }
    }
}
