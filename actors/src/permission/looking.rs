use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::access::Thing;
use crate::lakeformation::{Facts, ThingError};

/// A look at all that a holder holds, or at everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looking {
    /// For whom; empty for everything.
    pub holder: String,
    /// Which wish, as the asker numbered it.
    pub number: u64,
    /// What is still to be looked at.
    pub remaining: BTreeSet<u32>,
    /// What is not there.
    pub missing: BTreeSet<u32>,
    /// What is there and nobody holds, by key.
    pub extra: BTreeMap<String, Thing>,
    /// Looks one after the other that saw nothing.
    pub failures: u32,
}

/// What decides who can read a table, as it was when somebody asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// Which wish, as the asker numbered it.
    pub number: u64,
    /// The table.
    pub table: String,
    /// What was seen; none while it is not known.
    pub facts: Option<Facts>,
    /// Why nothing could be seen.
    pub error: Option<ThingError>,
}

impl Inspection {
    /// Whether it is still under way.
    pub fn is_open(&self) -> bool {
        self.facts.is_none() && self.error.is_none()
    }
}
