//! How workflows call datamesh's own API: in this process, in the name of who started them.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use serde_json::Value;

use crate::person::Person;

/// datamesh's REST API, as an effect reaches it.
#[async_trait]
pub trait OwnApi: Send + Sync + 'static {
    /// Sends a request and waits for its answer. A request that changes something carries an idempotency
    /// key, so that its repeat is one deed. Where the API can wait for the end of what it begins, it does,
    /// for a minute at most.
    ///
    /// # Errors
    /// [`Unserved`] while nobody serves it. Every refusal is an answer.
    async fn call(&self, request: ApiRequest) -> Result<ApiAnswer, Unserved>;
}

/// A request to the API.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiRequest {
    /// In whose name.
    pub run_as: Person,
    /// `GET`, `POST`, …
    pub method: String,
    /// `/api/v1/deployments`, with the query if there is one.
    pub path: String,
    /// The JSON body; `None` for no body.
    pub body: Option<Value>,
    /// The same at every repeat of the same deed.
    pub idempotency_key: String,
}

/// What the API answered.
#[derive(Clone, Debug, PartialEq)]
pub struct ApiAnswer {
    /// The HTTP status.
    pub status: u16,
    /// What the status is called: `OK`, `Conflict`.
    pub status_text: String,
    /// The headers, by their names in lower case.
    pub headers: BTreeMap<String, Vec<String>>,
    /// The body: JSON, or text where it is none.
    pub body: Value,
}

/// The API is not served yet, or no more. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the API is not served now")]
pub struct Unserved;

/// The API of a gateway that starts later: effects are registered before there is a gateway.
#[derive(Default)]
pub struct LateApi {
    api: OnceLock<Arc<dyn OwnApi>>,
}

impl LateApi {
    /// From now on requests go there. Only the first call counts.
    pub fn bind(&self, api: Arc<dyn OwnApi>) {
        if self.api.set(api).is_err() {
            tracing::warn!("the workflows are bound to an API already");
        }
    }
}

#[async_trait]
impl OwnApi for LateApi {
    async fn call(&self, request: ApiRequest) -> Result<ApiAnswer, Unserved> {
        match self.api.get() {
            Some(api) => api.call(request).await,
            None => Err(Unserved),
        }
    }
}
