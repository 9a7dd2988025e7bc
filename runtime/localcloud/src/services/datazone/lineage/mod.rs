//! Data lineage from OpenLineage run events: who read what and wrote what, and from which columns.
//!
//! An event makes a version of the node of its job, of the run, and of every dataset that it names, at the
//! moment of the event. Nodes are known by where they come from (`sourceIdentifier`). Events take the service's
//! settling time to be processed; their nodes are seen then.

mod event;
mod graph;
mod node;

pub(crate) use event::{delete, get, list, post};
pub(crate) use node::{get as get_node, history};

/// A moment as a part of a key: in the order of the moments.
fn moment(ms: i64) -> String {
    const SHIFT: i64 = 100_000_000_000_000_000;
    format!("{:018}", ms.saturating_add(SHIFT))
}
