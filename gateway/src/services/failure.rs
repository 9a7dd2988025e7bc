//! What the actors and the journal refuse, as gRPC statuses.

use std::collections::HashMap;
use std::time::Duration;

use datamesh_actor::{AskError, ControlError, Limit, Rejection, RejectionKind};
use datamesh_journal::JournalError;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt};

use crate::status::{DOMAIN, draining, invalid_field, retry_later, with_reason};

/// A command that an actor refused.
pub fn rejected(rejection: Rejection) -> Status {
    let code = match rejection.kind {
        RejectionKind::Invalid => Code::InvalidArgument,
        RejectionKind::NotFound => Code::NotFound,
        RejectionKind::AlreadyExists => Code::AlreadyExists,
        RejectionKind::FailedPrecondition => Code::FailedPrecondition,
        RejectionKind::Aborted => Code::Aborted,
        RejectionKind::Denied => Code::PermissionDenied,
    };
    let mut details =
        ErrorDetails::with_error_info(rejection.reason, DOMAIN, HashMap::<String, String>::new());
    let violations: Vec<FieldViolation> = rejection
        .violations
        .into_iter()
        .map(|v| FieldViolation::new(v.field, v.description))
        .collect();
    if !violations.is_empty() {
        details.set_bad_request(violations);
    }
    Status::with_error_details(code, rejection.message, details)
}

/// A command that got no reply.
pub fn unanswered(error: AskError) -> Status {
    match error {
        AskError::Rejected(rejection) => rejected(rejection),
        AskError::Busy { limit, retry_after } => {
            let (code, reason) = match limit {
                Limit::Actor => (Code::ResourceExhausted, "ACTOR_BUSY"),
                Limit::Tenant => (Code::ResourceExhausted, "USER_BUSY"),
                Limit::Shard => (Code::Unavailable, "TOO_BUSY"),
            };
            retry_later(code, reason, error.to_string(), retry_after)
        }
        AskError::Retry { retry_after, .. } => retry_later(
            Code::Unavailable,
            "NOT_CERTAIN",
            "whether it was done is not known: read again, or repeat with the same request id",
            retry_after,
        ),
        AskError::Paused { .. } => {
            with_reason(Code::FailedPrecondition, "ACTOR_PAUSED", error.to_string())
        }
        AskError::Quarantined { reason } => {
            tracing::error!(reason, "a command met a quarantined actor");
            with_reason(
                Code::Unavailable,
                "ACTOR_QUARANTINED",
                "the actor failed too often and waits for an operator",
            )
        }
        AskError::CommandIdReused => {
            let mut status = invalid_field("requestId", "was used for another request");
            let mut details = status.get_error_details();
            details.set_error_info(
                "REQUEST_ID_REUSED",
                DOMAIN,
                HashMap::<String, String>::new(),
            );
            status = Status::with_error_details(status.code(), status.message(), details);
            status
        }
        AskError::Draining => draining(),
        AskError::Unread(_) => {
            tracing::error!(%error, "a command met an actor that could not be read");
            journal_unavailable()
        }
        AskError::UnknownKind(_) | AskError::Internal(_) => internal(&error),
    }
}

/// The journal could not be read.
pub fn unread(error: JournalError) -> Status {
    match error {
        JournalError::BadToken => invalid_field("pageToken", error.to_string()),
        JournalError::Closed => draining(),
        JournalError::Storage(_) => {
            tracing::error!(%error, "the journal could not be read");
            journal_unavailable()
        }
        JournalError::Corrupt(_) => internal(&error),
    }
}

fn journal_unavailable() -> Status {
    retry_later(
        Code::Unavailable,
        "JOURNAL_UNAVAILABLE",
        "the journal could not be read: try again",
        Duration::from_secs(1),
    )
}

/// An operator's wish that was not fulfilled.
pub fn unfulfilled(error: ControlError) -> Status {
    match error {
        ControlError::UnknownKind(_) | ControlError::NotFound(_) => {
            with_reason(Code::NotFound, "ACTOR_NOT_FOUND", error.to_string())
        }
        ControlError::NoSuchEffect { .. } => {
            with_reason(Code::NotFound, "EFFECT_NOT_FOUND", error.to_string())
        }
        ControlError::Running { .. } => retry_later(
            Code::Unavailable,
            "EFFECT_RUNNING",
            error.to_string(),
            Duration::from_secs(10),
        ),
        ControlError::Withdrawn { .. } => {
            with_reason(Code::Aborted, "EFFECT_NOT_CANCELLED", error.to_string())
        }
        ControlError::Unavailable(_) => retry_later(
            Code::Unavailable,
            "RUNTIME_UNAVAILABLE",
            error.to_string(),
            Duration::from_secs(1),
        ),
    }
}

/// What went wrong is for the log and not for the caller.
pub fn internal(error: &dyn std::error::Error) -> Status {
    tracing::error!(%error, "a request failed");
    with_reason(
        Code::Internal,
        "INTERNAL",
        "something is broken in datamesh; its log says more",
    )
}
