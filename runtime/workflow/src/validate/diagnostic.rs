//! One thing that is wrong, or looks wrong, in a document.

use std::fmt;

use serde::{Serialize, Serializer};

use super::location::Location;

/// Whether a document with this diagnostic is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// The document is refused.
    Error,
    /// The document is taken, and does perhaps not what was meant.
    Warning,
}

/// The codes of `ValidateStateMachineDefinitionDiagnostic`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The text is not JSON.
    InvalidJsonDescription,
    /// There is no text.
    MissingDescription,
    /// A field is missing, not allowed here, or has a value that it must not have.
    SchemaValidationFailed,
    /// No state ends the workflow.
    MissingEndState,
    /// Two states have the same name.
    DuplicateStateName,
    /// A state's name is too long or empty.
    InvalidStateName,
    /// Two Map states have the same label.
    DuplicateLabelName,
    /// A Map state's label is empty, too long, or has a character that it must not have.
    InvalidLabelName,
    /// A transition leads to no state, or no transition leads to a state.
    MissingTransitionTarget,
    /// The document is nested too deeply.
    TooDeeplyNested,
    /// A JSONata expression does not parse.
    InvalidJsonataExpression,
    /// A JSONata expression uses what Step Functions does not offer.
    UnsupportedJsonataExpression,
    /// Warning: a value looks like a path, and its field's name does not end in `.$`.
    NoDollar,
    /// Warning: a value looks like a path, and its field's name does not end in `Path`.
    NoPath,
    /// Warning: a Pass state's `Result` holds what looks like a path; it is taken as it stands.
    PassResultIsStatic,
}

impl Code {
    /// As Step Functions writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Code::InvalidJsonDescription => "INVALID_JSON_DESCRIPTION",
            Code::MissingDescription => "MISSING_DESCRIPTION",
            Code::SchemaValidationFailed => "SCHEMA_VALIDATION_FAILED",
            Code::MissingEndState => "MISSING_END_STATE",
            Code::DuplicateStateName => "DUPLICATE_STATE_NAME",
            Code::InvalidStateName => "INVALID_STATE_NAME",
            Code::DuplicateLabelName => "DUPLICATE_LABEL_NAME",
            Code::InvalidLabelName => "INVALID_LABEL_NAME",
            Code::MissingTransitionTarget => "MISSING_TRANSITION_TARGET",
            Code::TooDeeplyNested => "TOO_DEEPLY_NESTED",
            Code::InvalidJsonataExpression => "INVALID_JSONATA_EXPRESSION",
            Code::UnsupportedJsonataExpression => "UNSUPPORTED_JSONATA_EXPRESSION",
            Code::NoDollar => "NO_DOLLAR",
            Code::NoPath => "NO_PATH",
            Code::PassResultIsStatic => "PASS_RESULT_IS_STATIC",
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing that is wrong. As JSON it is a `ValidateStateMachineDefinitionDiagnostic`; as text it
/// is one line for a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// What kind of fault.
    pub code: Code,
    /// As Step Functions words it.
    pub message: String,
    /// `/States/Check/Choices[0]/Next`, for example; for JSON syntax, the place in the text. None
    /// where Step Functions gives none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// The innermost state that it is in.
    #[serde(skip)]
    pub state: Option<String>,
    /// The field of that state (or of the document), as a path: `Choices[0]/Next`.
    #[serde(skip)]
    pub field: Option<String>,
    /// What to do about it: a sentence.
    #[serde(skip)]
    pub advice: String,
}

impl Diagnostic {
    /// An error.
    pub(super) fn error(
        code: Code,
        message: impl Into<String>,
        at: Option<&Location>,
        advice: impl Into<String>,
    ) -> Self {
        Self::new(Severity::Error, code, message.into(), at, advice.into())
    }

    /// A warning.
    pub(super) fn warning(
        code: Code,
        message: impl Into<String>,
        at: &Location,
        advice: impl Into<String>,
    ) -> Self {
        Self::new(
            Severity::Warning,
            code,
            message.into(),
            Some(at),
            advice.into(),
        )
    }

    fn new(
        severity: Severity,
        code: Code,
        message: String,
        at: Option<&Location>,
        advice: String,
    ) -> Self {
        Self {
            severity,
            code,
            message,
            location: at.map(Location::to_string),
            state: at.and_then(Location::state).map(str::to_owned),
            field: at.and_then(Location::field_path).map(str::to_owned),
            advice,
        }
    }

    /// Whether it refuses the document.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// `error in state "Check", field Choices[0]/Next: Missing 'Next' target: Done (MISSING_…). Do …`
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        })?;
        match (&self.state, &self.field) {
            (Some(state), Some(field)) => write!(f, " in state {state:?}, field {field}")?,
            (Some(state), None) => write!(f, " in state {state:?}")?,
            (None, Some(field)) => write!(f, " in field {field}")?,
            (None, None) => {}
        }
        let message = readable(&self.message);
        let message = message.trim_end();
        let stop = if message.ends_with('.') { "" } else { "." };
        write!(
            f,
            ": {message}{stop} {} [{}]",
            self.advice,
            self.code.as_str()
        )
    }
}

/// A message in one line, without the document that Jackson quotes in it.
fn readable(message: &str) -> String {
    let message = message.split("\n at [Source:").next().unwrap_or(message);
    let unquoted = message
        .split_once("[Source: ")
        .and_then(|(before, quoted)| {
            let place = quoted.rfind("line: ")?;
            Some(format!(
                "{before}{}",
                quoted.get(place..)?.replacen(']', "", 1)
            ))
        });
    unquoted
        .unwrap_or_else(|| message.to_owned())
        .replace('\n', " ")
}
