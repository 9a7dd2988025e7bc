//! Server-streaming rpcs as server-sent events (WHATWG HTML, 9.2): each message is the `data` of one
//! event; a stream that ends with an error ends with an event `error` whose data is a problem document.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use tonic::Status;

use super::frame::Reply;
use super::problem::Problem;
use super::writer::to_json;

/// Proxies cut connections that say nothing; a comment this often keeps them.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// An answer that goes on until the service or the client ends it.
pub fn response(reply: Reply, descriptor: MessageDescriptor, path: String) -> Response {
    Sse::new(events(reply, descriptor, path))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("keep-alive"))
        .into_response()
}

fn events(
    reply: Reply,
    descriptor: MessageDescriptor,
    path: String,
) -> impl Stream<Item = Result<Event, Infallible>> {
    futures::stream::unfold(Some(reply), move |state| {
        let (descriptor, path) = (descriptor.clone(), path.clone());
        async move {
            let mut reply = state?;
            match next(&mut reply, &descriptor).await {
                Ok(Some(json)) => Some((Ok(Event::default().data(json)), Some(reply))),
                Ok(None) => None,
                Err(status) => Some((Ok(last(&status, &path)), None)),
            }
        }
    })
}

async fn next(reply: &mut Reply, descriptor: &MessageDescriptor) -> Result<Option<String>, Status> {
    let Some(message) = reply.next().await? else {
        return Ok(None);
    };
    let message = DynamicMessage::decode(descriptor.clone(), message)
        .map_err(|error| Status::internal(error.to_string()))?;
    let json = to_json(&message).map_err(|error| Status::internal(error.to_string()))?;
    String::from_utf8(json)
        .map(Some)
        .map_err(|error| Status::internal(error.to_string()))
}

fn last(status: &Status, path: &str) -> Event {
    let problem = Problem::from_status(status).at(path);
    Event::default()
        .event("error")
        .data(serde_json::to_string(&problem).unwrap_or_default())
}
