use axum::body::Body;
use axum::response::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use parking_lot::RwLock;
use std::sync::Arc;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

/// Whether this process takes requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HealthState {
    /// Not ready yet.
    Starting,
    /// It does.
    Up,
    /// It finishes what it has and takes no more.
    Draining,
    /// It cannot, for this reason.
    Down(String),
}

/// The health of this process, for `/health` and `grpc.health.v1`. Cheap to clone.
#[derive(Clone)]
pub struct Health {
    state: Arc<RwLock<HealthState>>,
    reporter: HealthReporter,
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

impl Health {
    /// Starting.
    pub fn new() -> Self {
        Self {
            state: Arc::new(RwLock::new(HealthState::Starting)),
            reporter: HealthReporter::new(),
        }
    }

    /// Changes it, for both protocols. `services` are the full names of the services that are served.
    pub async fn set(&self, state: HealthState, services: &[&str]) {
        let serving = if state == HealthState::Up {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        };
        *self.state.write() = state;
        for service in services.iter().chain([&""]) {
            self.reporter.set_service_status(service, serving).await;
        }
    }

    /// What it is now.
    pub fn state(&self) -> HealthState {
        self.state.read().clone()
    }

    pub(super) fn reporter(&self) -> HealthReporter {
        self.reporter.clone()
    }

    /// The answer of `/health`: 200 and `{"status":"UP"}`, or 503.
    pub(super) fn response(&self) -> Response {
        let (status, json) = match self.state() {
            HealthState::Up => (StatusCode::OK, serde_json::json!({"status": "UP"})),
            HealthState::Starting => (
                StatusCode::SERVICE_UNAVAILABLE,
                serde_json::json!({"status": "STARTING"}),
            ),
            HealthState::Draining => (
                StatusCode::SERVICE_UNAVAILABLE,
                serde_json::json!({"status": "DRAINING"}),
            ),
            HealthState::Down(reason) => (
                StatusCode::SERVICE_UNAVAILABLE,
                serde_json::json!({"status": "DOWN", "reason": reason}),
            ),
        };
        let mut response = Response::new(Body::from(json.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
