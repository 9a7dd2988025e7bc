use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use datamesh_actor::{Gate, Limit, Places, Refused};
use futures::future::BoxFuture;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use prost_reflect::DescriptorPool;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic::{Code, Status};
use tonic_health::pb::health_server::HealthServer;
use tonic_health::server::HealthService;

use super::drain::end_open_streams;
use super::front::{Front, Served, front, is_grpc, refuse};
use super::health::Health;
use super::listener::Peer;
use super::metrics::{Metrics, OPENMETRICS};
use super::options::ServerOptions;
use super::pass::refusal;
use crate::auth::{Authenticator, Issuer, require_caller};
use crate::authz::{self, Action};
use crate::openapi;
use crate::rest::RestApi;
use crate::rest::problem::Problem;
use crate::rest::route::RouteError;

/// Beside `max_requests`, one of so many more for requests that take access away.
const RESERVED_OF: usize = 8;

/// When to come again if there is no connection: some are closed by then.
const BUSY_RETRY: Duration = Duration::from_secs(1);

/// What a port serves.
pub struct DoorParts<'a> {
    /// The title of its OpenAPI document.
    pub title: &'a str,
    /// The full names of its services.
    pub services: &'a [&'a str],
    /// The services.
    pub routes: Routes,
    /// Who checks tokens.
    pub auth: Arc<Authenticator>,
    /// Whether we are well.
    pub health: Health,
    /// Where requests are counted.
    pub metrics: Metrics,
    /// The embedded issuer, whose JWKS is to be served here.
    pub issuer: Option<&'a Issuer>,
    /// `/metrics`, if it is served here.
    pub metrics_page: Option<MetricsPage>,
    /// Cancelled when this process goes down: health watches and reflection end then.
    pub drain: CancellationToken,
}

/// Serves `/metrics`, after what is only known when asked was read.
#[derive(Clone)]
pub struct MetricsPage {
    refresh: Arc<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>,
}

impl MetricsPage {
    /// Reads with `refresh` before each answer.
    pub fn new(refresh: impl Fn() -> BoxFuture<'static, ()> + Send + Sync + 'static) -> Self {
        Self {
            refresh: Arc::new(refresh),
        }
    }
}

/// All that one port serves, as a router.
pub struct Door {
    /// The router.
    pub router: Router,
    /// The REST part of it.
    pub rest: RestApi,
    /// What those are told for whom there is no connection: `TOO_BUSY`, but for `/health`.
    pub busy: Router,
}

