//! Accepts connections and serves them: HTTP/1.1 and cleartext HTTP/2, told apart by their first bytes.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::middleware::{Next, from_fn};
use http::header::CONNECTION;
use http::{HeaderValue, Request, StatusCode, Version};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::connections::{Connections, Counted, Line};
use super::room::Place;

/// A client that has connected must send its first request, and then the head of each further one, in
/// this time.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);

/// A connection on which nothing is under way for this long is closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(120);

/// A connection that is silent for this long is probed by TCP, so that those whose client is gone do not
/// stay.
const PROBE_AFTER: Duration = Duration::from_secs(60);

/// A probe without an answer is repeated this often.
const PROBE_EVERY: Duration = Duration::from_secs(15);

/// HTTP/2 connections are pinged this often, so that those whose client is gone do not stay.
const PING_EVERY: Duration = Duration::from_secs(30);

/// Requests at once on one HTTP/2 connection.
const MAX_STREAMS: u32 = 256;

/// The most that one HTTP/1 connection holds of what was read and of what is to be written, each; a head that is
/// longer is refused. Of one HTTP/2 connection it is what a request, or its answer, may hold.
const BUFFER: u32 = 64 * 1024;

/// What an HTTP/2 connection may send before any of it is read, in bytes.
const WINDOW: u32 = 256 * 1024;

/// Connections that the system keeps until they are accepted; more find nobody, and try again by themselves.
const BACKLOG: u32 = 1024;

/// Who is silent for a tenth of the time for a head makes room for others, if there is no other.
const PATIENCE_OF: u32 = 10;

/// A connection that is to leave and does not is cut after this long, unless a request came in between.
const PARTING: Duration = Duration::from_millis(100);

/// A connection that is refused is open no longer.
const REFUSING: Duration = Duration::from_secs(2);

/// The address of the client, in the extensions of a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) SocketAddr);

