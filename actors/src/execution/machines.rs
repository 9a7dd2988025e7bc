use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use datamesh_workflow::Machine;

/// The most documents that are kept compiled.
const MOST: usize = 64;

static COMPILED: Mutex<Option<HashMap<String, Arc<Machine>>>> = Mutex::new(None);

/// The compiled form of a document, kept for the next turn: a function of the text alone, so that what is
/// kept and what is compiled anew cannot be told apart. `None` for a document that does not compile.
pub(super) fn compiled(document: &str, digest: &str) -> Option<Arc<Machine>> {
    if let Some(machine) = kept(digest) {
        return Some(machine);
    }
    let machine = Arc::new(Machine::compile(document).ok()?);
    keep(&machine);
    Some(machine)
}

fn kept(digest: &str) -> Option<Arc<Machine>> {
    let compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    compiled.as_ref()?.get(digest).cloned()
}

/// Keeps it under the digest of its own text, whatever the text was said to be.
fn keep(machine: &Arc<Machine>) {
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let compiled = compiled.get_or_insert_default();
    if compiled.len() >= MOST {
        compiled.clear();
    }
    compiled.insert(machine.digest().to_owned(), machine.clone());
}
