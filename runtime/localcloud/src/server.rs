//! The same cloud on a port, for any AWS client that is told of it (`AWS_ENDPOINT_URL`).
//!
//! Whoever connects holds little: connections are limited in number, a request has to come in a
//! bounded time, and a body that is too large is refused before it is read.

mod abrupt;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, HOST};
use http::request::Parts;
use http::{HeaderValue, Request, Response, Version};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use self::abrupt::{Abrupt, Reset};
use crate::cloud::CloudInner;
use crate::router::{Answer, Unread, dispatch, limit, refuse};

/// The most connections at a time; the next ones wait in the listener's backlog.
const CONNECTIONS: usize = 512;
/// How long a new connection may be silent before its first request, and a later one between two and
/// within a request's head.
const HEAD: Duration = Duration::from_secs(60);
/// The longest pause within a body.
const PAUSE: Duration = Duration::from_secs(30);
/// How long a body may take as a whole.
const BODY: Duration = Duration::from_secs(600);
/// How many bytes of bodies are held at a time, over all connections. Who would need more waits as
/// long as a pause may take, and is then refused.
const BODIES: usize = 1 << 30;
/// Requests of one connection at a time, in HTTP/2.
const STREAMS: u32 = 32;
/// How long accepting rests when the process has no file handles left.
const REST: Duration = Duration::from_millis(100);

/// Serves until `shutdown`, and then until the requests under way are answered.
pub(crate) async fn serve(
    cloud: Arc<CloudInner>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let bodies = Arc::new(Semaphore::new(BODIES));
    tokio::pin!(shutdown);
    loop {
        let next = async {
            let place = Arc::clone(&places).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = &mut shutdown => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                outlive(error).await?;
                continue;
            }
        };
        let connection = Connection {
            cloud: Arc::clone(&cloud),
            bodies: Arc::clone(&bodies),
            spoke: Arc::new(AtomicBool::new(false)),
        };
        let served = connection.serve(stream, &graceful);
        tokio::spawn(async move {
            served.await;
            drop(place);
        });
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}

/// After accepting failed: returns when it can go on.
///
/// # Errors
/// What ends a listener.
pub(crate) async fn outlive(error: std::io::Error) -> std::io::Result<()> {
    if has_no_handles(&error) {
        tracing::warn!(%error, "no connection can be accepted now");
        sleep(REST).await;
    } else if !is_of_one_connection(&error) {
        return Err(error);
    }
    Ok(())
}

fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}

/// ENFILE and EMFILE: they pass when connections end.
fn has_no_handles(error: &std::io::Error) -> bool {
    matches!(error.raw_os_error(), Some(23 | 24))
}

struct Connection {
    cloud: Arc<CloudInner>,
    /// A permit a byte.
    bodies: Arc<Semaphore>,
    /// Whether a request has come.
    spoke: Arc<AtomicBool>,
}

impl Connection {
    fn serve(
        self,
        stream: TcpStream,
        graceful: &GracefulShutdown,
    ) -> impl Future<Output = ()> + Send + use<> {
        let Self {
            cloud,
            bodies,
            spoke,
        } = self;
        let silence = {
            let spoke = Arc::clone(&spoke);
            async move {
                sleep(HEAD).await;
                if spoke.load(Ordering::Relaxed) {
                    std::future::pending::<()>().await;
                }
            }
        };
        let (stream, reset) = Abrupt::new(stream);
        let service = service_fn(move |request| {
            spoke.store(true, Ordering::Relaxed);
            let (cloud, bodies) = (Arc::clone(&cloud), Arc::clone(&bodies));
            let reset = reset.clone();
            async move { answer(&cloud, &bodies, request, &reset).await }
        });
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD);
        builder
            .http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(STREAMS)
            .keep_alive_interval(HEAD)
            .keep_alive_timeout(PAUSE);
        let connection = builder
            .serve_connection(TokioIo::new(stream), service)
            .into_owned();
        let connection = graceful.watch(connection);
        async move {
            tokio::select! {
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended");
                },
                () = silence => tracing::debug!("a connection was silent"),
            }
        }
    }
}

