//! What a call that did not succeed tells its caller.

use std::time::Duration;

use serde::Serialize;

/// What to do about an error, not what it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorClass {
    /// Too fast, by AWS's judgement or our own: nothing happened, send it later.
    Throttle,
    /// It may go through when sent again.
    Transient,
    /// It will fail again until something else changes.
    Terminal,
    /// What the call would make is already there, or changed in between: read it back.
    Conflict,
    /// What the call names is not there.
    NotFound,
}

/// A failed call.
///
/// `may_have_happened` is the question that every effect must ask before it
/// sends again: after a timeout, a broken connection or a server's fault the
/// deed can be done although the answer is an error.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("{service}:{operation} failed with {code}: {message}")]
pub struct AwsError {
    /// The service as the pools name it: `datazone`, `sqs`.
    pub service: &'static str,
    /// The operation in AWS's spelling: `CreateProject`.
    pub operation: &'static str,
    /// AWS's error code, or one of [`codes`] when the error is not AWS's.
    pub code: String,
    /// For a person. Carries no credentials.
    pub message: String,
    /// What to do about it.
    pub class: ErrorClass,
    /// The shortest wait that the answer asked for, if it asked.
    #[serde(serialize_with = "as_millis", rename = "retry_after_ms")]
    pub retry_after: Option<Duration>,
    /// AWS's request id, for a support case.
    pub request_id: Option<Box<str>>,
    /// Whether the deed can have been done despite the error.
    pub may_have_happened: bool,
}

impl AwsError {
    /// Whether the call names something that is not there.
    pub fn is_not_found(&self) -> bool {
        self.class == ErrorClass::NotFound
    }

    /// Whether what the call would make is already there, or changed in between.
    pub fn is_conflict(&self) -> bool {
        self.class == ErrorClass::Conflict
    }
}

/// Codes of the errors that this crate raises itself.
pub mod codes {
    /// The call was sent and not answered in time.
    pub const TIMEOUT: &str = "Timeout";
    /// The call could not be sent, or the connection broke before an answer.
    pub const DISPATCH_FAILURE: &str = "DispatchFailure";
    /// An answer came that could not be read.
    pub const UNREADABLE_RESPONSE: &str = "UnreadableResponse";
    /// The request was refused on our side, before anything was sent.
    pub const INVALID_REQUEST: &str = "InvalidRequest";
    /// No credentials could be had to sign with.
    pub const NO_CREDENTIALS: &str = "NoCredentials";
    /// A foreign account was named and no role is configured for it.
    pub const NO_ROLE: &str = "NoRole";
    /// The circuit did not close before the call's deadline. Transient; nothing was sent.
    pub const CIRCUIT_OPEN: &str = "CircuitOpen";
    /// Too many calls wait already. Throttle; nothing was sent.
    pub const BUSY: &str = "Busy";
    /// The call's deadline came before its turn did. Throttle; nothing was sent.
    pub const WAITED_TOO_LONG: &str = "WaitedTooLong";
}

fn as_millis<S: serde::Serializer>(
    duration: &Option<Duration>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    duration
        .map(|d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
        .serialize(serializer)
}
