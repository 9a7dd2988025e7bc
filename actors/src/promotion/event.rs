use datamesh_actor::Named;
use serde::{Deserialize, Serialize};

use super::record::PromotionRecord;
use super::state::{Ending, Order, Source, Step};

/// What can happen to a promotion. Times are in milliseconds since the Unix epoch, reasons are
/// `CODE: a sentence`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// It was asked for.
    Requested {
        /// The record as it starts.
        record: Box<PromotionRecord>,
        /// What it is to do.
        order: Box<Order>,
    },
    /// Something outside was set going.
    StepTaken {
        /// What.
        step: Step,
    },
    /// The source told what it has, and will tell when that changes.
    Pinned {
        /// When.
        at_ms: i64,
        /// What it has.
        source: Source,
    },
    /// The target is ours.
    Held,
    /// The workflow is under way.
    WorkflowStarted,
    /// The workflow told how far it is.
    Reported {
        /// When.
        at_ms: i64,
        /// The report's number.
        number: u64,
        /// The state that it is in.
        current_state: String,
        /// The approval, once it is asked for.
        approval_id: Option<String>,
        /// The deployments so far.
        deployment_ids: Vec<String>,
    },
    /// Everybody who is needed said yes.
    Approved {
        /// When.
        at_ms: i64,
        /// Who.
        approved_by: Vec<String>,
        /// What they said.
        reason: String,
    },
    /// The workflow has ended.
    WorkflowEnded,
    /// How the promotion is to end is known.
    EndDecided {
        /// How.
        ending: Ending,
    },
    /// A step was refused.
    StepFailed,
    /// The approval counts for nothing now, or has ended before.
    ApprovalVoided,
    /// The workflow was told to stop, and tells its end.
    WorkflowStopped,
    /// The workflow did not stop: it had begun to deploy.
    StopRefused {
        /// When.
        at_ms: i64,
        /// Why.
        reason: String,
    },
    /// The target is free.
    Released,
    /// The source is free.
    Unpinned,
    /// Nothing is left to do.
    Ended {
        /// When.
        at_ms: i64,
    },
}

impl Named for Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "PromotionRequested",
            Self::StepTaken { .. } => "StepTaken",
            Self::Pinned { .. } => "SourcePinned",
            Self::Held => "TargetHeld",
            Self::WorkflowStarted => "WorkflowStarted",
            Self::Reported { .. } => "WorkflowReported",
            Self::Approved { .. } => "PromotionApproved",
            Self::WorkflowEnded => "WorkflowEnded",
            Self::EndDecided { .. } => "EndDecided",
            Self::StepFailed => "StepFailed",
            Self::ApprovalVoided => "ApprovalVoided",
            Self::WorkflowStopped => "WorkflowStopped",
            Self::StopRefused { .. } => "StopRefused",
            Self::Released => "TargetReleased",
            Self::Unpinned => "SourceUnpinned",
            Self::Ended { .. } => "PromotionEnded",
        }
    }
}
