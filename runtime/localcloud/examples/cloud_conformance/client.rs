//! A cloud of one's own, in memory, and requests to it as they look at the wire.

use std::sync::Arc;

use bytes::Bytes;
use datamesh_localcloud::{LocalCloud, ManualClock, Options};
use http::{Method, Request};
use serde_json::Value;
use tokio::runtime::Runtime;

/// The account of the recordings.
pub const ACCOUNT: &str = "111111111111";
/// The region of the requests.
pub const REGION: &str = "us-east-1";
/// When the clock stands at first: 2026-01-31T00:00:00Z.
const START_MS: i64 = 1_769_817_600_000;

/// A cloud and the clock that drives it.
pub struct Client {
    runtime: Runtime,
    /// The cloud.
    pub cloud: LocalCloud,
    /// Stands still until it is moved.
    pub clock: Arc<ManualClock>,
}

impl Client {
    /// A new and empty cloud.
    pub fn new() -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let clock = Arc::new(ManualClock::new(START_MS));
        let options = Options {
            clock: clock.clone(),
            default_account: ACCOUNT.to_owned(),
            ..Options::in_memory()
        };
        Ok(Self {
            runtime,
            cloud: LocalCloud::open(options).map_err(|error| error.to_string())?,
            clock,
        })
    }

    /// An AWS JSON request, `AWSEvents.PutRule` for example: status and answer.
    pub fn json(&self, service: &str, target: &str, input: &Value) -> Result<(u16, Value), String> {
        let request = signed(service)
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", target);
        let (status, body) = self.send(request, Bytes::from(input.to_string()))?;
        let answer = if body.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&body).map_err(|error| format!("not JSON: {error}"))?
        };
        Ok((status, answer))
    }

    /// Any request: status and body.
    pub fn send(
        &self,
        request: http::request::Builder,
        body: Bytes,
    ) -> Result<(u16, Bytes), String> {
        let request = request.body(body).map_err(|error| error.to_string())?;
        let answer = self.runtime.block_on(self.cloud.answer(request));
        let response = answer.ok_or("no answer")?;
        let status = response.status().as_u16();
        Ok((status, response.into_body()))
    }
}

/// `POST /`, signed as far as the cloud reads it.
pub fn signed(service: &str) -> http::request::Builder {
    let credential = format!("test/20260131/{REGION}/{service}/aws4_request");
    Request::builder()
        .method(Method::POST)
        .uri("/")
        .header("host", format!("{service}.{REGION}.amazonaws.com"))
        .header(
            "authorization",
            format!("AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=00"),
        )
}
