//! REST, from the same protos as gRPC: each request becomes a gRPC message and is answered by the gRPC
//! service in this process, without a socket between.
//!
//! What decides is the `google.api.http` rule of each rpc ([`route`]). A request is read into a dynamic
//! message ([`request`], [`reader`]), framed ([`frame`]), answered by the tonic services, and the answer
//! is written as canonical proto JSON ([`shape`], [`writer`]) or, for a streaming rpc, as server-sent events
//! ([`sse`]). Whatever is wrong is an `application/problem+json` ([`problem`]).

pub mod frame;
mod in_process;
mod json;
mod number;
mod percent;
pub mod problem;
pub mod reader;
pub mod request;
pub mod route;
mod scalar;
pub mod shape;
pub mod sse;
pub mod template;
pub mod writer;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, TE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use prost_reflect::{DescriptorPool, DynamicMessage};
use tonic::{Code, Status};
use tower::ServiceExt;

use crate::auth::{Authenticator, Caller};
use crate::priority;
use crate::server::{Pass, Served};
use frame::Reply;
use in_process::AsCaller;
use problem::Problem;
use route::{Matched, Route, RouteError, RouteTable};

/// REST in front of gRPC services of this process. Cheap to clone.
#[derive(Clone)]
pub struct RestApi {
    inner: Arc<Inner>,
}

struct Inner {
    table: RouteTable,
    services: Router,
    auth: Arc<Authenticator>,
    max_body_bytes: usize,
}

impl RestApi {
    /// Serves the rpcs of `services` (full names), which `routes` answers. A larger body than
    /// `max_body_bytes` is refused with 413.
    ///
    /// # Errors
    /// When an rpc has no HTTP rule, or one that is not supported.
    pub fn new(
        pool: &DescriptorPool,
        services: &[&str],
        routes: tonic::service::Routes,
        auth: Arc<Authenticator>,
        max_body_bytes: usize,
    ) -> Result<Self, RouteError> {
        Ok(Self {
            inner: Arc::new(Inner {
                table: RouteTable::new(pool, services)?,
                services: routes.prepare().into_axum_router(),
                auth,
                max_body_bytes,
            }),
        })
    }

    /// The routes that are served.
    pub fn table(&self) -> &RouteTable {
        &self.inner.table
    }

    /// Answers a request. The response carries a [`Served`] for the log and the metrics.
    pub async fn handle(&self, request: Request<Body>) -> Response {
        let (parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let mut served = Served::default();
        let result = self.answer(parts, body, &mut served).await;
        let mut response = result.unwrap_or_else(|problem| {
            served.code = problem.code.clone();
            problem.at(&path).into_response()
        });
        response.extensions_mut().insert(served);
        response
    }

    async fn answer(
        &self,
        parts: Parts,
        body: Body,
        served: &mut Served,
    ) -> Result<Response, Problem> {
        let path = parts.uri.path();
        let (route, variables) = match self.inner.table.find(&parts.method, path) {
            Matched::Route { route, variables } => (route, variables),
            Matched::WrongVerb(allowed) if parts.method == Method::OPTIONS => {
                return Ok(options(&allowed));
            }
            Matched::WrongVerb(allowed) => return Err(Problem::method_not_allowed(&allowed)),
            Matched::NotFound => {
                return Err(Problem::new(
                    StatusCode::NOT_FOUND,
                    "NO_SUCH_PATH",
                    "there is nothing here; /openapi.json lists what there is",
                ));
            }
        };
        served.method.clone_from(&route.name);
        if route.method.is_server_streaming() && parts.method == Method::HEAD {
            return Err(Problem::method_not_allowed("GET, OPTIONS"));
        }
        let caller = match parts.extensions.get::<AsCaller>() {
            Some(AsCaller(caller)) => caller.clone(),
            None => {
                let caller = self.inner.auth.authenticate(&parts.headers).await;
                caller.map_err(|refusal| Problem::from_status(&refusal.into()))?
            }
        };
        served.user.clone_from(&caller.user);
        if let Some(pass) = parts.extensions.get::<Pass>() {
            let named = pass.name(&caller.user, priority::of_method(&route.name));
            named.map_err(|status| Problem::from_status(&status))?;
        }
        let body = self.read_body(&parts.headers, body).await?;
        let query = parts.uri.query();
        let mut message = request::build(route, variables, query, &parts.headers, &body)
            .map_err(|problem| *problem)?;
        if parts.extensions.get::<AsCaller>().is_some() {
            in_process::wait_for_the_end(&mut message);
        }
        let reply = self.call(route, &parts, caller, &message).await;
        let reply = reply.map_err(|status| Problem::from_status(&status))?;
        if route.method.is_server_streaming() {
            return Ok(sse::response(reply, route.method.output(), path.to_owned()));
        }
        unary(route, &parts, reply)
            .await
            .map_err(|status| Problem::from_status(&status))
    }

    async fn read_body(&self, headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
        let limit = self.inner.max_body_bytes;
        let too_large = || {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "BODY_TOO_LARGE",
                format!("the body is larger than {limit} bytes"),
            )
        };
        let announced = headers
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        match Limited::new(body, limit).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(error) if error.is::<LengthLimitError>() => Err(too_large()),
            Err(_) => Err(Problem::new(
                StatusCode::BAD_REQUEST,
                "BODY_CUT_OFF",
                "the body did not arrive in full",
            )),
        }
    }

    async fn call(
        &self,
        route: &Route,
        parts: &Parts,
        caller: Arc<Caller>,
        message: &DynamicMessage,
    ) -> Result<Reply, Status> {
        let mut request = Request::new(Body::from(frame::encode(message)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = route
            .grpc_path
            .parse()
            .map_err(|_| Status::internal("an rpc without a path"))?;
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
        headers.insert(TE, HeaderValue::from_static("trailers"));
        *request.extensions_mut() = parts.extensions.clone();
        request.extensions_mut().insert(caller);
        match self.inner.services.clone().oneshot(request).await {
            Ok(response) => Reply::new(response),
            Err(never) => match never {},
        }
    }
}

fn options(allowed: &str) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Ok(allowed) = HeaderValue::from_str(allowed) {
        response.headers_mut().insert(ALLOW, allowed);
    }
    response
}

async fn unary(route: &Route, parts: &Parts, reply: Reply) -> Result<Response, Status> {
    let internal = |error: &dyn std::error::Error| Status::new(Code::Internal, error.to_string());
    let message = reply.only().await?;
    let reply = route.reply.to_json(&message).map_err(|e| internal(&e))?;
    let mut response = Response::new(Body::from(reply.json));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    let etag = |etag: String| HeaderValue::from_str(&format!("\"{etag}\"")).ok();
    let Some(etag) = reply.etag.and_then(etag) else {
        return Ok(response);
    };
    let known = parts.headers.get(IF_NONE_MATCH) == Some(&etag);
    headers.insert(ETAG, etag);
    if known && matches!(parts.method, Method::GET | Method::HEAD) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
    }
    Ok(response)
}
