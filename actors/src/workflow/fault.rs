use std::fmt;

use datamesh_workflow::Machine;
use datamesh_workflow::validate::{MachineType, Severity, validate};

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
    let faults: Vec<Fault> = validate(document, MachineType::Standard)
        .into_iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .map(|diagnostic| Fault {
            place: diagnostic.location.unwrap_or_default(),
            message: diagnostic.message,
        })
        .collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    Machine::compile(document).map_err(|found| {
        found
            .into_iter()
            .map(|fault| Fault {
                place: fault.location.clone(),
                message: fault.message.clone(),
            })
            .collect()
    })
}
