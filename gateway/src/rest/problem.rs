//! Problem documents (RFC 9457): what a REST client is told when something is wrong.

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Serialize;
use tonic::{Code, Status};
use tonic_types::{FieldViolation, StatusExt};

use crate::status::{self, DOMAIN, ETAG_MISMATCH};

/// The media type of a problem document.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A problem document.
#[derive(Clone, Debug, Serialize)]
pub struct Problem {
    /// Names the kind of problem: `urn:datamesh:error:` and the code in lower case with dashes.
    #[serde(rename = "type")]
    pub kind: String,
    /// What the HTTP status means, in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// What went wrong this time and what to do.
    pub detail: String,
    /// The path of the request.
    pub instance: String,
    /// A stable upper-case reason: `INVALID_FIELDS`, `ETAG_MISMATCH`, …
    pub code: String,
    /// The fields that were wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Headers that go with it.
    #[serde(skip)]
    pub headers: HeaderMap,
}

/// A field that was wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Its JSON path, `ownerGroups[1]`; of a query parameter or path variable its name.
    pub field: String,
    /// What is wrong with it and what would be right.
    pub description: String,
}

impl FieldError {
    /// Says what is wrong with a field.
    pub fn new(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            description: description.into(),
        }
    }
}

impl From<FieldViolation> for FieldError {
    fn from(violation: FieldViolation) -> Self {
        Self::new(violation.field, violation.description)
    }
}

impl Problem {
    /// A problem with a status, a stable upper-case code and a sentence.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>) -> Self {
        Self {
            kind: format!(
                "urn:datamesh:error:{}",
                code.to_ascii_lowercase().replace('_', "-")
            ),
            title: title(status),
            status: status.as_u16(),
            detail: detail.into(),
            instance: String::new(),
            code: code.to_owned(),
            errors: Vec::new(),
            headers: HeaderMap::new(),
        }
    }

    /// A 400 with the fields that are wrong.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        let detail = errors
            .iter()
            .map(|e| match e.field.as_str() {
                "" => e.description.clone(),
                field => format!("{field}: {}", e.description),
            })
            .collect::<Vec<_>>()
            .join("; ");
        let mut problem = Self::new(StatusCode::BAD_REQUEST, status::INVALID_FIELDS, detail);
        problem.errors = errors;
        problem
    }

    /// A 405 that says what is allowed.
    pub fn method_not_allowed(allowed: &str) -> Self {
        let mut problem = Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "METHOD_NOT_ALLOWED",
            format!("allowed here: {allowed}"),
        );
        problem.set(ALLOW, allowed);
        problem
    }

    /// What a gRPC status says, as a problem.
    pub fn from_status(status: &Status) -> Self {
        let details = status.get_error_details();
        let reason = details
            .error_info()
            .filter(|info| info.domain == DOMAIN)
            .map(|info| info.reason.clone());
        let code = reason.unwrap_or_else(|| status::code_name(status.code()).to_owned());
        let mut problem = Self::new(http_status(status.code(), &code), &code, status.message());
        if let Some(bad) = details.bad_request() {
            problem.errors = bad
                .field_violations
                .iter()
                .cloned()
                .map(FieldError::from)
                .collect();
        }
        if let Some(delay) = details.retry_info().and_then(|retry| retry.retry_delay) {
            problem.set(RETRY_AFTER, &retry_after_seconds(delay).to_string());
        }
        if let Some(challenge) = status.metadata().get(WWW_AUTHENTICATE.as_str())
            && let Ok(text) = challenge.to_str()
        {
            problem.set(WWW_AUTHENTICATE, text);
        }
        problem
    }

    /// Says which request it was.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        path.clone_into(&mut self.instance);
        self
    }

    fn set(&mut self, name: http::HeaderName, value: &str) {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = Response::new(Body::from(body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().extend(self.headers);
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        response
    }
}

/// `Retry-After` counts whole seconds; a client must not come back too early.
fn retry_after_seconds(delay: Duration) -> u64 {
    delay.as_secs() + u64::from(delay.subsec_nanos() > 0)
}

/// The HTTP status of a gRPC code (`google.rpc.Code`). Two differ from its table: a state that does not
/// allow the call is a conflict (409), and an etag that is stale is a failed precondition (412).
pub fn http_status(code: Code, reason: &str) -> StatusCode {
    match code {
        Code::Ok => StatusCode::OK,
        Code::Aborted if reason == ETAG_MISMATCH => StatusCode::PRECONDITION_FAILED,
        Code::InvalidArgument | Code::OutOfRange => StatusCode::BAD_REQUEST,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::PermissionDenied => StatusCode::FORBIDDEN,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::AlreadyExists | Code::Aborted | Code::FailedPrecondition => StatusCode::CONFLICT,
        Code::ResourceExhausted => StatusCode::TOO_MANY_REQUESTS,
        Code::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
        Code::Unimplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::DeadlineExceeded => StatusCode::GATEWAY_TIMEOUT,
        Code::Unknown | Code::Internal | Code::DataLoss => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn title(status: StatusCode) -> &'static str {
    match status.as_u16() {
        400 => "The request is wrong",
        401 => "Not authenticated",
        403 => "Not allowed",
        404 => "Not found",
        405 => "Method not allowed",
        409 => "Conflict",
        412 => "Changed meanwhile",
        413 => "Too large",
        415 => "Unsupported content type",
        429 => "Too much at once",
        499 => "Cancelled",
        501 => "Not implemented",
        503 => "Not available now",
        504 => "Took too long",
        _ => "Internal error",
    }
}
