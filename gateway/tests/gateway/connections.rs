//! More connections than are served at once: who is told to come again, and who leaves for others.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use datamesh_gateway::server::{HealthState, Listener, ServerOptions};
use datamesh_proto::v1;
use datamesh_proto::v1::domain_service_client::DomainServiceClient;
use http::Request;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::transport::{Channel, Endpoint};
use tonic_types::StatusExt;

use super::canned::{Bench, SERVICES};

/// Long enough for a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(30);

struct Port {
    bench: Bench,
    addr: SocketAddr,
    abort: CancellationToken,
}

impl Drop for Port {
    fn drop(&mut self) {
        self.abort.cancel();
    }
}

impl Port {
    async fn of(max_connections: usize) -> Self {
        Self::with(max_connections, |listener| listener).await
    }

    async fn with(max_connections: usize, how: impl FnOnce(Listener) -> Listener) -> Self {
        let bench = Bench::with(&ServerOptions::default());
        bench.health.set(HealthState::Up, &SERVICES).await;
        let any = "127.0.0.1:0".parse().unwrap();
        let listener = how(Listener::bind(any).await.unwrap()).with_busy(bench.busy.clone());
        let addr = listener.addr();
        let (stop, abort) = (CancellationToken::new(), CancellationToken::new());
        let app = bench.router.clone();
        tokio::spawn(listener.serve(app, max_connections, stop, abort.clone()));
        Self { bench, addr, abort }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.addr).await.unwrap()
    }

    /// Sends a request.
    async fn ask(&self, stream: &mut TcpStream, path: &str) {
        let token = self.bench.token(&["admins"]);
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: datamesh\r\nauthorization: Bearer {token}\r\n\r\n"
        );
        // One that was closed at once may be found out here.
        let _ = stream.write_all(head.as_bytes()).await;
    }

    /// A connection whose request has no answer.
    async fn busy(&self) -> TcpStream {
        let mut stream = self.connect().await;
        let before = self.bench.canned.callers.lock().len();
        self.ask(&mut stream, "/api/v1/domains/slow").await;
        let wait = async {
            while self.bench.canned.callers.lock().len() == before {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let came = tokio::time::timeout(PATIENCE, wait).await;
        came.expect("the request is under way");
        stream
    }

    /// The answer to one request on a new connection; empty if it was closed without one.
    async fn answer(&self, path: &str) -> String {
        let mut stream = self.connect().await;
        self.ask(&mut stream, path).await;
        read(&mut stream).await
    }

    fn channel(&self) -> Endpoint {
        Channel::from_shared(format!("http://{}", self.addr)).unwrap()
    }
}

/// What is there to read, until the body's last brace or the end.
async fn read(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let all = async {
        while !text.ends_with(b"}") && stream.read_buf(&mut text).await.is_ok_and(|n| n > 0) {}
    };
    let read = tokio::time::timeout(PATIENCE, all).await;
    read.expect("it is answered or closed");
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn who_finds_no_connection_is_told_when_to_come_again() {
    let port = Port::of(2).await;
    let busy = [port.busy().await, port.busy().await];
    let refused = port.answer("/api/v1/domains/dom-1").await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("retry-after: 1\r\n"), "{refused}");
    assert!(refused.contains("connection: close\r\n"), "{refused}");
    assert!(refused.contains(r#""code":"TOO_BUSY""#), "{refused}");

    let mut client = DomainServiceClient::new(port.channel().connect_lazy());
    let request = v1::GetDomainRequest::default();
    let status = client.get_domain(request).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status:?}");
    let info = status.get_details_error_info().unwrap();
    assert_eq!(info.reason, "TOO_BUSY");
    assert!(status.get_details_retry_info().is_some());

    // A process that is well is not killed for it.
    let health = port.answer("/health").await;
    assert!(health.starts_with("HTTP/1.1 200 "), "{health}");

    drop(busy);
    let wait = async {
        while !port
            .answer("/api/v1/domains/dom-1")
            .await
            .starts_with("HTTP/1.1 200 ")
        {}
    };
    let served = tokio::time::timeout(PATIENCE, wait).await;
    served.expect("there is a connection again");
}

#[tokio::test]
async fn a_flood_of_connections_holds_no_more_than_is_said() {
    const ROOM: usize = 16;
    let port = Port::of(4).await;
    let mut busy = Vec::new();
    for _ in 0..4 {
        busy.push(port.busy().await);
    }
    // None of these asks for anything; each is closed, sooner or later.
    let mut flood = Vec::new();
    for _ in 0..400 {
        flood.push(port.connect().await);
        // Else the system's own queue of connections would be too short.
        tokio::task::yield_now().await;
    }
    let flood = flood.iter_mut().map(|stream| async {
        let began = tokio::time::Instant::now();
        let mut rest = Vec::new();
        let closed = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
        assert!(closed.is_ok(), "it is held");
        began.elapsed()
    });
    let held = futures::future::join_all(flood).await;
    let long = held
        .iter()
        .filter(|held| **held >= Duration::from_millis(400));
    assert!(long.count() <= ROOM, "{held:?}");
    let slow = port.bench.canned.callers.lock().len();
    assert_eq!(slow, 4, "who was there before is served on");
    assert!(busy[0].try_read(&mut [0; 1]).is_err(), "and open");
}

#[tokio::test]
async fn health_is_answered_when_those_who_say_nothing_have_taken_all_room() {
    let port = Port::of(2).await;
    let _busy = [port.busy().await, port.busy().await];
    // As many as wait or are refused at once.
    let mut silent = Vec::new();
    for _ in 0..16 {
        silent.push(port.connect().await);
    }
    let health = port.answer("/health").await;
    assert!(health.starts_with("HTTP/1.1 200 "), "{health}");
    // Nor do those who say little.
    for stream in &mut silent {
        let _ = stream.write_all(b"G").await;
    }
    let mut little = Vec::new();
    for _ in 0..16 {
        let mut stream = port.connect().await;
        let _ = stream.write_all(b"G").await;
        little.push(stream);
    }
    let health = port.answer("/health").await;
    assert!(health.starts_with("HTTP/1.1 200 "), "{health}");
    let refused = port.answer("/api/v1/domains/dom-1").await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
}

const LARGE: usize = 48 << 20;

/// A port with one seat and an answer that no socket holds.
async fn large(head_timeout: Duration) -> (SocketAddr, CancellationToken) {
    let any = "127.0.0.1:0".parse().unwrap();
    let listener = Listener::bind(any).await.unwrap();
    let listener = listener.with_head_timeout(head_timeout);
    let addr = listener.addr();
    let app = Router::new()
        .route("/large", get(async || vec![b'x'; LARGE]))
        .route("/small", get(async || "small"));
    let (stop, abort) = (CancellationToken::new(), CancellationToken::new());
    tokio::spawn(listener.serve(app, 1, stop, abort.clone()));
    (addr, abort)
}

async fn get_on(addr: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: datamesh\r\n\r\n");
    let _ = stream.write_all(head.as_bytes()).await;
    stream
}

/// The first line of the answer; empty if it was closed without one.
async fn first_line(stream: &mut TcpStream) -> String {
    let mut line = [0; 12];
    let read = tokio::time::timeout(PATIENCE, stream.read_exact(&mut line)).await;
    match read.expect("it is answered or closed") {
        Ok(_) => String::from_utf8_lossy(&line).into_owned(),
        Err(_) => String::new(),
    }
}

#[tokio::test]
async fn an_answer_that_is_read_slowly_is_not_cut_for_others() {
    // Who is silent for 200 ms makes room.
    let (addr, abort) = large(Duration::from_secs(2)).await;
    let mut slow = get_on(addr, "/large").await;
    let mut read = 0;
    let mut buffer = vec![0; 256 << 10];
    for _ in 0..10 {
        // It wants in, and waits half a second.
        let mut other = get_on(addr, "/small").await;
        let line = first_line(&mut other).await;
        assert_eq!(line, "HTTP/1.1 503");
        read += slow.read(&mut buffer).await.unwrap();
    }
    while let Ok(Ok(n @ 1..)) = tokio::time::timeout(PATIENCE, slow.read(&mut buffer)).await {
        read += n;
        if read >= LARGE {
            break;
        }
    }
    assert!(read >= LARGE, "{read}");
    abort.cancel();
}

/// Asks for the large answer over HTTP/2, with a small window.
async fn large_http2(addr: SocketAddr) -> (Incoming, JoinHandle<hyper::Result<()>>) {
    let stream = TokioIo::new(TcpStream::connect(addr).await.unwrap());
    let http2 = hyper::client::conn::http2::Builder::new(TokioExecutor::new())
        .initial_stream_window_size(64 << 10)
        .handshake(stream);
    let (mut client, connection) = http2.await.unwrap();
    let open = tokio::spawn(connection);
    let request = Request::get(format!("http://{addr}/large"))
        .body(Empty::<bytes::Bytes>::new())
        .unwrap();
    let answer = client.send_request(request).await.unwrap();
    (answer.into_body(), open)
}

#[tokio::test]
async fn an_answer_that_is_read_slowly_over_http2_is_not_cut_for_others() {
    let (addr, abort) = large(Duration::from_secs(2)).await;
    let (mut slow, _open) = large_http2(addr).await;
    let mut read = 0;
    for _ in 0..5 {
        let mut other = get_on(addr, "/small").await;
        let line = first_line(&mut other).await;
        assert_eq!(line, "HTTP/1.1 503");
        let frame = slow.frame().await.unwrap().unwrap();
        read += frame.into_data().unwrap().len();
    }
    while let Ok(Some(frame)) = tokio::time::timeout(PATIENCE, slow.frame()).await {
        read += frame.unwrap().into_data().map_or(0, |data| data.len());
    }
    assert_eq!(read, LARGE);
    abort.cancel();
}

#[tokio::test]
async fn who_takes_nothing_over_http2_makes_room() {
    let (addr, abort) = large(Duration::from_secs(1)).await;
    let (takes_nothing, _open) = large_http2(addr).await;
    let served = async {
        loop {
            let mut other = get_on(addr, "/small").await;
            if first_line(&mut other).await == "HTTP/1.1 200" {
                return;
            }
        }
    };
    let served = tokio::time::timeout(PATIENCE, served).await;
    served.expect("there is a seat");
    drop(takes_nothing);
    abort.cancel();
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_makes_room() {
    let (addr, abort) = large(Duration::from_secs(1)).await;
    let takes_nothing = get_on(addr, "/large").await;
    let served = async {
        loop {
            let mut other = get_on(addr, "/small").await;
            if first_line(&mut other).await == "HTTP/1.1 200" {
                return;
            }
        }
    };
    let served = tokio::time::timeout(PATIENCE, served).await;
    served.expect("there is a seat");
    drop(takes_nothing);
    abort.cancel();
}

#[tokio::test]
async fn who_is_silent_leaves_when_others_want_in() {
    let port = Port::with(3, |listener| {
        // Who is silent for a tenth of it has to leave.
        listener.with_head_timeout(Duration::from_secs(3))
    })
    .await;
    let mut busy = vec![port.busy().await];
    let mut has_begun = port.connect().await;
    has_begun.write_all(b"GET /api").await.unwrap();
    let mut says_nothing = port.connect().await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    for silent in [&mut has_begun, &mut says_nothing] {
        let came = port.busy();
        let closed = async {
            let mut rest = Vec::new();
            let _ = silent.read_to_end(&mut rest).await;
        };
        let both = async { tokio::join!(came, closed) };
        let both = tokio::time::timeout(Duration::from_millis(2_500), both).await;
        let (stream, ()) = both.expect("the silent one is closed, long before its time is over");
        busy.push(stream);
    }
    let refused = port.answer("/api/v1/domains/dom-1").await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
}

#[tokio::test]
async fn a_connection_on_which_nothing_is_under_way_is_closed() {
    let idle = Duration::from_millis(200);
    let port = Port::with(8, |listener| listener.with_idle_timeout(idle)).await;
    let stream = TokioIo::new(port.connect().await);
    let http2 = hyper::client::conn::http2::handshake(TokioExecutor::new(), stream).await;
    let (mut client, connection) = http2.unwrap();
    let open = tokio::spawn(connection);
    let uri = format!("http://{}/api/v1/domains/slow", port.addr);
    let token = port.bench.token(&["admins"]);
    let request = Request::get(uri)
        .header("authorization", format!("Bearer {token}"))
        .body(Empty::<bytes::Bytes>::new())
        .unwrap();
    let slow = client.send_request(request);
    let slow = tokio::time::timeout(idle * 5, slow).await;
    assert!(slow.is_err(), "a request under way keeps it open");
    // The time-out has ended the request.
    let closed = tokio::time::timeout(PATIENCE, open).await;
    closed
        .expect("nothing is under way any more")
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let port = Port::of(2).await;
    let mut stream = port.connect().await;
    let long = "x".repeat(128 * 1024);
    let head = format!("GET /health HTTP/1.1\r\nhost: datamesh\r\nx-long: {long}\r\n\r\n");
    let _ = stream.write_all(head.as_bytes()).await;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 431");
}
