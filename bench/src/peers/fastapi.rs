use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, ensure};
use async_trait::async_trait;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use tokio::process::{Child, Command};

use super::{KEYS, Peer};
use crate::{load, process};

struct FastApi {
    address: String,
    process: Child,
}

/// `bench/peers/fastapi/app.py` under uvicorn, with one worker: SQLite has one writer, and a second process would
/// only wait for its lock.
pub(super) async fn start(installed: &Path, folder: &Path) -> anyhow::Result<Arc<dyn Peer>> {
    let home = installed.join("fastapi");
    ensure!(
        home.join("app.py").exists(),
        "it is not installed in {}: `make bench-peers` does that",
        home.display()
    );
    let address = process::free_address().await?;
    let (_, port) = address.rsplit_once(':').context("no port")?;
    let log = folder.join("fastapi.log");
    let style = std::env::var("BENCH_FASTAPI_STYLE").unwrap_or_else(|_| "threads".to_owned());
    let mut command = Command::new(home.join("bin/python"));
    command
        .args(["-m", "uvicorn", "app:app", "--host", "127.0.0.1"])
        .args(["--port", port, "--no-access-log", "--log-level", "warning"])
        .current_dir(&home)
        .env("COUNTER_DB", folder.join("fastapi.db"))
        .env("COUNTER_STYLE", style);
    let mut process = process::start(&mut command, &log)?;
    process::listening(&mut process, &address, &log).await?;
    Ok(Arc::new(FastApi { address, process }))
}

#[async_trait]
impl Peer for FastApi {
    fn name(&self) -> &'static str {
        "FastAPI"
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
