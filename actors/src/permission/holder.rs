use std::collections::BTreeSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::access::{Thing, Why};

/// Who holds things, and how far its last generation is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// The last generation.
    pub generation: u64,
    /// What it stands on.
    pub why: Why,
    /// What it wants, by number.
    pub wants: BTreeSet<u32>,
    /// What it wants and cannot have, for another holder has something else under the same key.
    pub denied: Vec<Thing>,
    /// What it let go of and is not gone yet.
    pub leaving: BTreeSet<u32>,
    /// What must still happen before the generation ends: wanted and not settled, or leaving.
    pub waiting: BTreeSet<u32>,
    /// What is leaving and cannot be reached: it is not waited for.
    pub stuck: BTreeSet<u32>,
    /// What it let go of in this generation and is gone, and when that was read.
    pub removed: Vec<(Arc<Thing>, i64)>,
    /// What it let go of in this generation and others hold.
    pub kept: BTreeSet<u32>,
    /// What it was told of this generation.
    pub told: Told,
}

/// What a holder was told of its last generation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Told {
    /// Nothing yet.
    #[default]
    Nothing,
    /// That something cannot be taken away now; the end is still to come.
    Unreachable,
    /// All that it wanted is there.
    Held,
    /// It holds nothing, and all is gone.
    Released,
    /// Something cannot be put.
    Refused,
}

impl Told {
    /// Whether the generation has ended.
    pub fn is_end(self) -> bool {
        match self {
            Self::Nothing | Self::Unreachable => false,
            Self::Held | Self::Released | Self::Refused => true,
        }
    }

    /// The name: `HELD`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Nothing => "UNDER_WAY",
            Self::Unreachable => "UNREACHABLE",
            Self::Held => "HELD",
            Self::Released => "RELEASED",
            Self::Refused => "REFUSED",
        }
    }
}
