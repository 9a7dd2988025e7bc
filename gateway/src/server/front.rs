//! What every request passes first: a gate, a time-out, a net under panics; then it is counted and
//! logged, without headers, query or body, where secrets could be.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use datamesh_actor::{Gate, Priority};
use futures::FutureExt;
use http::Method;
use http::header::CONTENT_TYPE;
use tokio::time::Instant;
use tonic::{Code, Status};

use super::metrics::Metrics;
use super::pass::{Held, Pass, refusal};
use crate::auth::Caller;
use crate::priority;
use crate::rest::RestApi;
use crate::rest::problem::Problem;
use crate::rest::route::Matched;
use crate::status;

/// What the log shows as the status of a request whose client did not wait for the answer.
const CLIENT_CLOSED: u16 = 499;

/// What the log and the metrics should know of an answer. A handler puts it in the extensions of its
/// response.
#[derive(Clone, Debug)]
pub struct Served {
    /// `DomainService/GetDomain`; empty if no method was found.
    pub method: String,
    /// Who asked; empty if not known.
    pub user: String,
    /// `OK`, or the reason of the refusal.
    pub code: String,
}

impl Default for Served {
    fn default() -> Self {
        Self {
            method: String::new(),
            user: String::new(),
            code: status::code_name(Code::Ok).to_owned(),
        }
    }
}

/// The limits, counters and names of one port.
pub(super) struct Front {
    pub(super) gate: Arc<Gate>,
    pub(super) timeout: Duration,
    pub(super) metrics: Metrics,
    /// The gRPC paths that are served: what a client invents must not become a label.
    pub(super) grpc_paths: HashSet<String>,
    /// Knows which rpc a REST path is.
    pub(super) rest: RestApi,
}

/// Passes a request through.
pub(super) async fn front(
    State(front): State<Arc<Front>>,
    request: Request,
    next: Next,
) -> Response {
    let mut entry = Entry::new(front.clone(), &request);
    let mut response = match answer(&front, request, next).await {
        Ok(response) => response,
        Err(status) => refuse(&status, entry.grpc, &entry.path),
    };
    entry.served = if entry.grpc {
        front.served_grpc(&entry.path, &response)
    } else {
        response
            .extensions_mut()
            .remove::<Served>()
            .unwrap_or_default()
    };
    entry.status = response.status().as_u16();
    response
}

/// A request that is counted and logged when this goes: after its answer, or when the client has hung up.
struct Entry {
    front: Arc<Front>,
    started: Instant,
    verb: Method,
    path: String,
    grpc: bool,
    served: Served,
    status: u16,
}

impl Entry {
    fn new(front: Arc<Front>, request: &Request) -> Self {
        front.metrics.begin();
        let path = request.uri().path();
        let grpc = is_grpc(request);
        let method = if grpc { front.grpc_method(path) } else { "" };
        Self {
            started: Instant::now(),
            verb: request.method().clone(),
            path: path.to_owned(),
            grpc,
            served: Served {
                method: method.to_owned(),
                user: String::new(),
                code: status::code_name(Code::Cancelled).to_owned(),
            },
            status: CLIENT_CLOSED,
            front,
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let took = self.started.elapsed();
        let transport = if self.grpc { "grpc" } else { "rest" };
        let (metrics, served) = (&self.front.metrics, &self.served);
        metrics.end();
        metrics.count(transport, &served.method, &served.code, took);
        tracing::info!(
            transport,
            verb = %self.verb,
            path = self.path,
            method = served.method,
            user = served.user,
            status = self.status,
            code = served.code,
            took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "request"
        );
    }
}

async fn answer(front: &Front, mut request: Request, next: Next) -> Result<Response, Status> {
    // Who asks whether we are well must not be told that we are busy: a process that is, is not to be killed.
    let _held = if request.uri().path() == "/health" {
        None
    } else {
        let (pass, held) = front.enter(&request)?;
        request.extensions_mut().insert(pass);
        Some(held)
    };
    let guarded = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(front.timeout, guarded).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(_)) => Err(status::with_reason(
            Code::Internal,
            "PANIC",
            "something is broken in datamesh; its log says more",
        )),
        Err(_) => Err(status::with_reason(
            Code::DeadlineExceeded,
            "TIMEOUT",
            format!("no answer in {} seconds", front.timeout.as_secs()),
        )),
    }
}

pub(super) fn is_grpc(request: &Request) -> bool {
    request
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

pub(super) fn refuse(status: &Status, grpc: bool, path: &str) -> Response {
    if grpc {
        let response = status.clone().into_http::<tonic::body::Body>();
        return response.into_response();
    }
    let problem = Problem::from_status(status).at(path);
    let served = Served {
        code: problem.code.clone(),
        ..Served::default()
    };
    let mut response = problem.into_response();
    response.extensions_mut().insert(served);
    response
}

impl Front {
    /// A place for a request. Only when there is none is it looked whether the request may have one of the
    /// reserve: who asks for such a thing is found out later, so it is not believed before it is needed.
    fn enter(&self, request: &Request) -> Result<(Pass, Held), Status> {
        let place = match self.gate.enter_unnamed(Priority::Normal) {
            Err(_) if self.takes_access_away(request) => self.gate.enter_unnamed(Priority::High),
            place => place,
        };
        match place {
            Ok(place) => Ok(Pass::new(place, self.metrics.clone())),
            Err(refused) => Err(refusal(&self.metrics, refused)),
        }
    }

    fn takes_access_away(&self, request: &Request) -> bool {
        let path = request.uri().path();
        let priority = if is_grpc(request) {
            priority::of_method(self.grpc_method(path))
        } else if request.method().is_safe() {
            Priority::Normal
        } else {
            match self.rest.table().find(request.method(), path) {
                Matched::Route { route, .. } => priority::of_method(&route.name),
                Matched::WrongVerb(_) | Matched::NotFound => Priority::Normal,
            }
        };
        priority == Priority::High
    }

    /// `DomainService/GetDomain`; empty if there is no such method.
    fn grpc_method<'a>(&self, path: &'a str) -> &'a str {
        match self.grpc_paths.contains(path) {
            true => path.rsplit_once('.').map_or(path, |(_, method)| method),
            false => "",
        }
    }

    fn served_grpc(&self, path: &str, response: &Response) -> Served {
        let code = Status::from_header_map(response.headers()).map_or(Code::Ok, |s| s.code());
        let caller = response.extensions().get::<Arc<Caller>>();
        Served {
            method: self.grpc_method(path).to_owned(),
            user: caller.map(|caller| caller.user.clone()).unwrap_or_default(),
            code: status::code_name(code).to_owned(),
        }
    }
}
