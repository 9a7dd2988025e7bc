use datamesh_actor::Named;
use serde::{Deserialize, Serialize};

use super::record::AssetRecord;
use super::state::{Home, Look, Step, TableFacts, Work};

/// What can happen to an asset. Times are in milliseconds since the Unix epoch, reasons are
/// `CODE: a sentence`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// Its creation was asked for.
    Requested {
        /// The record as it starts.
        record: Box<AssetRecord>,
        /// Its first publication; none for a draft.
        work: Option<Work>,
    },
    /// Something outside was set going.
    StepTaken {
        /// What.
        step: Step,
    },
    /// The project gave it a name, and told where it lives.
    Attached {
        /// The name.
        name: String,
        /// Where.
        home: Home,
    },
    /// The project has the name back.
    Detached {
        /// The name.
        name: String,
    },
    /// It is ready.
    Activated {
        /// When.
        at_ms: i64,
    },
    /// It could not be made.
    Failed {
        /// When.
        at_ms: i64,
        /// Why.
        reason: String,
    },
    /// Its publication was asked for.
    PublicationRequested {
        /// When.
        at_ms: i64,
        /// What is to be reached.
        work: Work,
    },
    /// The Glue table is there.
    GlueTableFound {
        /// What it said of itself.
        table: TableFacts,
    },
    /// DataZone has an asset for us.
    DataZoneAssetCreated {
        /// DataZone's id.
        id: String,
        /// Its first revision.
        revision: String,
    },
    /// DataZone has a new revision.
    DataZoneAssetRevised {
        /// DataZone's id.
        id: String,
        /// The revision.
        revision: String,
    },
    /// The catalogue was asked to show the revision.
    ListingRequested {
        /// The listing.
        listing_id: String,
        /// The listing's revision that is to become active.
        listing_revision: String,
        /// When to look how it is; none if nobody waits for it any more.
        look: Option<Look>,
    },
    /// The catalogue was asked to let go of it.
    DelistingRequested {
        /// When to look how it is.
        look: Look,
    },
    /// The listing is not there yet.
    LookDue {
        /// When to look again.
        look: Look,
    },
    /// The catalogue shows the revision.
    Listed,
    /// The catalogue does not show the asset.
    Delisted,
    /// It is published.
    Published {
        /// When.
        at_ms: i64,
    },
    /// It could not be published.
    PublicationFailed {
        /// When.
        at_ms: i64,
        /// Why.
        reason: String,
    },
    /// A step met something that will not go away.
    StepFailed {
        /// Why.
        reason: String,
    },
    /// A step ended that nobody waits for any more.
    StepEnded,
    /// A change was asked for.
    ChangeRequested {
        /// When.
        at_ms: i64,
        /// What is to be reached.
        work: Work,
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
    /// The end of its publication was asked for.
    UnpublicationRequested {
        /// When.
        at_ms: i64,
        /// By whom.
        by: String,
    },
    /// It is out of the catalogue.
    Unpublished {
        /// When.
        at_ms: i64,
    },
    /// The catalogue would not let go of it.
    UnpublicationRefused {
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
    /// The listing is gone.
    ListingDeleted,
    /// DataZone's asset is gone.
    DataZoneAssetDeleted,
    /// The end was refused; the asset is still there.
    DeletionRefused {
        /// When.
        at_ms: i64,
        /// Why.
        reason: String,
    },
    /// The end of an asset that never was whole was refused; deleting again goes on from there.
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
}

impl Named for Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "AssetRequested",
            Self::StepTaken { .. } => "StepTaken",
            Self::Attached { .. } => "Attached",
            Self::Detached { .. } => "Detached",
            Self::Activated { .. } => "AssetActivated",
            Self::Failed { .. } => "AssetFailed",
            Self::PublicationRequested { .. } => "PublicationRequested",
            Self::GlueTableFound { .. } => "GlueTableFound",
            Self::DataZoneAssetCreated { .. } => "DataZoneAssetCreated",
            Self::DataZoneAssetRevised { .. } => "DataZoneAssetRevised",
            Self::ListingRequested { .. } => "ListingRequested",
            Self::DelistingRequested { .. } => "DelistingRequested",
            Self::LookDue { .. } => "LookDue",
            Self::Listed => "Listed",
            Self::Delisted => "Delisted",
            Self::Published { .. } => "AssetPublished",
            Self::PublicationFailed { .. } => "PublicationFailed",
            Self::StepFailed { .. } => "StepFailed",
            Self::StepEnded => "StepEnded",
            Self::ChangeRequested { .. } => "ChangeRequested",
            Self::Updated { .. } => "AssetUpdated",
            Self::UpdateFailed { .. } => "UpdateFailed",
            Self::UnpublicationRequested { .. } => "UnpublicationRequested",
            Self::Unpublished { .. } => "AssetUnpublished",
            Self::UnpublicationRefused { .. } => "UnpublicationRefused",
            Self::DeletionRequested { .. } => "DeletionRequested",
            Self::ListingDeleted => "ListingDeleted",
            Self::DataZoneAssetDeleted => "DataZoneAssetDeleted",
            Self::DeletionRefused { .. } => "DeletionRefused",
            Self::DeletionStuck { .. } => "DeletionStuck",
            Self::Deleted { .. } => "AssetDeleted",
        }
    }
}