/// Why a port cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The descriptors cannot be read.
    #[error("the descriptors cannot be read: {0}")]
    Descriptors(#[from] prost_reflect::DescriptorError),
    /// The HTTP rules make no route table.
    #[error("{0}")]
    Routes(#[from] RouteError),
    /// The reflection service refuses the descriptors.
    #[error("the descriptors cannot be served: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}

impl Door {
    /// Puts a port together.
    ///
    /// # Errors
    /// When the descriptors are wrong, which the tests of this crate would have found.
    pub fn new(options: &ServerOptions, parts: DoorParts<'_>) -> Result<Self, DoorError> {
        let pool: DescriptorPool = datamesh_proto::descriptors()?;
        let rest = RestApi::new(
            &pool,
            parts.services,
            parts.routes.clone(),
            parts.auth.clone(),
            options.max_body_bytes,
        )?;
        let document = openapi::document(rest.table(), parts.title, env!("CARGO_PKG_VERSION"));
        let grpc_paths: HashSet<String> = rest
            .table()
            .routes()
            .iter()
            .map(|route| route.grpc_path.clone())
            .collect();
        let health = parts.health.clone();
        let busy = busy(parts.health.clone(), parts.metrics.clone());
        let clock = parts.auth.clock().clone();
        let served = rest.clone();
        let mut router = grpc(
            parts.services,
            parts.routes,
            &parts.auth,
            &parts.health,
            parts.drain,
        )?
        .route("/health", get(move || async move { health.response() }))
        .route("/openapi.json", fixed(document.to_string()));
        if let Some(issuer) = parts.issuer {
            router = router.route("/.well-known/jwks.json", fixed(issuer.jwks()));
        }
        if let Some(page) = parts.metrics_page {
            let (metrics, auth) = (parts.metrics.clone(), parts.auth);
            let open_to_loopback = options.metrics_open_to_loopback;
            let serve = move |request: Request| async move {
                // A request cannot be held over an await: its body is not Sync.
                let (parts, _) = request.into_parts();
                metrics_response(&metrics, &page, &auth, open_to_loopback, &parts).await
            };
            router = router.route("/metrics", get(serve));
        }
        let seed = clock.now_ms().unsigned_abs();
        let places = Places {
            ordinary: options.max_requests,
            reserve: (options.max_requests / RESERVED_OF).max(1),
            each: usize::MAX,
        };
        let gate = Gate::new(places, clock, seed);
        let front_state = Arc::new(Front {
            gate,
            timeout: Duration::from_secs(options.request_timeout_seconds),
            metrics: parts.metrics,
            grpc_paths,
            rest: rest.clone(),
        });
        let router = router
            .fallback(move |request: Request| async move {
                if is_grpc(&request) {
                    return Status::new(Code::Unimplemented, "no such service")
                        .into_http::<tonic::body::Body>()
                        .into_response();
                }
                rest.handle(request).await
            })
            .method_not_allowed_fallback(async |request: Request| {
                Problem::method_not_allowed("GET, HEAD").at(request.uri().path())
            })
            .layer(axum::middleware::from_fn_with_state(front_state, front));
        Ok(Self {
            router,
            rest: served,
            busy,
        })
    }
}

/// Who asks whether we are well must not be told that we are busy: a process that is, is not to be killed.
fn busy(health: Health, metrics: Metrics) -> Router {
    let refusing = move |request: Request| async move {
        let refused = Refused {
            limit: Limit::Shard,
            retry_after: BUSY_RETRY,
        };
        let status = refusal(&metrics, refused);
        refuse(&status, is_grpc(&request), request.uri().path())
    };
    Router::new()
        .route("/health", get(move || async move { health.response() }))
        .fallback(refusing)
}

/// The gRPC side: the services behind their tokens, health and reflection.
fn grpc(
    services: &[&str],
    routes: Routes,
    auth: &Arc<Authenticator>,
    health: &Health,
    drain: CancellationToken,
) -> Result<Router, DoorError> {
    let mut reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(datamesh_proto::DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .with_service_name("grpc.health.v1.Health");
    for service in services {
        reflection = reflection.with_service_name(*service);
    }
    let health = HealthServer::new(HealthService::from_health_reporter(health.reporter()));
    let routes = routes
        .add_service(health)
        .add_service(reflection.build_v1()?)
        .prepare();
    let known = axum::middleware::from_fn_with_state(auth.clone(), require_caller);
    let ending = axum::middleware::from_fn_with_state(drain, end_open_streams);
    Ok(routes
        .into_axum_router()
        .route_layer(known)
        .route_layer(ending))
}

fn fixed(json: String) -> axum::routing::MethodRouter {
    get(move || async move {
        let mut response = Response::new(Body::from(json));
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    })
}

async fn metrics_response(
    metrics: &Metrics,
    page: &MetricsPage,
    auth: &Authenticator,
    open_to_loopback: bool,
    request: &Parts,
) -> Response {
    let local = request
        .extensions
        .get::<Peer>()
        .is_some_and(|peer| peer.0.ip().to_canonical().is_loopback());
    if !(open_to_loopback && local) {
        let status = match auth.authenticate(&request.headers).await {
            Ok(caller) => authz::allowed(&caller, Action::Operate, &[]).map_err(Status::from),
            Err(refusal) => Err(refusal.into()),
        };
        if let Err(status) = status {
            let problem = Problem::from_status(&status).at(request.uri.path());
            let served = Served {
                code: problem.code.clone(),
                ..Served::default()
            };
            let mut response = problem.into_response();
            response.extensions_mut().insert(served);
            return response;
        }
    }
    (page.refresh)().await;
    let Ok(text) = metrics.encode() else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = Response::new(Body::from(text));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(OPENMETRICS));
    response
}
