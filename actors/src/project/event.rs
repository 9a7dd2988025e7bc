use datamesh_actor::Named;
use serde::{Deserialize, Serialize};

use super::record::{Home, ProjectRecord};
use super::state::{Change, Step};

/// What can happen to a project. Times are in milliseconds since the Unix epoch, reasons are
/// `CODE: a sentence`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// Its creation was asked for.
    Requested {
        /// The record as it starts.
        record: Box<ProjectRecord>,
    },
    /// Something outside was set going.
    StepTaken {
        /// What.
        step: Step,
    },
    /// The domain gave it a name, and told where it lives.
    NameReserved {
        /// The name.
        name: String,
        /// Where.
        home: Home,
    },
    /// The domain has the name back.
    NameReleased {
        /// The name.
        name: String,
    },
    /// The DataZone project was asked for.
    DataZoneProjectAsked {
        /// When.
        at_ms: i64,
    },
    /// DataZone has a project for us.
    DataZoneProjectCreated {
        /// DataZone's id.
        id: String,
    },
    /// It is ready.
    Activated {
        /// When.
        at_ms: i64,
    },
    /// A step of the creation or of a change met something that will not go away: what was done is undone.
    StepFailed {
        /// Why.
        reason: String,
        /// Whether DataZone may have a project of ours that we do not know.
        stray: bool,
    },
    /// The creation is undone.
    Failed {
        /// When.
        at_ms: i64,
        /// Why.
        reason: String,
    },
    /// A change was asked for.
    ChangeRequested {
        /// When.
        at_ms: i64,
        /// What it is to become.
        change: Change,
    },
    /// DataZone has the change.
    DataZoneProjectUpdated {
        /// When.
        at_ms: i64,
    },
    /// The change is done.
    Updated {
        /// When.
        at_ms: i64,
    },
    /// The change is undone.
    UpdateFailed {
        /// When.
        at_ms: i64,
        /// Why.
        reason: String,
    },
    /// The set-up began.
    SetupStarted {
        /// When.
        at_ms: i64,
    },
    /// The set-up is done.
    SetupCompleted {
        /// When.
        at_ms: i64,
        /// `s3://…/`.
        location: String,
    },
    /// The set-up failed and will be tried again.
    SetupFailed {
        /// When.
        at_ms: i64,
        /// Why.
        reason: String,
    },
    /// Its end was asked for.
    DeletionRequested {
        /// When.
        at_ms: i64,
        /// By whom.
        by: String,
    },
    /// DataZone's project is gone.
    DataZoneProjectDeleted,
    /// DataZone has no project of ours that we do not know.
    DataZoneProjectSwept,
    /// What datamesh put into the bucket is gone.
    PrefixesRemoved {
        /// What stayed because it is not ours; empty if nothing did.
        left: String,
    },
    /// The end was refused; all of it is still there.
    DeletionRefused {
        /// When.
        at_ms: i64,
        /// Why.
        reason: String,
    },
    /// The end was refused half-way; deleting again goes on from there.
    DeletionStuck {
        /// When.
        at_ms: i64,
        /// Why.
        reason: String,
    },
    /// Nothing is left.
    Deleted {
        /// When.
        at_ms: i64,
    },
    /// An asset has a name in the project.
    AssetAttached {
        /// The asset.
        asset_id: String,
        /// The name.
        name: String,
    },
    /// An asset gave a name back.
    AssetDetached {
        /// The asset.
        asset_id: String,
        /// The name.
        name: String,
    },
    /// Something is deployed in an environment, or is about to be.
    EnvironmentAttached {
        /// Which.
        environment: String,
    },
    /// Nothing is deployed in an environment any more.
    EnvironmentDetached {
        /// Which.
        environment: String,
    },
}

impl Named for Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "ProjectRequested",
            Self::StepTaken { .. } => "StepTaken",
            Self::NameReserved { .. } => "NameReserved",
            Self::NameReleased { .. } => "NameReleased",
            Self::DataZoneProjectAsked { .. } => "DataZoneProjectAsked",
            Self::DataZoneProjectCreated { .. } => "DataZoneProjectCreated",
            Self::Activated { .. } => "ProjectActivated",
            Self::StepFailed { .. } => "StepFailed",
            Self::Failed { .. } => "ProjectFailed",
            Self::ChangeRequested { .. } => "ChangeRequested",
            Self::DataZoneProjectUpdated { .. } => "DataZoneProjectUpdated",
            Self::Updated { .. } => "ProjectUpdated",
            Self::UpdateFailed { .. } => "UpdateFailed",
            Self::SetupStarted { .. } => "SetupStarted",
            Self::SetupCompleted { .. } => "SetupCompleted",
            Self::SetupFailed { .. } => "SetupFailed",
            Self::DeletionRequested { .. } => "DeletionRequested",
            Self::DataZoneProjectDeleted => "DataZoneProjectDeleted",
            Self::DataZoneProjectSwept => "DataZoneProjectSwept",
            Self::PrefixesRemoved { .. } => "PrefixesRemoved",
            Self::DeletionRefused { .. } => "DeletionRefused",
            Self::DeletionStuck { .. } => "DeletionStuck",
            Self::Deleted { .. } => "ProjectDeleted",
            Self::AssetAttached { .. } => "AssetAttached",
            Self::AssetDetached { .. } => "AssetDetached",
            Self::EnvironmentAttached { .. } => "EnvironmentAttached",
            Self::EnvironmentDetached { .. } => "EnvironmentDetached",
        }
    }
}
