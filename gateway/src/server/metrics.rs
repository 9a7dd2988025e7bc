use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

/// The media type of what [`Metrics::encode`] writes (OpenMetrics 1.0, which Prometheus reads).
pub const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What is counted. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Mutex<Registry>>,
    requests: Family<RequestLabels, Counter>,
    durations: Family<MethodLabels, Histogram, fn() -> Histogram>,
    under_way: Gauge,
    refused: Family<RefusedLabels, Counter>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RequestLabels {
    transport: &'static str,
    method: String,
    code: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RefusedLabels {
    code: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct MethodLabels {
    transport: &'static str,
    method: String,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Counts requests: `datamesh_requests_total`, `datamesh_request_duration_seconds`,
    /// `datamesh_requests_under_way`, `datamesh_requests_refused_total`.
    pub fn new() -> Self {
        // From half a millisecond to half a minute.
        let buckets: fn() -> Histogram = || Histogram::new(exponential_buckets(0.0005, 2.0, 16));
        let requests = Family::default();
        let durations = Family::new_with_constructor(buckets);
        let under_way = Gauge::default();
        let refused = Family::default();
        let mut registry = Registry::with_prefix("datamesh");
        registry.register(
            "requests",
            "Requests that were answered, by transport, method and code",
            Family::clone(&requests),
        );
        registry.register(
            "request_duration_seconds",
            "Time until the answer, or until a stream began",
            Family::clone(&durations),
        );
        registry.register(
            "requests_under_way",
            "Requests that are being worked on",
            Gauge::clone(&under_way),
        );
        registry.register(
            "requests_refused",
            "Requests that were refused at the gate of a port, by code: TOO_BUSY, USER_BUSY",
            Family::clone(&refused),
        );
        Self {
            registry: Arc::new(Mutex::new(registry)),
            requests,
            durations,
            under_way,
            refused,
        }
    }

    /// Registers more. Names get the prefix `datamesh_`.
    pub fn register(&self, add: impl FnOnce(&mut Registry)) {
        add(&mut self.registry.lock());
    }

    /// All metrics as text.
    ///
    /// # Errors
    /// When a registered collector fails.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry.lock())?;
        Ok(text)
    }

    pub(super) fn begin(&self) {
        self.under_way.inc();
    }

    pub(super) fn end(&self) {
        self.under_way.dec();
    }

    pub(super) fn refused(&self, code: &'static str) {
        self.refused.get_or_create(&RefusedLabels { code }).inc();
    }

    pub(super) fn count(&self, transport: &'static str, method: &str, code: &str, took: Duration) {
        let method = method.to_owned();
        self.durations
            .get_or_create(&MethodLabels {
                transport,
                method: method.clone(),
            })
            .observe(took.as_secs_f64());
        self.requests
            .get_or_create(&RequestLabels {
                transport,
                method,
                code: code.to_owned(),
            })
            .inc();
    }
}
