//! What an asset asks of the world.

mod attach;
mod check_glue_table;
mod create_data_zone_asset;
mod delete_data_zone_asset;
mod delete_listing;
mod description;
mod detach;
mod listing_state;
mod publish_listing;
mod read_listing;
mod revise_data_zone_asset;
mod unpublish_listing;

use std::sync::Arc;

use async_trait::async_trait;
use datamesh_actor::{Effect, EffectCx, EffectError, Effects, Idempotency, Named};
use serde::{Deserialize, Serialize};

use super::Asset;
use super::record::AssetRecord;
use super::state::{Home, State, Step, TableFacts};
use crate::mesh_event::MeshEvent;
use crate::put_event;
use crate::world::World;

pub use attach::Attach;
pub use check_glue_table::CheckGlueTable;
pub use create_data_zone_asset::CreateDataZoneAsset;
pub use delete_data_zone_asset::DeleteDataZoneAsset;
pub use delete_listing::DeleteListing;
pub use description::Description;
pub use detach::Detach;
pub use listing_state::ListingState;
pub use publish_listing::PublishListing;
pub use read_listing::ReadListing;
pub use revise_data_zone_asset::ReviseDataZoneAsset;
pub use unpublish_listing::UnpublishListing;

/// Something an asset wants done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum AssetEffect {
    /// See [`Attach`].
    Attach(Attach),
    /// See [`CheckGlueTable`].
    CheckGlueTable(CheckGlueTable),
    /// See [`CreateDataZoneAsset`].
    CreateDataZoneAsset(CreateDataZoneAsset),
    /// See [`ReviseDataZoneAsset`].
    ReviseDataZoneAsset(ReviseDataZoneAsset),
    /// See [`PublishListing`].
    PublishListing(PublishListing),
    /// See [`ReadListing`].
    ReadListing(ReadListing),
    /// See [`UnpublishListing`].
    UnpublishListing(UnpublishListing),
    /// See [`DeleteListing`].
    DeleteListing(DeleteListing),
    /// See [`DeleteDataZoneAsset`].
    DeleteDataZoneAsset(DeleteDataZoneAsset),
    /// See [`Detach`].
    Detach(Detach),
    /// Puts an event on the bus.
    PutEvent(MeshEvent),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The name is ours.
    Attached {
        /// The name.
        name: String,
        /// Where the asset lives.
        home: Home,
    },
    /// The name is not ours any more.
    Detached {
        /// The name.
        name: String,
    },
    /// The Glue table is there.
    GlueTableFound {
        /// What it says of itself.
        table: TableFacts,
    },
    /// DataZone made an asset.
    DataZoneAssetCreated {
        /// DataZone's id.
        id: String,
        /// Its first revision.
        revision: String,
    },
    /// DataZone made a revision.
    DataZoneAssetRevised {
        /// DataZone's id.
        id: String,
        /// The revision.
        revision: String,
    },
    /// The catalogue will show the revision.
    ListingRequested {
        /// The listing.
        listing_id: String,
        /// The listing's revision that is to become active.
        listing_revision: String,
        /// How it is.
        state: ListingState,
    },
    /// The catalogue will let go of it.
    DelistingRequested {
        /// How it is.
        state: ListingState,
    },
    /// The listing was looked at.
    ListingRead {
        /// How it is.
        state: ListingState,
    },
    /// The listing is gone.
    ListingDeleted,
    /// DataZone's asset is gone.
    DataZoneAssetDeleted,
    /// The bus has the event.
    EventPut,
}

impl From<MeshEvent> for AssetEffect {
    fn from(event: MeshEvent) -> Self {
        Self::PutEvent(event)
    }
}

impl Named for AssetEffect {
    fn name(&self) -> &'static str {
        match self {
            Self::Attach(_) => "Attach",
            Self::CheckGlueTable(_) => "CheckGlueTable",
            Self::CreateDataZoneAsset(_) => "CreateDataZoneAsset",
            Self::ReviseDataZoneAsset(_) => "ReviseDataZoneAsset",
            Self::PublishListing(_) => "PublishListing",
            Self::ReadListing(_) => "ReadListing",
            Self::UnpublishListing(_) => "UnpublishListing",
            Self::DeleteListing(_) => "DeleteListing",
            Self::DeleteDataZoneAsset(_) => "DeleteDataZoneAsset",
            Self::Detach(_) => "Detach",
            Self::PutEvent(_) => "PutEvent",
        }
    }
}

