//! Is a document valid Amazon States Language? Every fault at once, each in two forms: as Step
//! Functions says it (code, message, location), and as a person needs it (state, field, what to do).
//!
//! The rules are those of the states language reference and of Step Functions'
//! `ValidateStateMachineDefinition`. Where the two differ, or where Step Functions is laxer than the
//! reference, a document that Step Functions takes is taken: a refusal must never be ours alone.

mod choice;
mod diagnostic;
mod fields;
mod handlers;
mod integrations;
mod jackson;
mod jsonata;
mod likeness;
mod lint;
mod location;
mod machine;
mod map;
mod names;
mod report;
mod resource;
mod scalars;
mod state;
mod syntax;
mod template;
#[cfg(test)]
mod tests;
mod transitions;

pub use diagnostic::{Code, Diagnostic, Severity};
pub use report::{Outcome, Report, creation_error};

use serde_json::Value;

use location::Location;
use machine::Checker;

/// The longest document that Step Functions takes, in characters.
pub const MAX_DEFINITION_CHARS: usize = 1_048_576;

const GIVE_A_DOCUMENT: &str = "Give a document: an object with StartAt and States.";

/// What kind of state machine a document is meant for. It decides which integration patterns and
/// states are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MachineType {
    /// Durable, up to a year.
    #[default]
    Standard,
    /// At least once, up to five minutes: no `.sync`, no `.waitForTaskToken`, no activities, no
    /// distributed Map.
    Express,
}

/// Checks a document. Errors come first to last as the document has them, then what is wrong with
/// its transitions, then warnings. Empty: nothing to say.
///
/// Bounded: a text longer than [`MAX_DEFINITION_CHARS`], or nested too deeply, is refused unread.
pub fn validate(text: &str, machine_type: MachineType) -> Vec<Diagnostic> {
    let document = match read(text) {
        Ok(document) => document,
        Err(fault) => return vec![*fault],
    };
    let mut checker = Checker::new(machine_type);
    checker.document(&document);
    checker.finish()
}

/// Checks one state by itself, as `TestState` does: its transitions may lead anywhere.
pub fn validate_state(state: &Value, machine_type: MachineType) -> Vec<Diagnostic> {
    let mut checker = Checker::new(machine_type);
    checker.state(&Location::root(), state);
    checker.finish()
}

/// The document that a text holds, or why it holds none.
fn read(text: &str) -> Result<Value, Box<Diagnostic>> {
    let refusal = |code: Code, message: String, advice: &str| {
        Err(Box::new(Diagnostic::error(code, message, None, advice)))
    };
    if text.is_empty() {
        return refusal(
            Code::MissingDescription,
            "Received a null or empty workflow input".to_owned(),
            GIVE_A_DOCUMENT,
        );
    }
    if text.chars().count() > MAX_DEFINITION_CHARS {
        return refusal(
            Code::SchemaValidationFailed,
            format!("Definition must not be longer than {MAX_DEFINITION_CHARS} characters"),
            "Move parts of it into state machines of their own.",
        );
    }
    if let Err(fault) = jackson::check(text) {
        return Err(Box::new(fault.diagnostic(text)));
    }
    match serde_json::from_str(text) {
        Ok(document @ Value::Object(_)) => Ok(document),
        _ => refusal(
            Code::SchemaValidationFailed,
            "Definition must be a valid JSON object".to_owned(),
            GIVE_A_DOCUMENT,
        ),
    }
}
