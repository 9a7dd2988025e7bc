//! The answers of Step Functions' operations, made of diagnostics.

use serde::Serialize;

use super::Diagnostic;

/// `result` of `ValidateStateMachineDefinition`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// A state machine can be created; there may be warnings.
    Ok,
    /// It can not.
    Fail,
}

/// The answer of `ValidateStateMachineDefinition`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether it can be created.
    pub result: Outcome,
    /// All that was found.
    pub diagnostics: Vec<Diagnostic>,
    /// Never: all diagnostics are given.
    pub truncated: bool,
}

impl Report {
    /// The answer with these diagnostics.
    pub fn new(diagnostics: Vec<Diagnostic>) -> Self {
        let result = if diagnostics.iter().any(Diagnostic::is_error) {
            Outcome::Fail
        } else {
            Outcome::Ok
        };
        Self {
            result,
            diagnostics,
            truncated: false,
        }
    }
}

/// The message of the `InvalidDefinition` with which `CreateStateMachine` refuses a document that
/// has these diagnostics. None: it takes it.
pub fn creation_error(diagnostics: &[Diagnostic]) -> Option<String> {
    let errors: Vec<String> = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.is_error())
        .map(|error| {
            let location = error.location.as_deref().unwrap_or("null");
            format!("{}: {} at {location}", error.code.as_str(), error.message)
        })
        .collect();
    if errors.is_empty() {
        return None;
    }
    Some(format!(
        "Invalid State Machine Definition: '{}'",
        errors.join(", ")
    ))
}
