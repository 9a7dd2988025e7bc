//! A closed loop over HTTP/1.1. It shares the machine with the server it measures, so it does little: a
//! request is written in one piece, an answer is read up to its `content-length`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use http::{Request, request};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::report::Measured;

/// A larger answer is taken for a broken server.
const MOST_BYTES: usize = 1 << 20;

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
        let mut client = Client {
            stream,
            buffer: Vec::with_capacity(4096),
        };
        let make = make.clone();
        tasks.push(tokio::spawn(async move {
            let mut measured = Measured::default();
            let mut n = 0;
            while start.elapsed() < length {
                let request = make(connection, n)?;
                n += 1;
                let sent = Instant::now();
                match client.ask(request).await? {
                    200..300 => measured.latencies.push(sent.elapsed()),
                    429 | 503 => measured.refused += 1,
                    status => bail!("{status}: {}", String::from_utf8_lossy(&client.buffer)),
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

/// One connection.
struct Client {
    stream: TcpStream,
    /// The last answer, as it came.
    buffer: Vec<u8>,
}

impl Client {
    /// Sends a request and reads the whole answer; says its status.
    async fn ask(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<u16> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let mut text = format!("{} {} HTTP/1.1\r\n", head.method, head.uri).into_bytes();
        for (name, value) in &head.headers {
            text.extend_from_slice(name.as_str().as_bytes());
            text.extend_from_slice(b": ");
            text.extend_from_slice(value.as_bytes());
            text.extend_from_slice(b"\r\n");
        }
        text.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
        text.extend_from_slice(&body);
        self.stream.write_all(&text).await?;

        self.buffer.clear();
        loop {
            if self.stream.read_buf(&mut self.buffer).await? == 0 {
                bail!("the server hung up");
            }
            if let Some(answer) = Answer::read(&self.buffer)?
                && self.buffer.len() >= answer.bytes
            {
                return Ok(answer.status);
            }
            if self.buffer.len() > MOST_BYTES {
                bail!("an answer of more than {MOST_BYTES} bytes");
            }
        }
    }
}

/// What the head of an answer says.
#[derive(Debug, PartialEq, Eq)]
struct Answer {
    status: u16,
    /// Head and body.
    bytes: usize,
}

impl Answer {
    /// `None`: the head is not there in full.
    fn read(buffer: &[u8]) -> anyhow::Result<Option<Self>> {
        let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") else {
            return Ok(None);
        };
        let head = std::str::from_utf8(&buffer[..end])?;
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let length = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .map_or(Ok(0), |(_, value)| value.trim().parse::<usize>())?;
        Ok(Some(Self {
            status: status.context("an answer without a status")?.parse()?,
            bytes: end + 4 + length,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_ends_where_its_length_says() -> anyhow::Result<()> {
        let text = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\netag: \"1\"\r\n\r\nabc";
        let answer = Answer::read(text)?.context("the head is there")?;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.bytes, text.len());
        assert!(Answer::read(&text[..20])?.is_none());
        Ok(())
    }
}