/// An answer that is not sent: as an error it makes hyper close the connection.
#[derive(Debug, thiserror::Error)]
enum Lost {
    /// An injected time-out.
    #[error("the answer was lost")]
    Injected,
    #[error("the client went away: {0}")]
    Gone(#[from] hyper::Error),
}

async fn answer(
    cloud: &Arc<CloudInner>,
    bodies: &Semaphore,
    request: Request<Incoming>,
    reset: &Reset,
) -> Result<Response<Full<Bytes>>, Lost> {
    let (mut parts, body) = request.into_parts();
    if !parts.headers.contains_key(HOST)
        && let Some(authority) = parts.uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.insert(HOST, host);
    }
    // What the body holds of the bound is given back when the request is answered.
    let (body, _held) = match read(&parts, body, bodies).await? {
        Ok(body) => body,
        Err(why) => {
            let mut response = refuse(cloud, &parts, why);
            if parts.version <= Version::HTTP_11 {
                let close = HeaderValue::from_static("close");
                response.headers_mut().insert(CONNECTION, close);
            }
            return Ok(response.map(Full::new));
        }
    };
    match dispatch(cloud, parts, body).await {
        Answer::Response(response) => Ok(response.map(Full::new)),
        Answer::Lost => Err(Lost::Injected),
        Answer::Reset => {
            reset.demand();
            Err(Lost::Injected)
        }
    }
}

/// Reads a body, within its limits of size and time and the bound of all bodies.
async fn read<'b, B>(
    parts: &Parts,
    mut body: B,
    bodies: &'b Semaphore,
) -> Result<Result<(Bytes, SemaphorePermit<'b>), Unread>, B::Error>
where
    B: Body<Data = Bytes> + Unpin,
{
    let limit = limit(parts);
    let declared = parts.headers.get(CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Ok(Err(Unread::TooLarge));
    }
    let deadline = Instant::now() + BODY;
    let mut bytes = BytesMut::new();
    let Ok(mut held) = bodies.try_acquire_many(0) else {
        return Ok(Err(Unread::TooSlow));
    };
    loop {
        let frame = timeout_at(deadline, timeout(PAUSE, body.frame())).await;
        let Ok(Ok(frame)) = frame else {
            return Ok(Err(Unread::TooSlow));
        };
        let Some(frame) = frame.transpose()? else {
            return Ok(Ok((bytes.freeze(), held)));
        };
        let Some(data) = frame.data_ref() else {
            continue;
        };
        if bytes.len() + data.len() > limit {
            return Ok(Err(Unread::TooLarge));
        }
        let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
        match timeout_at(deadline, timeout(PAUSE, bodies.acquire_many(length))).await {
            Ok(Ok(Ok(more))) => held.merge(more),
            _ => return Ok(Err(Unread::TooSlow)),
        }
        // What is declared is reserved once, but only when the body has begun to come.
        if bytes.is_empty() {
            bytes.reserve(declared.unwrap_or(data.len()));
        }
        bytes.extend_from_slice(data);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[tokio::test]
    async fn all_bodies_together_are_bounded() {
        let (parts, ()) = Request::post("/").body(()).unwrap().into_parts();
        let body = || Full::new(Bytes::from_static(b"0123456789"));
        let bodies = Semaphore::new(15);
        let first = read(&parts, body(), &bodies).await.unwrap();
        let (bytes, held) = first.unwrap();
        assert_eq!(bytes, "0123456789");
        let mut second = std::pin::pin!(read(&parts, body(), &bodies));
        let early = timeout(Duration::from_millis(10), &mut second).await;
        assert!(early.is_err(), "there is no room for it");
        drop(held);
        assert!(second.await.unwrap().is_ok());
        assert_eq!(bodies.available_permits(), 15);
    }

    #[tokio::test]
    async fn a_listener_outlives_what_passes() {
        for passes in [23, 24, 103, 104, 4] {
            let error = std::io::Error::from_raw_os_error(passes);
            assert!(outlive(error).await.is_ok(), "{passes}");
        }
        let lasting = std::io::Error::from_raw_os_error(9);
        assert!(outlive(lasting).await.is_err());
    }
}
