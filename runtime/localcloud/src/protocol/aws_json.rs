//! AWS JSON 1.0 and 1.1: `POST /`, the operation in `X-Amz-Target`, JSON both ways.

use http::request::Parts;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::ServiceError;
use crate::request::Call;
use crate::services::Reply;

/// Content type of AWS JSON 1.0.
pub const V1_0: &str = "application/x-amz-json-1.0";
/// Content type of AWS JSON 1.1.
pub const V1_1: &str = "application/x-amz-json-1.1";

/// The operation: what stands behind the last dot of `X-Amz-Target`.
pub fn operation(request: &Parts) -> Option<String> {
    let target = request.headers.get("x-amz-target")?.to_str().ok()?;
    let (_, operation) = target.rsplit_once('.')?;
    (!operation.is_empty()).then(|| operation.to_owned())
}

/// Reads the body; an empty body is an empty object.
///
/// # Errors
/// `SerializationException` (400) if it is not JSON of the wanted shape.
pub fn read<T: DeserializeOwned>(call: &Call<'_>) -> Result<T, ServiceError> {
    let body = if call.body.is_empty() {
        b"{}".as_slice()
    } else {
        call.body
    };
    serde_json::from_slice(body)
        .map_err(|error| ServiceError::bad_request("SerializationException", error.to_string()))
}

/// Writes an answer, status 200.
pub fn write<U: Serialize>(output: &U, version: &str) -> Result<Reply, ServiceError> {
    let body = serde_json::to_vec(output)
        .map_err(|error| ServiceError::internal(format!("the answer is not JSON: {error}")))?;
    Ok(Reply {
        body,
        ..Reply::status(200).with_header("content-type", version)
    })
}

pub(super) fn render(error: &ServiceError, version: &str) -> Reply {
    let mut document = Map::new();
    document.insert("__type".to_owned(), Value::from(error.code.as_ref()));
    document.insert("message".to_owned(), Value::from(error.message.as_str()));
    document.extend(error.fields.clone());
    Reply {
        status: error.status,
        headers: error.headers.clone(),
        body: Value::Object(document).to_string().into_bytes(),
        wait: None,
    }
    .with_header("content-type", version)
    .with_header("x-amzn-errortype", error.code.as_ref())
}
