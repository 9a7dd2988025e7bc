use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::ledger_id::LedgerId;
use super::thing::Thing;

/// What a holder needs of a ledger, all of it, from now on. Empty `wants` let go of everything: a revoke.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Who: the id of a share (`share-…`) or of a permission (`perm-…`). The end is told to it.
    pub holder: String,
    /// Grows with each change of mind of this holder.
    pub generation: u64,
    /// All that it needs.
    pub wants: BTreeSet<Thing>,
    /// What it stands on, for whoever asks why something is there.
    pub why: Why,
}

/// What a hold stands on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Why {
    /// Who asked.
    pub requested_by: String,
    /// Who said yes.
    pub approved_by: String,
    /// The reason that was given.
    pub reason: String,
    /// The subscription or share that it is for; empty for a permission of its own.
    pub agreement_id: String,
    /// Since when, in milliseconds since the Unix epoch.
    pub since_ms: i64,
    /// Until when, in milliseconds since the Unix epoch; for good if `None`.
    pub until_ms: Option<i64>,
}

/// What became of a generation of a holder; told once for each, in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldEnd {
    /// The ledger that tells it.
    pub ledger: LedgerId,
    /// Whom.
    pub holder: String,
    /// Which generation.
    pub generation: u64,
    /// What became of it.
    pub result: HoldResult,
}

/// What became of a generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HoldResult {
    /// All that it wants was put, and read back.
    Held {
        /// What was read.
        rereads: Vec<Reread>,
    },
    /// All that it no longer wants is gone, or is still wanted by others.
    Released {
        /// What was taken away, or was found gone already.
        removed: Vec<Thing>,
        /// What others hold.
        kept: Vec<Kept>,
        /// What was read after, to prove it.
        rereads: Vec<Reread>,
    },
    /// Something cannot be put. What was put stays until the holder lets go of it.
    Refused {
        /// A stable code: the AWS error code where there is one.
        code: String,
        /// A sentence for people.
        message: String,
        /// What could not be put.
        things: Vec<Thing>,
    },
    /// Something could not be taken away, for the account cannot be reached (closed, or its role is gone).
    /// The ledger goes on trying, slowly.
    Unreachable {
        /// A stable code: the AWS error code where there is one.
        code: String,
        /// A sentence for people.
        message: String,
        /// What may be left.
        remains: Vec<Thing>,
    },
}

/// A thing that a holder let go of and others still need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// What.
    pub thing: Thing,
    /// The others.
    pub by: Vec<String>,
}

/// A read that shows how things are, as evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reread {
    /// The account that was asked.
    pub account: String,
    /// The operation: `lakeformation:ListPermissions`.
    pub operation: String,
    /// What was looked for.
    pub about: String,
    /// What was found: `absent`, `present`, or in words.
    pub found: String,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
}

/// What a look at everything that a holder holds saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Held, and not there.
    pub missing: Vec<Thing>,
    /// There for the same principals on the same tables, and held by nobody: given by hand.
    pub extra: Vec<Thing>,
    /// When it was seen, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Why nothing could be seen; empty if all was.
    pub unreachable: String,
}

/// The answer to a holder's wish to have all that it holds looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookEnd {
    /// The ledger that looked.
    pub ledger: LedgerId,
    /// For whom.
    pub holder: String,
    /// Which wish, as the holder numbered it.
    pub number: u64,
    /// What was seen.
    pub look: Look,
}
