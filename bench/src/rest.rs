use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use bytes::Bytes;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::load;
use crate::process;
use crate::report::Measured;

const ASSETS: usize = 256;

/// Where this program's siblings are: `target/release`.
pub(crate) fn target_folder() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(program.parent().map_or_else(PathBuf::new, PathBuf::from))
}

/// What a server did meanwhile.
pub(crate) struct Cost {
    /// Time of the processor, in all its threads, for each request; in microseconds.
    pub(crate) cpu_us: f64,
    /// How often a thread of it gave the processor up or lost it, for each request.
    pub(crate) switches: f64,
}

/// PATCHes the descriptions of draft assets of a real `datameshd` on a fresh data folder. Each is answered
/// after one commit; behind the answer it is told on the event bus of the embedded AWS, with a second commit
/// and that file's own sync. What it cost the server is read from `/proc`, where there is one; other programs
/// on the machine hardly change it.
pub(crate) async fn run(
    connections: usize,
    length: Duration,
) -> anyhow::Result<(Measured, Option<Cost>)> {
    let server = Server::start().await?;
    let assets = Arc::new(server.draft_assets().await?);
    let (address, bearer) = (server.address.clone(), server.bearer());
    let make = Arc::new(move |connection: usize, n: usize| {
        let asset = &assets[(connection * 7 + n) % assets.len()];
        let body = json!({ "description": format!("{connection}-{n}") });
        request(
            Method::PATCH,
            &format!("/api/v1/assets/{asset}"),
            &bearer,
            &body,
        )
    });
    let before = server.usage();
    let measured = load::run(&address, connections, length, make).await?;
    let requests = measured.latencies.len().max(1) as f64;
    let cost = before.zip(server.usage()).map(|(before, after)| Cost {
        cpu_us: (after.cpu_us - before.cpu_us) / requests,
        switches: (after.switches - before.switches) / requests,
    });
    Ok((measured, cost))
}

/// What a process has used since its start.
struct Usage {
    cpu_us: f64,
    switches: f64,
}

impl Usage {
    /// Reads it from `/proc` (proc(5)).
    fn of(process: u32) -> Option<Self> {
        /// `USER_HZ`, which is 100 on every Linux there is.
        const TICK_US: f64 = 10_000.0;
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks: f64 =
            fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
        let mut switches = 0.0;
        for task in std::fs::read_dir(format!("/proc/{process}/task")).ok()? {
            let status = std::fs::read_to_string(task.ok()?.path().join("status")).ok()?;
            switches += status
                .lines()
                .filter(|line| line.contains("ctxt_switches:"))
                .filter_map(|line| line.split_whitespace().last()?.parse::<f64>().ok())
                .sum::<f64>();
        }
        Some(Self {
            cpu_us: ticks * TICK_US,
            switches,
        })
    }
}

/// A `datameshd` on a fresh data folder, killed when this is dropped.
pub(crate) struct Server {
    address: String,
    token: String,
    process: Child,
    _folder: tempfile::TempDir,
}

impl Server {
    pub(crate) async fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let bin = target_folder()?;
        let (address, admin) = (
            process::free_address().await?,
            process::free_address().await?,
        );
        let log = folder.path().join("bench.log");
        let mut command = Command::new(bin.join("datameshd"));
        command
            .arg("run")
            .arg("--data-dir")
            .arg(folder.path())
            .args(["--listen", &address, "--admin-listen", &admin])
            .env("DATAMESH_LOG_LEVEL", "warn");
        let mut process = process::start(&mut command, &log)
            .context("build it with `cargo build --release -p datamesh-node`")?;
        process::listening(&mut process, &address, &log).await?;
        let token = Command::new(bin.join("datamesh"))
            .arg("--data-dir")
            .arg(folder.path())
            .args(["token", "--user", "bench@example.com", "--groups", "admins"])
            .output()
            .await?;
        if !token.status.success() {
            bail!("no token: {}", String::from_utf8_lossy(&token.stderr));
        }
        Ok(Self {
            address,
            token: String::from_utf8(token.stdout)?.trim().to_owned(),
            process,
            _folder: folder,
        })
    }

    /// Where it serves REST: `127.0.0.1:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// The header of an admin.
    pub(crate) fn bearer(&self) -> String {
        format!("Bearer {}", self.token)
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.process.id()
    }

    fn usage(&self) -> Option<Usage> {
        Usage::of(self.pid()?)
    }

    /// Makes 256 assets that only its actor knows of, and answers their ids.
    pub(crate) async fn draft_assets(&self) -> anyhow::Result<Vec<String>> {
        let domain = self
            .post(
                "/api/v1/domains",
                json!({ "domainName": "bench", "ownerGroups": ["bench"], "wait": true }),
            )
            .await?;
        let project = self
            .post(
                "/api/v1/projects",
                json!({ "domainId": domain["domainId"], "projectName": "Bench", "wait": true }),
            )
            .await?;
        let mut assets = Vec::with_capacity(ASSETS);
        for n in 0..ASSETS {
            let asset = self
                .post(
                    "/api/v1/assets",
                    json!({
                        "projectId": project["projectId"],
                        "assetName": format!("asset {n}"),
                        "s3Location": "s3://bench/data/",
                        "glueTable": "bench.data",
                        "format": "csv",
                        "draft": true,
                        "wait": true,
                    }),
                )
                .await?;
            let id = asset["assetId"].as_str().context("no assetId")?;
            assets.push(id.to_owned());
        }
        Ok(assets)
    }

    async fn post(&self, path: &str, body: Value) -> anyhow::Result<Value> {
        let request = request(Method::POST, path, &self.bearer(), &body)?;
        load::call(&self.address, request).await
    }
}

/// A request in the name of whoever `bearer` is.
pub(crate) fn request(
    method: Method,
    path: &str,
    bearer: &str,
    body: &Value,
) -> anyhow::Result<Request<Full<Bytes>>> {
    let request = Request::builder().method(method).uri(path);
    load::json(request.header("authorization", bearer), &body.to_string())
}
