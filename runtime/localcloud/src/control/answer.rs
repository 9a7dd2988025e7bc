//! What a request of the control API gets back.

use http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A document with its status, or why there is none.
pub(super) type Answer = Result<(StatusCode, Value), Refusal>;

/// An error answer: a sentence, and what the status needs.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) sentence: String,
    /// The methods that the path has, for status 405.
    pub(super) allow: Option<&'static str>,
}

impl Refusal {
    pub(super) fn new(status: StatusCode, sentence: impl Into<String>) -> Self {
        Self {
            status,
            sentence: sentence.into(),
            allow: None,
        }
    }

    pub(super) fn bad(sentence: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, sentence)
    }

    pub(super) fn method(allow: &'static str) -> Self {
        Self {
            allow: Some(allow),
            ..Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                format!("only {allow} is understood here"),
            )
        }
    }
}

/// Status 200.
pub(super) fn ok(document: Value) -> Answer {
    Ok((StatusCode::OK, document))
}

/// Reads a body; an empty one is an empty object.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let body = if body.is_empty() { b"{}" } else { body };
    serde_json::from_slice(body)
        .map_err(|error| Refusal::bad(format!("the body cannot be read: {error}")))
}
