use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use async_trait::async_trait;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use serde_json::json;
use tokio::process::{Child, Command};

use super::{KEYS, Peer};
use crate::{load, process};

const READY: Duration = Duration::from_secs(60);

struct Restate {
    ingress: String,
    server: Child,
    service: Child,
}

/// Restate's server as it comes, one node with all roles, and `bench/peers/restate` as its service. Of the settings
/// only the addresses, the folder and the telemetry (off) are changed.
pub(super) async fn start(installed: &Path, folder: &Path) -> anyhow::Result<Arc<dyn Peer>> {
    let program = program(installed)?;
    let service_program = installed.join("build/release/restate-peer");
    ensure!(
        service_program.exists(),
        "its counter is not built in {}: `make bench-peers` does that",
        service_program.display()
    );
    let at = process::free_address().await?;
    let log = folder.join("restate-service.log");
    let mut service = process::start(Command::new(service_program).arg(&at), &log)?;
    process::listening(&mut service, &at, &log).await?;

    let (ingress, admin, node) = (
        process::free_address().await?,
        process::free_address().await?,
        process::free_address().await?,
    );
    let settings = folder.join("restate.toml");
    std::fs::write(&settings, settings_text(folder, &ingress, &admin, &node)?)?;
    let log = folder.join("restate.log");
    let mut command = Command::new(program);
    command.arg("--no-logo").arg("--config-file").arg(settings);
    let mut server = process::start(&mut command, &log)?;
    process::listening(&mut server, &admin, &log).await?;
    process::listening(&mut server, &ingress, &log).await?;
    let uri = json!({ "uri": format!("http://{at}") }).to_string();
    let restate = Restate {
        ingress,
        server,
        service,
    };
    until_ok(&admin, || load::json(Request::post("/deployments"), &uri)).await?;
    // Its partitions elect their leaders after it listens.
    until_ok(&restate.ingress, || restate.read(0)).await?;
    Ok(Arc::new(restate))
}

/// The package has the binary of this platform only.
fn program(installed: &Path) -> anyhow::Result<PathBuf> {
    let packages = installed.join("restate-server/node_modules/@restatedev");
    let found = std::fs::read_dir(&packages).ok().and_then(|entries| {
        entries
            .flatten()
            .map(|entry| entry.path().join("bin/restate-server"))
            .find(|program| program.exists())
    });
    found.with_context(|| {
        format!(
            "its server is not installed in {}: `make bench-peers` does that",
            packages.display()
        )
    })
}

fn settings_text(folder: &Path, ingress: &str, admin: &str, node: &str) -> anyhow::Result<String> {
    let port = |address: &str| -> anyhow::Result<u16> {
        Ok(address.rsplit_once(':').context("no port")?.1.parse()?)
    };
    Ok(format!(
        "base-dir = {:?}\nlisten-mode = \"tcp\"\nbind-ip = \"127.0.0.1\"\nbind-port = {}\n\
         disable-telemetry = true\n[ingress]\nbind-port = {}\n[admin]\nbind-port = {}\n",
        folder.join("restate"),
        port(node)?,
        port(ingress)?,
        port(admin)?
    ))
}

/// Repeats a request until it is answered well: it must be repeatable.
async fn until_ok(
    address: &str,
    request: impl Fn() -> anyhow::Result<Request<Full<Bytes>>>,
) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        let once = tokio::time::timeout(READY, load::call(address, request()?)).await;
        match once {
            Ok(Ok(_)) => return Ok(()),
            Ok(Err(error)) if began.elapsed() > READY => return Err(error),
            Err(_) => bail!("it did not answer within {READY:?}"),
            Ok(Err(_)) => tokio::time::sleep(Duration::from_millis(250)).await,
        }
    }
}

impl Restate {
    fn read(&self, key: usize) -> anyhow::Result<Request<Full<Bytes>>> {
        load::json(Request::post(format!("/Counter/c{key}/get")), "")
    }
}

#[async_trait]
impl Peer for Restate {
    fn name(&self) -> &'static str {
        "Restate"
    }

    fn address(&self) -> &str {
        &self.ingress
    }

    fn pids(&self) -> Vec<u32> {
        self.server
            .id()
            .into_iter()
            .chain(self.service.id())
            .collect()
    }

    fn add(&self, key: usize, id: &str) -> anyhow::Result<Request<Full<Bytes>>> {
        load::json(
            Request::post(format!("/Counter/c{key}/add")).header("idempotency-key", id),
            "1",
        )
    }

    async fn sum(&self) -> anyhow::Result<u64> {
        let mut sum = 0;
        for key in 0..KEYS {
            let answer = load::call(&self.ingress, self.read(key)?).await?;
            sum += answer.as_u64().context("not a number")?;
        }
        Ok(sum)
    }
}
