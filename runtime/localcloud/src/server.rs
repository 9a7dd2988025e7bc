//! The same cloud on a port, for any AWS client that is told of it (`AWS_ENDPOINT_URL`).

mod abrupt;

use std::sync::Arc;

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;

use self::abrupt::{Abrupt, Reset};
use crate::cloud::CloudInner;
use crate::router::{Answer, MAX_BODY, dispatch};

/// Serves until `shutdown`, and then until the requests under way are answered.
pub(crate) async fn serve(
    cloud: Arc<CloudInner>,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send,
) -> std::io::Result<()> {
    let graceful = GracefulShutdown::new();
    tokio::pin!(shutdown);
    loop {
        let (stream, _) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) if is_of_one_connection(&error) => continue,
                Err(error) => return Err(error),
            },
            () = &mut shutdown => break,
        };
        let cloud = Arc::clone(&cloud);
        let (stream, reset) = Abrupt::new(stream);
        let service = service_fn(move |request| {
            let (cloud, reset) = (Arc::clone(&cloud), reset.clone());
            async move { answer(&cloud, request, &reset).await }
        });
        let builder = Builder::new(TokioExecutor::new());
        let connection = builder
            .serve_connection(TokioIo::new(stream), service)
            .into_owned();
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
    drop(listener);
    graceful.shutdown().await;
    Ok(())
}

pub(crate) fn is_of_one_connection(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::ConnectionAborted | ErrorKind::ConnectionReset | ErrorKind::Interrupted
    )
}

/// An injected time-out: as an error it makes hyper close the connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the answer was lost")]
struct Lost;

async fn answer(
    cloud: &Arc<CloudInner>,
    request: Request<Incoming>,
    reset: &Reset,
) -> Result<Response<Full<Bytes>>, Lost> {
    let (mut parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else {
        return Ok(plain(StatusCode::PAYLOAD_TOO_LARGE));
    };
    if !parts.headers.contains_key(HOST)
        && let Some(authority) = parts.uri.authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        parts.headers.insert(HOST, host);
    }
    match dispatch(cloud, parts, body.to_bytes()).await {
        Answer::Response(response) => Ok(response.map(Full::new)),
        Answer::Lost => Err(Lost),
        Answer::Reset => {
            reset.demand();
            Err(Lost)
        }
    }
}

fn plain(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}
