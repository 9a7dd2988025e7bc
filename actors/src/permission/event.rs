use datamesh_actor::Named;
use serde::{Deserialize, Serialize};

use super::holder::Told;
use super::looking::Inspection;
use crate::access::{Hold, Thing};

/// What can happen to a ledger. Things are named by their numbers; times are in milliseconds since the Unix
/// epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// A holder needs this from now on, and nothing else.
    Held {
        /// What.
        hold: Box<Hold>,
        /// When.
        at_ms: i64,
    },
    /// Something that was given by hand is taken over by a holder, as if it had given it.
    Adopted {
        /// The holder.
        holder: String,
        /// What.
        things: Vec<Thing>,
        /// When.
        at_ms: i64,
    },
    /// A holder's time is over: it holds nothing from now on.
    Expired {
        /// The holder.
        holder: String,
        /// When.
        at_ms: i64,
    },
    /// Things are being put.
    PutBegun {
        /// Which.
        numbers: Vec<u32>,
    },
    /// What became of those that were being put.
    PutEnded {
        /// Each of them.
        fates: Vec<(u32, Fate)>,
        /// When.
        at_ms: i64,
        /// None is put before this.
        not_before_ms: i64,
    },
    /// Things are being taken away.
    RemoveBegun {
        /// Which.
        numbers: Vec<u32>,
    },
    /// What became of those that were being taken away.
    RemoveEnded {
        /// Each of them.
        fates: Vec<(u32, Fate)>,
        /// When.
        at_ms: i64,
        /// None is taken before this.
        not_before_ms: i64,
    },
    /// Things are being read.
    ReadBegun,
    /// What was read of things that were put or taken away.
    ReadEnded {
        /// Each of them.
        sights: Vec<(u32, Sight)>,
        /// When.
        at_ms: i64,
    },
    /// A look was asked for.
    LookAsked {
        /// For whom; empty for everything.
        holder: String,
        /// Which wish.
        number: u64,
    },
    /// A part of the first look was done.
    Looked {
        /// What was looked at.
        numbers: Vec<u32>,
        /// What of it is not there.
        missing: Vec<u32>,
        /// What is there and nobody holds.
        extra: Vec<Thing>,
        /// When.
        at_ms: i64,
    },
    /// A part of the first look saw nothing.
    LookFailed {
        /// No look before this.
        not_before_ms: i64,
    },
    /// The first look is over.
    LookEnded {
        /// Whether all was seen.
        whole: bool,
        /// When.
        at_ms: i64,
    },
    /// What is missing is to be put again.
    RepairAsked {
        /// Which.
        numbers: Vec<u32>,
    },
    /// A generation of a holder has ended, or cannot end for now.
    Told {
        /// The holder.
        holder: String,
        /// How.
        told: Told,
    },
    /// A table is being inspected, or was.
    Inspected {
        /// What was seen.
        inspection: Box<Inspection>,
    },
}

/// What became of a thing that was to be put or taken away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// It is done, as Lake Formation says.
    Done,
    /// It may work later.
    Later {
        /// When to try again.
        due_ms: i64,
        /// A stable code.
        code: String,
        /// A sentence for people.
        message: String,
    },
    /// It will not work: for what is put, for good; for what is taken away, it is tried again, slowly.
    Refused {
        /// When to try again what is taken away.
        due_ms: i64,
        /// A stable code.
        code: String,
        /// A sentence for people.
        message: String,
    },
}

/// What a read showed of a thing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sight {
    /// It is as it should be: there, or gone.
    Right,
    /// Not yet, or it could not be read: to be read again.
    Again {
        /// When.
        due_ms: i64,
    },
    /// It is not so, and time for it is up: to be put or taken away again.
    Wrong {
        /// When.
        due_ms: i64,
    },
    /// It is put, and cannot be read; or it was put again and again, and is never there.
    Failed {
        /// A stable code.
        code: String,
        /// A sentence for people.
        message: String,
    },
    /// It is taken away, and cannot be read: to be read again, slowly.
    Stuck {
        /// When.
        due_ms: i64,
        /// A stable code.
        code: String,
        /// A sentence for people.
        message: String,
    },
}

impl Event {
    /// The numbers of the things that it changes; not those of a hold, which has things.
    pub(super) fn numbers(&self) -> Vec<u32> {
        match self {
            Self::PutBegun { numbers }
            | Self::RemoveBegun { numbers }
            | Self::RepairAsked { numbers } => numbers.clone(),
            Self::PutEnded { fates, .. } | Self::RemoveEnded { fates, .. } => {
                fates.iter().map(|(number, _)| *number).collect()
            }
            Self::ReadEnded { sights, .. } => sights.iter().map(|(number, _)| *number).collect(),
            Self::Looked { numbers, .. } => numbers.clone(),
            Self::Held { .. }
            | Self::Adopted { .. }
            | Self::Expired { .. }
            | Self::ReadBegun
            | Self::LookAsked { .. }
            | Self::LookFailed { .. }
            | Self::LookEnded { .. }
            | Self::Told { .. }
            | Self::Inspected { .. } => Vec::new(),
        }
    }
}

impl Named for Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Held { .. } => "Held",
            Self::Adopted { .. } => "Adopted",
            Self::Expired { .. } => "HolderExpired",
            Self::PutBegun { .. } => "PutBegun",
            Self::PutEnded { .. } => "PutEnded",
            Self::RemoveBegun { .. } => "RemoveBegun",
            Self::RemoveEnded { .. } => "RemoveEnded",
            Self::ReadBegun => "ReadBegun",
            Self::ReadEnded { .. } => "ReadEnded",
            Self::LookAsked { .. } => "LookAsked",
            Self::Looked { .. } => "Looked",
            Self::LookFailed { .. } => "LookFailed",
            Self::LookEnded { .. } => "LookEnded",
            Self::RepairAsked { .. } => "RepairAsked",
            Self::Told { .. } => "HolderTold",
            Self::Inspected { .. } => "Inspected",
        }
    }
}
