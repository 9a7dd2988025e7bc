use datamesh_actor::Named;
use serde::{Deserialize, Serialize};

use super::check::{CheckRecord, CheckResult};
use super::deployment_record::{ResourceChange, StackEvent};
use super::home::Home;
use super::record::DriftStatus;
use super::running::{ChangeSet, Review, Running, Seen};
use super::state::Step;

/// What can happen to an environment. Times are in milliseconds since the Unix epoch, reasons are
/// `CODE: a sentence`. Hidden values are in none of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// A promotion has it for itself.
    Held {
        /// The environment.
        environment_id: String,
        /// When.
        at_ms: i64,
        /// Which promotion.
        promotion_id: String,
    },
    /// No promotion has it for itself any more.
    Released {
        /// When.
        at_ms: i64,
    },
    /// A promotion promotes what is deployed.
    Pinned {
        /// When.
        at_ms: i64,
        /// Which promotion.
        promotion_id: String,
    },
    /// A promotion need not be told any more.
    Unpinned {
        /// When.
        at_ms: i64,
        /// Which promotion.
        promotion_id: String,
    },
    /// A deployment began.
    DeploymentStarted {
        /// When.
        at_ms: i64,
        /// As it starts.
        running: Box<Running>,
    },
    /// A deployment is being undone by another.
    RollbackNoted {
        /// The one that is undone.
        deployment_id: String,
        /// Why.
        reason: String,
    },
    /// Something outside was set going.
    StepTaken {
        /// What.
        step: Step,
    },
    /// The project has this environment.
    Attached {
        /// When.
        at_ms: i64,
        /// Where it lives.
        home: Home,
    },
    /// The project has not this environment any more.
    Detached {
        /// When.
        at_ms: i64,
    },
    /// CloudFormation finds the template valid.
    TemplateValid {
        /// What it needs to be acknowledged.
        capabilities: Vec<String>,
    },
    /// The stack was seen at rest.
    StackSeen {
        /// How.
        seen: Seen,
    },
    /// The stack's deletion was asked for.
    StackDeletionAsked {
        /// The resources that are to stay, because they cannot be deleted.
        left: Vec<String>,
    },
    /// The stack's way back was asked to go on.
    RollbackContinued {
        /// The resources that are to be passed over.
        left: Vec<String>,
    },
    /// There is a change set.
    ChangeSetCreated {
        /// The stack.
        stack_id: String,
        /// The change set.
        change_set: ChangeSet,
    },
    /// The change set shows what it would do.
    ChangeSetReviewed {
        /// Whether anything differs.
        review: Review,
        /// What.
        changes: Vec<ResourceChange>,
        /// The newest event of the stack.
        mark: Option<String>,
    },
    /// The change set is gone.
    Discarded {
        /// Whether the stack is gone too.
        stack_too: bool,
    },
    /// The change set is being executed.
    ChangeSetExecuted,
    /// The stack was looked at while it changed.
    StackLooked {
        /// How it stands.
        seen: Seen,
        /// What it went through since the last look, oldest first.
        events: Vec<StackEvent>,
        /// The first failure among those, as a sentence.
        first_failure: Option<String>,
        /// Whether the change has begun.
        begun: bool,
    },
    /// The stack is as it was wanted.
    StackReached,
    /// The folders are in the bucket.
    PrefixesPut,
    /// The folders are gone from the bucket.
    PrefixesRemoved {
        /// What stayed because it is not ours; empty if nothing did.
        left: String,
    },
    /// The deployment met something that will not go away.
    StepFailed {
        /// Why.
        reason: String,
        /// Whether the stack is left in a state that needs a person.
        broken: bool,
    },
    /// The deployment ended.
    Ended {
        /// When.
        at_ms: i64,
        /// How.
        end: End,
    },
    /// A check was asked for.
    CheckRequested {
        /// As it starts.
        check: CheckRecord,
    },
    /// A check has seen something.
    CheckSeen {
        /// Which check.
        check_id: String,
        /// What.
        results: Vec<CheckResult>,
    },
    /// A check ended.
    CheckEnded {
        /// When.
        at_ms: i64,
        /// Which check.
        check_id: String,
        /// What it has seen of drift.
        drift_status: DriftStatus,
    },
}

/// How a deployment ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// What was wanted is deployed.
    Deployed,
    /// Nothing is deployed any more.
    Removed {
        /// What stayed nevertheless; empty if nothing did.
        left: String,
    },
    /// The environment is already as it was wanted.
    AsBefore,
    /// The difference is known.
    Previewed,
    /// Not as wanted.
    Failed {
        /// Why.
        reason: String,
    },
}

impl Named for Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Held { .. } => "EnvironmentHeld",
            Self::Released { .. } => "EnvironmentReleased",
            Self::Pinned { .. } => "EnvironmentPinned",
            Self::Unpinned { .. } => "EnvironmentUnpinned",
            Self::DeploymentStarted { .. } => "DeploymentStarted",
            Self::RollbackNoted { .. } => "RollbackNoted",
            Self::StepTaken { .. } => "StepTaken",
            Self::Attached { .. } => "Attached",
            Self::Detached { .. } => "Detached",
            Self::TemplateValid { .. } => "TemplateValid",
            Self::StackSeen { .. } => "StackSeen",
            Self::StackDeletionAsked { .. } => "StackDeletionAsked",
            Self::RollbackContinued { .. } => "RollbackContinued",
            Self::ChangeSetCreated { .. } => "ChangeSetCreated",
            Self::ChangeSetReviewed { .. } => "ChangeSetReviewed",
            Self::Discarded { .. } => "ChangeSetDiscarded",
            Self::ChangeSetExecuted => "ChangeSetExecuted",
            Self::StackLooked { .. } => "StackLooked",
            Self::StackReached => "StackReached",
            Self::PrefixesPut => "PrefixesPut",
            Self::PrefixesRemoved { .. } => "PrefixesRemoved",
            Self::StepFailed { .. } => "StepFailed",
            Self::Ended { .. } => "DeploymentEnded",
            Self::CheckRequested { .. } => "CheckRequested",
            Self::CheckSeen { .. } => "CheckSeen",
            Self::CheckEnded { .. } => "CheckEnded",
        }
    }
}
