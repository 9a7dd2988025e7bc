use datamesh_actor::Named;
use serde::{Deserialize, Serialize};

use super::record::SubscriptionRecord;
use super::state::{Home, Order, ZoneFact, ZoneStep};
use crate::agreement::{Decision, Request};
use crate::audit::AuditEntry;

/// What can happen to a subscription. Times are in milliseconds since the Unix epoch, reasons are
/// `CODE: a sentence`.
#[derive(Clone, Serialize, Deserialize)]
pub enum Event {
    /// It was asked for.
    Requested {
        /// The record as it starts, with its first request.
        record: Box<SubscriptionRecord>,
        /// What it knows of the asset and the consumer.
        home: Box<Home>,
        /// The token of the approval.
        token: String,
    },
    /// More time was asked for.
    RenewalRequested {
        /// The request.
        request: Box<Request>,
        /// The token of the approval.
        token: String,
    },
    /// It was revoked.
    RevokeDecided {
        /// The request, with its decision.
        request: Box<Request>,
    },
    /// The open request was decided.
    Decided {
        /// Its number.
        number: u32,
        /// How.
        decision: Box<Decision>,
        /// Whether the approval told it; if not, the approval is to be closed.
        told: bool,
    },
    /// The time of what was given is over.
    Expired {
        /// When that was seen.
        at_ms: i64,
    },
    /// The owners are being asked.
    ApprovalAsked,
    /// The owners are asked.
    ApprovalOpened {
        /// When.
        at_ms: i64,
        /// The approval.
        approval_id: String,
    },
    /// An approval that counts for nothing is being closed.
    ApprovalClosing,
    /// It is closed, or was.
    ApprovalClosed {
        /// The approval.
        approval_id: String,
    },
    /// The share is told what is wanted.
    Ordered {
        /// When.
        at_ms: i64,
        /// What.
        order: Box<Order>,
    },
    /// The share knows.
    OrderTaken,
    /// The share refused an order to take back; it is told again.
    TakeRefused {
        /// When.
        at_ms: i64,
        /// Why.
        reason: String,
        /// When it is told again.
        due_ms: i64,
    },
    /// Access is there.
    Given {
        /// When.
        at_ms: i64,
    },
    /// Access, or a change of it, could not be given.
    GiveFailed {
        /// When.
        at_ms: i64,
        /// Why.
        reason: String,
    },
    /// Access is gone.
    Taken {
        /// When.
        at_ms: i64,
        /// The hash of the certificate.
        certificate: String,
    },
    /// Access is gone at the producer, and the consumer cannot be reached.
    Unreachable {
        /// When.
        at_ms: i64,
        /// Why.
        reason: String,
    },
    /// DataZone is being told.
    ZoneStepTaken {
        /// What.
        step: ZoneStep,
    },
    /// DataZone has it.
    ZoneStepDone {
        /// When.
        at_ms: i64,
        /// What came of it.
        fact: ZoneFact,
    },
    /// DataZone takes no request, for it has one or a subscription of the same subscriber to the listing.
    ZoneCovered {
        /// When.
        at_ms: i64,
        /// What it has.
        reason: String,
        /// When it is asked again.
        due_ms: i64,
        /// Whether a request of ours may still come to be there.
        #[serde(default)]
        may_come: bool,
    },
    /// DataZone refused.
    ZoneStepFailed {
        /// When.
        at_ms: i64,
        /// What.
        step: ZoneStep,
        /// Why.
        reason: String,
        /// When it is told again; `None` for not before something else changes.
        due_ms: Option<i64>,
    },
    /// The audit chain grew.
    Audited {
        /// By this.
        entry: AuditEntry,
    },
}

impl Named for Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "SubscriptionRequested",
            Self::RenewalRequested { .. } => "RenewalRequested",
            Self::RevokeDecided { .. } => "RevokeDecided",
            Self::Decided { .. } => "RequestDecided",
            Self::Expired { .. } => "Expired",
            Self::ApprovalAsked => "ApprovalAsked",
            Self::ApprovalOpened { .. } => "ApprovalOpened",
            Self::ApprovalClosing => "ApprovalClosing",
            Self::ApprovalClosed { .. } => "ApprovalClosed",
            Self::Ordered { .. } => "ShareOrdered",
            Self::OrderTaken => "OrderTaken",
            Self::TakeRefused { .. } => "TakeRefused",
            Self::Given { .. } => "AccessGiven",
            Self::GiveFailed { .. } => "GiveFailed",
            Self::Taken { .. } => "AccessTaken",
            Self::Unreachable { .. } => "ConsumerUnreachable",
            Self::ZoneStepTaken { .. } => "DataZoneStepTaken",
            Self::ZoneStepDone { .. } => "DataZoneStepDone",
            Self::ZoneCovered { .. } => "DataZoneCovered",
            Self::ZoneStepFailed { .. } => "DataZoneStepFailed",
            Self::Audited { .. } => "Audited",
        }
    }
}
