//! Accepts connections and serves them: HTTP/1.1 and cleartext HTTP/2, told apart by their first bytes.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// A client that has connected must send its first request, and then the head of each further one, in
/// this time.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection that is silent for this long is probed by TCP, so that those whose client is gone do not
/// stay.
const PROBE_AFTER: Duration = Duration::from_secs(60);

/// A probe without an answer is repeated this often.
const PROBE_EVERY: Duration = Duration::from_secs(15);

/// HTTP/2 connections are pinged this often, so that those whose client is gone do not stay.
const PING_EVERY: Duration = Duration::from_secs(30);

/// Requests at once on one HTTP/2 connection.
const MAX_STREAMS: u32 = 256;

/// The address of the client, in the extensions of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// A port that is taken and not yet served.
pub struct Listener {
    tcp: TcpListener,
    addr: SocketAddr,
    head_timeout: Duration,
}

/// A port could not be taken.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {addr}: {source}")]
pub struct BindError {
    /// Where.
    pub addr: SocketAddr,
    /// Why.
    #[source]
    pub source: io::Error,
}

impl Listener {
    /// Takes a port; with port 0, any that is free.
    ///
    /// # Errors
    /// When it is in use, or must not be used.
    pub async fn bind(addr: SocketAddr) -> Result<Self, BindError> {
        let error = |source| BindError { addr, source };
        let tcp = TcpListener::bind(addr).await.map_err(error)?;
        let addr = tcp.local_addr().map_err(error)?;
        Ok(Self {
            tcp,
            addr,
            head_timeout: HEAD_TIMEOUT,
        })
    }

    /// Gives clients another time than ten seconds to send the head of a request.
    #[must_use]
    pub fn with_head_timeout(self, head_timeout: Duration) -> Self {
        Self {
            head_timeout,
            ..self
        }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves `app` until `stop`; then accepts no more, lets the requests that are under way end, and
    /// returns when all connections are closed. Whoever does not want to wait for the last of them drops
    /// the future and cancels `abort`, which cuts them.
    pub async fn serve(
        self,
        app: Router,
        max_connections: usize,
        stop: CancellationToken,
        abort: CancellationToken,
    ) {
        let permits = Arc::new(Semaphore::new(max_connections));
        let connections = TaskTracker::new();
        let head_timeout = self.head_timeout;
        loop {
            let accepted = async {
                let permit = permits.clone().acquire_owned().await;
                (permit, self.tcp.accept().await)
            };
            let (permit, accepted) = tokio::select! {
                accepted = accepted => accepted,
                () = stop.cancelled() => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let (app, stop, abort) = (app.clone(), stop.clone(), abort.clone());
                    connections.spawn(async move {
                        tokio::select! {
                            () = connection(stream, peer, app, head_timeout, stop) => {}
                            () = abort.cancelled() => {}
                        }
                        drop(permit);
                    });
                }
                Err(error) => {
                    // Out of file descriptors, most likely: some will be closed soon.
                    tracing::warn!(%error, "cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(self.tcp);
        connections.close();
        connections.wait().await;
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    head_timeout: Duration,
    stop: CancellationToken,
) {
    let _ = stream.set_nodelay(true);
    let probes = TcpKeepalive::new()
        .with_time(PROBE_AFTER)
        .with_interval(PROBE_EVERY);
    let _ = SockRef::from(&stream).set_tcp_keepalive(&probes);
    let asked = CancellationToken::new();
    let first_request = asked.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        first_request.cancel();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        app.clone().oneshot(request)
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .max_concurrent_streams(MAX_STREAMS);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    // What tells HTTP/1 from HTTP/2 waits for bytes for ever, and HTTP/2 for its first request.
    let says_nothing = async {
        if tokio::time::timeout(head_timeout, asked.cancelled())
            .await
            .is_ok()
        {
            std::future::pending::<()>().await;
        }
    };
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = says_nothing => return,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%peer, %error, "a connection broke");
    }
}
