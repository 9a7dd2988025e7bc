use std::fmt;

use datamesh_workflow::Machine;
use datamesh_workflow::validate::Diagnostic;

/// Something that is wrong with a workflow's document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: `/States/Deploy/Next`; empty if it is the document as a whole.
    pub place: String,
    /// What, and what to do about it.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place.as_str() {
            "" => f.write_str(&self.message),
            place => write!(f, "{place}: {}", self.message),
        }
    }
}

/// Compiles a document.
///
/// # Errors
/// All that is wrong with it.
pub(crate) fn compile(document: &str) -> Result<Machine, Vec<Fault>> {
    Machine::compile(document).map_err(|diagnostics| {
        diagnostics
            .into_iter()
            .filter(Diagnostic::is_error)
            .map(|error| Fault {
                place: error.location.unwrap_or_default(),
                message: error.message,
            })
            .collect()
    })
}
