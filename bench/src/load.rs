use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use bytes::Bytes;
use http::{Request, request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::report::Measured;

/// Makes the `n`-th request of one connection.
pub(crate) type Make =
    Arc<dyn Fn(usize, usize) -> anyhow::Result<Request<Full<Bytes>>> + Send + Sync>;

/// `connections` HTTP/1.1 connections to `address`, each sending the next request when the last was
/// answered.
pub(crate) async fn run(
    address: &str,
    connections: usize,
    length: Duration,
    make: Make,
) -> anyhow::Result<Measured> {
    let start = Instant::now();
    let mut tasks = Vec::with_capacity(connections);
    for connection in 0..connections {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("connecting to {address}"))?;
        stream.set_nodelay(true)?;
        let (mut sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
        tokio::spawn(driver);
        let make = make.clone();
        tasks.push(tokio::spawn(async move {
            let mut measured = Measured::default();
            let mut n = 0;
            while start.elapsed() < length {
                let request = make(connection, n)?;
                n += 1;
                let sent = Instant::now();
                let response = sender.send_request(request).await?;
                let status = response.status();
                let body = response.into_body().collect().await?.to_bytes();
                if status.is_success() {
                    measured.latencies.push(sent.elapsed());
                } else if status.as_u16() == 429 || status.as_u16() == 503 {
                    measured.refused += 1;
                } else {
                    anyhow::bail!("{status}: {}", String::from_utf8_lossy(&body));
                }
            }
            Ok(measured)
        }));
    }
    let mut all = Measured::default();
    for task in tasks {
        let part = task.await??;
        all.latencies.extend(part.latencies);
        all.refused += part.refused;
    }
    all.elapsed = start.elapsed();
    Ok(all)
}

/// A request with a body of JSON, or without one.
pub(crate) fn json(request: request::Builder, body: &str) -> anyhow::Result<Request<Full<Bytes>>> {
    let mut request = request.header("host", "bench");
    if !body.is_empty() {
        request = request.header("content-type", "application/json");
    }
    Ok(request.body(Full::new(Bytes::copy_from_slice(body.as_bytes())))?)
}

/// Sends one request on a connection of its own. An answer other than 2xx is an error that says it.
pub(crate) async fn call(address: &str, request: Request<Full<Bytes>>) -> anyhow::Result<Value> {
    let path = request.uri().path().to_owned();
    let stream = TcpStream::connect(address)
        .await
        .with_context(|| format!("connecting to {address}"))?;
    let (mut sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(driver);
    let response = sender.send_request(request).await?;
    let status = response.status();
    let answer = response.into_body().collect().await?.to_bytes();
    ensure!(
        status.is_success(),
        "{path}: {status}: {}",
        String::from_utf8_lossy(&answer)
    );
    Ok(serde_json::from_slice(&answer)?)
}
