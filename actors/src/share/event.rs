use std::collections::BTreeSet;

use datamesh_actor::Named;
use serde::{Deserialize, Serialize};

use super::fulfilment::{Health, SharePlan};
use super::post::{HeldEnd, Post};
use super::record::ShareRecord;
use super::state::{Answer, Failed, LookWish, RamSeen, Resolved, Stage, Step, TableSeen, Wanted};
use crate::access::{Kept, LedgerId, Look, Reread, Thing};
use crate::agreement::{Decision, Request};
use crate::audit::AuditEntry;

/// What can happen to a share. Times are in milliseconds since the Unix epoch.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// It was begun.
    Begun {
        /// The record as it starts.
        record: Box<ShareRecord>,
    },
    /// Something was asked.
    Asked {
        /// When.
        at_ms: i64,
        /// What.
        request: Box<Request>,
        /// The token of the approval that decides it; empty where none is asked.
        token: String,
    },
    /// The open request was decided.
    Decided {
        /// When.
        at_ms: i64,
        /// Which request.
        number: u32,
        /// How.
        decision: Box<Decision>,
        /// Why, where the status needs saying why.
        reason: String,
    },
    /// A subscription ordered something, and is owed its end.
    Ordered {
        /// The number of the order.
        number: u64,
    },
    /// The subscription is told the end of its order.
    SubscriptionTold,
    /// The audit chain grew.
    Audited {
        /// The entry.
        entry: AuditEntry,
    },
    /// The asset was looked up.
    Resolved {
        /// When.
        at_ms: i64,
        /// What came of it.
        resolved: Box<Resolved>,
    },
    /// What is wanted changed: a new generation.
    Wanted {
        /// When.
        at_ms: i64,
        /// On which terms; none for no access.
        wanted: Option<Wanted>,
        /// `CODE: a sentence` for why.
        reason: String,
    },
    /// A step outside was begun.
    StepBegun {
        /// When.
        at_ms: i64,
        /// Which.
        step: Step,
    },
    /// The source table was read.
    TableRead {
        /// When.
        at_ms: i64,
        /// What was seen; none if it is not there, which does not hinder what has been given.
        table: Option<TableSeen>,
        /// What is wrong with it, if anything.
        trouble: String,
    },
    /// A ledger was told what is needed of it.
    HoldSent {
        /// When.
        at_ms: i64,
        /// Which.
        post: Post,
        /// Its id.
        ledger: LedgerId,
        /// The number of the hold.
        number: u64,
        /// What is needed.
        wants: BTreeSet<Thing>,
    },
    /// A ledger told what became of the hold.
    HoldEnded {
        /// When.
        at_ms: i64,
        /// Which.
        post: Post,
        /// What.
        end: HeldEnd,
        /// What was taken away.
        removed: Vec<Thing>,
        /// What others hold.
        kept: Vec<Kept>,
        /// What was read after.
        rereads: Vec<Reread>,
    },
    /// RAM was looked at.
    RamSeen {
        /// When.
        at_ms: i64,
        /// What was seen.
        seen: RamSeen,
    },
    /// The producer's grants are let go of, so that Lake Formation issues new invitations; or are to be given
    /// again.
    Reissuing {
        /// When.
        at_ms: i64,
        /// Whether they are let go of.
        release: bool,
    },
    /// A query as the consumer was answered.
    QueryAnswered {
        /// When.
        at_ms: i64,
        /// Whether it was for a column that is given.
        permitted: bool,
        /// The answer.
        answer: Answer,
    },
    /// Some time is to pass before the next try.
    Paused {
        /// When.
        at_ms: i64,
        /// `CODE: a sentence` for why.
        reason: String,
        /// Whether what was given does not show yet.
        #[serde(default)]
        doubt: bool,
    },
    /// It has passed.
    Resumed,
    /// Access could not be given.
    GiveFailed {
        /// When.
        at_ms: i64,
        /// Why.
        failed: Failed,
    },
    /// Access could not be given, and is to be tried again.
    FailureForgotten,
    /// Access is there.
    Given {
        /// When.
        at_ms: i64,
        /// How it was seen.
        health: Health,
    },
    /// Taking is begun again: something was left.
    TakenAgain {
        /// When.
        at_ms: i64,
        /// Whether the ledgers are told again.
        holds: bool,
    },
    /// Access is gone, or something is left that cannot be reached.
    Taken {
        /// When.
        at_ms: i64,
        /// The hash of the certificate.
        certificate: String,
        /// What may be left.
        remains: Vec<String>,
        /// `CODE: a sentence` for why.
        reason: String,
    },
    /// All that is held is being looked at.
    LookBegun {
        /// When.
        at_ms: i64,
        /// What is to be done about it.
        wish: LookWish,
    },
    /// Another look is wanted after the one under way.
    LookWished {
        /// What is to be done about it.
        wish: LookWish,
    },
    /// A ledger told what it saw.
    LookAnswered {
        /// Which.
        post: Post,
        /// What.
        look: Look,
    },
    /// The look went on.
    LookMoved {
        /// When.
        at_ms: i64,
        /// To where.
        stage: Stage,
        /// What differs so far.
        plan: SharePlan,
    },
    /// The look is over.
    LookEnded {
        /// When.
        at_ms: i64,
        /// How it was seen.
        health: Health,
        /// What differs.
        plan: SharePlan,
    },
}

impl Named for Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Begun { .. } => "ShareBegun",
            Self::Asked { .. } => "RequestMade",
            Self::Decided { .. } => "RequestDecided",
            Self::Ordered { .. } => "ShareOrdered",
            Self::SubscriptionTold => "SubscriptionTold",
            Self::Audited { .. } => "AuditEntryWritten",
            Self::Resolved { .. } => "AssetLookedUp",
            Self::Wanted { wanted, .. } => match wanted {
                Some(_) => "AccessWanted",
                None => "NoAccessWanted",
            },
            Self::StepBegun { .. } => "StepBegun",
            Self::TableRead { .. } => "TableRead",
            Self::HoldSent { .. } => "HoldSent",
            Self::HoldEnded { .. } => "HoldEnded",
            Self::RamSeen { .. } => "RamSeen",
            Self::Reissuing { .. } => "InvitationsReissued",
            Self::QueryAnswered { .. } => "QueryAnswered",
            Self::Paused { .. } => "Paused",
            Self::Resumed => "Resumed",
            Self::GiveFailed { .. } => "GiveFailed",
            Self::FailureForgotten => "FailureForgotten",
            Self::Given { .. } => "AccessGiven",
            Self::TakenAgain { .. } => "TakenAgain",
            Self::Taken { .. } => "AccessTaken",
            Self::LookBegun { .. } => "LookBegun",
            Self::LookWished { .. } => "LookWished",
            Self::LookAnswered { .. } => "LookAnswered",
            Self::LookMoved { .. } => "LookMoved",
            Self::LookEnded { .. } => "LookEnded",
        }
    }
}
