use serde::{Deserialize, Serialize};

/// Why a command was refused. Nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Rejection {
    /// What kind of refusal, for machines.
    pub kind: RejectionKind,
    /// A stable upper-case reason: `PROJECT_NOT_FOUND`, `ETAG_MISMATCH`.
    pub reason: String,
    /// A sentence that says what is wrong and what to do.
    pub message: String,
    /// The fields that are wrong, by their JSON names.
    pub violations: Vec<Violation>,
}

/// One field that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// JSON path of the field: `projectName`.
    pub field: String,
    /// What is wrong with it and what would be right.
    pub description: String,
}

/// The kinds of refusal; they map one to one to gRPC codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RejectionKind {
    /// The command itself is wrong (INVALID_ARGUMENT).
    Invalid,
    /// There is no such thing (NOT_FOUND).
    NotFound,
    /// There is such a thing already (ALREADY_EXISTS).
    AlreadyExists,
    /// Not in this state (FAILED_PRECONDITION).
    FailedPrecondition,
    /// Somebody else changed it meanwhile (ABORTED).
    Aborted,
    /// Not by this caller (PERMISSION_DENIED).
    Denied,
}

impl Rejection {
    /// A refusal without fields.
    pub fn new(kind: RejectionKind, reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
            message: message.into(),
            violations: Vec::new(),
        }
    }

    /// The command has wrong fields.
    pub fn invalid(violations: Vec<Violation>) -> Self {
        let message = violations
            .iter()
            .map(|v| format!("{}: {}", v.field, v.description))
            .collect::<Vec<_>>()
            .join("; ");
        Self {
            kind: RejectionKind::Invalid,
            reason: "INVALID_FIELDS".into(),
            message,
            violations,
        }
    }

    /// There is no such thing.
    pub fn not_found(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(RejectionKind::NotFound, reason, message)
    }

    /// Not in this state.
    pub fn precondition(reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(RejectionKind::FailedPrecondition, reason, message)
    }
}
