//! The same as bytes on a socket: heads that are none, bodies that are shorter or longer than they
//! say, connections that end anywhere.

use std::time::Duration;

use datamesh_localcloud::LocalCloud;
use rand::rngs::StdRng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::corpus::Case;
use super::{LIMIT, mutate};

/// How long a client waits for the end of an answer.
const PATIENCE: Duration = Duration::from_millis(100);

pub async fn round(
    cloud: &LocalCloud,
    corpus: &[Case],
    rng: &mut StdRng,
    count: usize,
) -> Result<(), String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let exchanges = async {
        for _ in 0..count {
            let case = mutate::changed(corpus, rng);
            let mut sent = bytes(&case);
            mutate::bytes(&mut sent, rng);
            let exchange = exchange(TcpStream::connect(address).await.unwrap(), &sent);
            // The server may wait for the rest of what is no whole request: then the client goes.
            let _ = tokio::time::timeout(PATIENCE, exchange).await;
        }
        let valid = bytes(&corpus[0]);
        let exchange = exchange(TcpStream::connect(address).await.unwrap(), &valid);
        let answer = tokio::time::timeout(LIMIT, exchange).await;
        let answer = answer.map_err(|_| "the server does not answer any more".to_owned())?;
        if answer.starts_with(b"HTTP/1.1 200 ") {
            return Ok(());
        }
        Err(format!("the server is not well: {}", answer.escape_ascii()))
    };
    tokio::select! {
        ended = exchanges => ended,
        served = cloud.serve(listener, std::future::pending()) => Err(format!("{served:?}")),
    }
}

/// Sends all, and reads until the server has no more to say. It may stop to listen before.
async fn exchange(mut stream: TcpStream, sent: &[u8]) -> Vec<u8> {
    let _ = stream.write_all(sent).await;
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

fn bytes(case: &Case) -> Vec<u8> {
    let mut bytes = format!("{} {} HTTP/1.1\r\n", case.method, case.target).into_bytes();
    for (name, value) in &case.headers {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
    let length = case.body.len();
    bytes.extend_from_slice(
        format!("connection: close\r\ncontent-length: {length}\r\n\r\n").as_bytes(),
    );
    bytes.extend_from_slice(&case.body);
    bytes
}
