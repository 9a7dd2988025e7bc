//! Health watches and reflection are streams of others that end when their client wants. Here they end
//! when this process goes down, so that no connection is held until it is cut.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::HeaderMap;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use tokio_util::sync::CancellationToken;

use crate::auth::is_open;
use crate::status::draining;

/// Ends the answers of the open gRPC services with UNAVAILABLE when `drain` is cancelled, and what their
/// clients still send: reflection reads on after its answer. What is ready is sent before.
pub(super) async fn end_open_streams(
    State(drain): State<CancellationToken>,
    request: Request,
    next: Next,
) -> Response {
    if !is_open(request.uri().path()) {
        return next.run(request).await;
    }
    let request = request.map(|body| until(drain.clone(), body, None));
    let response = next.run(request).await;
    response.map(|body| until(drain, body, Some(last_words())))
}

fn until(drain: CancellationToken, body: Body, trailers: Option<HeaderMap>) -> Body {
    let frames = futures::stream::unfold(Some((body, drain, trailers)), async |state| {
        let (mut body, drain, trailers) = state?;
        tokio::select! {
            biased;
            frame = body.frame() => Some((frame?, Some((body, drain, trailers)))),
            () = drain.cancelled() => Some((Ok(Frame::trailers(trailers?)), None)),
        }
    });
    Body::new(StreamBody::new(frames))
}

fn last_words() -> HeaderMap {
    let mut trailers = HeaderMap::new();
    // Its details are binary and its message is escaped: nothing in it is no header.
    let _ = draining().add_header(&mut trailers);
    trailers
}
