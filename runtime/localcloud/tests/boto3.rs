//! The embedded cloud as boto3 sees it, a client that shares no code with the Rust SDK.
//! It installs boto3 into a virtual environment, so it is not among the tests that always run:
//! `make boto3`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[allow(dead_code, reason = "shared with the other wire tests")]
#[path = "wire/setup.rs"]
mod setup;

use std::path::{Path, PathBuf};

use datamesh_localcloud::{LocalCloud, Options};
use tokio::net::TcpListener;
use tokio::process::Command;

/// The version whose ways are known.
const BOTO3: &str = "boto3==1.40.0";

/// A Python that has boto3, from a virtual environment that the next run finds again; or why there
/// is none.
async fn python() -> Result<PathBuf, String> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("boto3");
    let python = folder.join("bin/python");
    let has = |python: PathBuf| async move {
        let found = Command::new(python)
            .args(["-c", "import boto3"])
            .output()
            .await;
        found.is_ok_and(|found| found.status.success())
    };
    if has(python.clone()).await {
        return Ok(python);
    }
    let mut venv = Command::new("python3");
    run(venv.args(["-m", "venv"]).arg(&folder)).await?;
    let mut pip = Command::new(folder.join("bin/pip"));
    run(pip.args(["install", "--quiet", BOTO3])).await?;
    Ok(python)
}

async fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().await.map_err(|error| error.to_string())?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    Err(format!("{}{}", text(&output.stdout), text(&output.stderr)))
}

#[tokio::test]
#[ignore = "installs boto3: make boto3"]
async fn boto3_understands_every_new_service() {
    let python = match python().await {
        Ok(python) => python,
        Err(reason) => {
            eprintln!("skipped: boto3 is not to be had here: {reason}");
            return;
        }
    };
    let cloud = LocalCloud::open(Options::in_memory()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/boto3/peer.py");
    let mut peer = Command::new(python);
    peer.arg(script)
        .env("AWS_ENDPOINT_URL", url)
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    tokio::select! {
        ended = run(&mut peer) => println!("{}", ended.unwrap_or_else(|said| panic!("{said}"))),
        served = cloud.serve(listener, std::future::pending()) => panic!("{served:?}"),
    }
}