impl Effect for AssetEffect {
    fn idempotency(&self) -> Idempotency {
        match self {
            Self::CreateDataZoneAsset(_)
            | Self::ReviseDataZoneAsset(_)
            | Self::PublishListing(_)
            | Self::UnpublishListing(_) => Idempotency::Token,
            Self::Attach(_)
            | Self::CheckGlueTable(_)
            | Self::ReadListing(_)
            | Self::DeleteListing(_)
            | Self::DeleteDataZoneAsset(_)
            | Self::Detach(_) => Idempotency::NaturalKey,
            Self::PutEvent(_) => Idempotency::AtLeastOnce,
        }
    }
}

impl AssetEffect {
    /// The effect of a step; `None` if the state lacks what the step is about.
    pub(super) fn of(step: &Step, record: &AssetRecord, state: &State) -> Option<Self> {
        let home = state.home.clone();
        let project_id = record.project_id.clone();
        let asset_id = record.asset_id.clone();
        let data_zone = record.data_zone_asset_id.clone();
        let listing = record.listing_id.clone();
        Some(match step {
            Step::Attach(name) => Self::Attach(Attach {
                project_id,
                asset_id,
                name: name.clone(),
            }),
            Step::Detach(name) => Self::Detach(Detach {
                project_id,
                asset_id,
                name: name.clone(),
            }),
            Step::CheckGlueTable => Self::CheckGlueTable(CheckGlueTable {
                place: home?.place,
                glue_table: record.glue_table.clone(),
            }),
            Step::CreateDataZoneAsset => Self::CreateDataZoneAsset(CreateDataZoneAsset {
                description: Description::of(record, state)?,
                home: home?,
            }),
            Step::ReviseDataZoneAsset => Self::ReviseDataZoneAsset(ReviseDataZoneAsset {
                description: Description::of(record, state)?,
                home: home?,
                id: data_zone?,
            }),
            Step::PublishListing => Self::PublishListing(PublishListing {
                home: home?,
                asset: data_zone?,
                revision: record.revision.clone()?,
            }),
            Step::ReadListing => Self::ReadListing(ReadListing {
                home: home?,
                listing: listing?,
                revision: state.work.as_ref().and_then(|w| w.listing_revision.clone()),
            }),
            Step::UnpublishListing => Self::UnpublishListing(UnpublishListing {
                home: home?,
                asset: data_zone?,
                listing,
            }),
            Step::DeleteListing => Self::DeleteListing(DeleteListing {
                home: home?,
                listing: listing?,
            }),
            Step::DeleteDataZoneAsset => Self::DeleteDataZoneAsset(DeleteDataZoneAsset {
                home: home?,
                id: data_zone?,
            }),
        })
    }
}

/// Does the effects of assets.
pub struct AssetEffects(pub Arc<World>);

#[async_trait]
impl Effects<Asset> for AssetEffects {
    async fn run(&self, effect: &AssetEffect, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let world = &*self.0;
        match effect {
            AssetEffect::Attach(effect) => effect.run(world, cx).await,
            AssetEffect::CheckGlueTable(effect) => effect.run(world, cx).await,
            AssetEffect::CreateDataZoneAsset(effect) => effect.run(world, cx).await,
            AssetEffect::ReviseDataZoneAsset(effect) => effect.run(world, cx).await,
            AssetEffect::PublishListing(effect) => effect.run(world, cx).await,
            AssetEffect::ReadListing(effect) => effect.run(world, cx).await,
            AssetEffect::UnpublishListing(effect) => effect.run(world, cx).await,
            AssetEffect::DeleteListing(effect) => effect.run(world, cx).await,
            AssetEffect::DeleteDataZoneAsset(effect) => effect.run(world, cx).await,
            AssetEffect::Detach(effect) => effect.run(world, cx).await,
            AssetEffect::PutEvent(event) => put_event::run(event, world, cx)
                .await
                .map(|()| Outcome::EventPut),
        }
    }
}