/// A port that is taken and not yet served.
pub struct Listener {
    tcp: TcpListener,
    addr: SocketAddr,
    head_timeout: Duration,
    idle_timeout: Duration,
    busy: Router,
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
        let tcp = listen(addr).map_err(error)?;
        let addr = tcp.local_addr().map_err(error)?;
        Ok(Self {
            tcp,
            addr,
            head_timeout: HEAD_TIMEOUT,
            idle_timeout: IDLE_TIMEOUT,
            busy: Router::new().fallback(async || StatusCode::SERVICE_UNAVAILABLE),
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

    /// Closes connections on which nothing was under way for this long, in place of two minutes.
    #[must_use]
    pub fn with_idle_timeout(self, idle_timeout: Duration) -> Self {
        Self {
            idle_timeout,
            ..self
        }
    }

    /// Answers the one request of a connection for which there is no seat.
    #[must_use]
    pub fn with_busy(self, busy: Router) -> Self {
        Self { busy, ..self }
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Serves `app` until `stop`; then accepts no more, lets the requests that are under way end, and
    /// returns when all connections are closed. Whoever does not want to wait for the last of them drops
    /// the future and cancels `abort`, which cuts them.
    ///
    /// At most `max_connections` are served at once, and an eighth as many again, at least 16, wait for a seat or are
    /// refused: each gets one answer, of the router given with [`Self::with_busy`]. When more come, those that have
    /// said nothing yet are closed first.
    pub async fn serve(
        self,
        app: Router,
        max_connections: usize,
        stop: CancellationToken,
        abort: CancellationToken,
    ) {
        let patience = self.head_timeout / PATIENCE_OF;
        let connections = Connections::new(max_connections, patience);
        let tasks = TaskTracker::new();
        let served = Serving {
            app,
            head_timeout: self.head_timeout,
            idle_timeout: self.idle_timeout,
            stop: stop.clone(),
        };
        loop {
            let accepted = tokio::select! {
                accepted = self.tcp.accept() => accepted,
                () = stop.cancelled() => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let seat = connections.seat();
                    let room = match seat {
                        Some(_) => None,
                        None => connections.wait(),
                    };
                    if seat.is_none() && room.is_none() {
                        tracing::debug!(%peer, "there are too many connections: this one is closed at once");
                        continue;
                    }
                    let (served, busy) = (served.clone(), self.busy.clone());
                    let (connections, abort) = (connections.clone(), abort.clone());
                    let serve = async move {
                        let seat = match &room {
                            None => seat,
                            Some(place) if place.is_crowded() => None,
                            Some(place) => tokio::select! {
                                seat = connections.seat_soon() => seat,
                                () = is_heard(&stream, place) => None,
                                () = place.is_lost() => return,
                            },
                        };
                        match (seat, room) {
                            (Some(seat), room) => {
                                drop(room);
                                connection(stream, peer, served, seat.line()).await;
                            }
                            (None, Some(place)) => tokio::select! {
                                () = refuse(stream, peer, served, busy, &place) => {}
                                () = place.is_lost() => {}
                            },
                            (None, None) => {}
                        }
                    };
                    tasks.spawn(async move {
                        tokio::select! {
                            () = serve => {}
                            () = abort.cancelled() => {}
                        }
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
        tasks.close();
        tasks.wait().await;
    }
}

fn listen(addr: SocketAddr) -> io::Result<TcpListener> {
    let socket = match addr {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A process that is started again takes the port of the one before at once.
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    socket.listen(BACKLOG)
}

/// What connections are served with.
#[derive(Clone)]
struct Serving {
    app: Router,
    head_timeout: Duration,
    idle_timeout: Duration,
    stop: CancellationToken,
}

/// Tells the place when its guest has sent something; never ends.
async fn is_heard(stream: &TcpStream, place: &Place) {
    if stream.peek(&mut [0]).await.is_ok_and(|bytes| bytes > 0) {
        place.is_heard();
    }
    std::future::pending().await
}

/// Answers one request, and closes the connection.
async fn refuse(stream: TcpStream, peer: SocketAddr, served: Serving, busy: Router, place: &Place) {
    // A byte is no request yet.
    place.is_silent();
    tracing::debug!(%peer, "there are too many connections: this one is refused");
    let answered = served.stop.child_token();
    let (first, asked) = (answered.clone(), answered.clone());
    let app = busy.layer(from_fn(move |request: Request<Body>, next: Next| {
        first.cancel();
        // HTTP/2 says it in a frame of its own.
        let says_so = request.version() < Version::HTTP_2;
        async move {
            let mut response = next.run(request).await;
            if says_so {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(CONNECTION, close);
            }
            response
        }
    }));
    let once = Serving {
        app,
        head_timeout: served.head_timeout.min(REFUSING),
        stop: answered,
        ..served
    };
    let refused = connection(stream, peer, once, Line::new(REFUSING));
    let asks = async {
        asked.cancelled().await;
        place.is_heard();
        std::future::pending().await
    };
    let refused = async {
        tokio::select! {
            () = refused => {}
            () = asks => {}
        }
    };
    drop(tokio::time::timeout(REFUSING, refused).await);
}

async fn connection(stream: TcpStream, peer: SocketAddr, served: Serving, line: Arc<Line>) {
    let Serving {
        app,
        head_timeout,
        idle_timeout,
        stop,
    } = served;
    let _ = stream.set_nodelay(true);
    let probes = TcpKeepalive::new()
        .with_time(PROBE_AFTER)
        .with_interval(PROBE_EVERY);
    let socket = SockRef::from(&stream);
    let _ = socket.set_tcp_keepalive(&probes);
    // What the other side does not take stays here, where it is seen.
    let _ = socket.set_tcp_notsent_lowat(BUFFER);
    let asked = CancellationToken::new();
    let first_request = asked.clone();
    let requests = line.clone();
    let service = service_fn(move |request: Request<Incoming>| {
        first_request.cancel();
        let under_way = requests.begin();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(peer));
        let answer = app.clone().oneshot(request);
        async move {
            let answer = answer.await?;
            Ok::<_, Infallible>(answer.map(|body| Counted::new(body, under_way)))
        }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .max_buf_size(BUFFER as usize);
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(PING_EVERY)
        .initial_stream_window_size(BUFFER)
        .initial_connection_window_size(WINDOW)
        .max_send_buf_size(BUFFER as usize)
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
        () = line.is_to_leave(idle_timeout) => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                result = connection => result,
                () = line.has_parted(PARTING) => return,
            }
        }
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%peer, %error, "a connection broke");
    }
}
