//! What a domain asks of the world.

mod await_data_zone_domain;
mod check_bucket;
mod claim_name;
mod create_bucket;
mod create_data_zone_domain;
mod delete_bucket;
mod delete_data_zone_domain;
mod look_for_bucket;
mod release_name;
mod update_data_zone_domain;

use std::sync::Arc;

use async_trait::async_trait;
use datamesh_actor::{Effect, EffectCx, EffectError, Effects, Idempotency, Named};
use serde::{Deserialize, Serialize};

use super::Domain;
use super::record::DomainRecord;
use super::state::{Change, Step};
use crate::mesh_event::MeshEvent;
use crate::put_event;
use crate::world::{Place, World};

pub use await_data_zone_domain::AwaitDataZoneDomain;
pub use check_bucket::CheckBucket;
pub use claim_name::ClaimName;
pub use create_bucket::CreateBucket;
pub use create_data_zone_domain::CreateDataZoneDomain;
pub use delete_bucket::DeleteBucket;
pub use delete_data_zone_domain::DeleteDataZoneDomain;
pub use look_for_bucket::LookForBucket;
pub use release_name::ReleaseName;
pub use update_data_zone_domain::UpdateDataZoneDomain;

/// The code of a deletion that met data in the bucket.
pub(super) const BUCKET_NOT_EMPTY: &str = "BUCKET_NOT_EMPTY";

/// Something a domain wants done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum DomainEffect {
    /// See [`ClaimName`].
    ClaimName(ClaimName),
    /// See [`LookForBucket`].
    LookForBucket(LookForBucket),
    /// See [`CreateBucket`].
    CreateBucket(CreateBucket),
    /// See [`CreateDataZoneDomain`].
    CreateDataZoneDomain(CreateDataZoneDomain),
    /// See [`AwaitDataZoneDomain`].
    AwaitDataZoneDomain(AwaitDataZoneDomain),
    /// See [`UpdateDataZoneDomain`].
    UpdateDataZoneDomain(UpdateDataZoneDomain),
    /// See [`CheckBucket`].
    CheckBucket(CheckBucket),
    /// See [`DeleteDataZoneDomain`].
    DeleteDataZoneDomain(DeleteDataZoneDomain),
    /// See [`DeleteBucket`].
    DeleteBucket(DeleteBucket),
    /// See [`ReleaseName`].
    ReleaseName(ReleaseName),
    /// Puts an event on the bus.
    PutEvent(MeshEvent),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The name is ours.
    NameClaimed,
    /// The name is not ours any more.
    NameReleased,
    /// The bucket was looked for.
    BucketLookedFor {
        /// Its name.
        bucket: String,
        /// Whether there is one that datamesh did not make.
        there: bool,
    },
    /// The bucket is there.
    BucketCreated {
        /// Its name.
        bucket: String,
        /// Whether somebody else made it.
        adopted: bool,
    },
    /// DataZone made a domain.
    DataZoneDomainCreated {
        /// `dzd…`.
        id: String,
        /// Whether it can be used already.
        ready: bool,
    },
    /// DataZone's domain can be used.
    DataZoneDomainReady,
    /// DataZone knows the new description.
    DataZoneDomainUpdated,
    /// The bucket was looked into.
    BucketChecked {
        /// The key of an object in it, if there is one.
        foreign: Option<String>,
    },
    /// DataZone's domain is gone.
    DataZoneDomainDeleted,
    /// The bucket is gone.
    BucketDeleted,
    /// The bus has the event.
    EventPut,
}

impl From<MeshEvent> for DomainEffect {
    fn from(event: MeshEvent) -> Self {
        Self::PutEvent(event)
    }
}

impl Named for DomainEffect {
    fn name(&self) -> &'static str {
        match self {
            Self::ClaimName(_) => "ClaimName",
            Self::LookForBucket(_) => "LookForBucket",
            Self::CreateBucket(_) => "CreateBucket",
            Self::CreateDataZoneDomain(_) => "CreateDataZoneDomain",
            Self::AwaitDataZoneDomain(_) => "AwaitDataZoneDomain",
            Self::UpdateDataZoneDomain(_) => "UpdateDataZoneDomain",
            Self::CheckBucket(_) => "CheckBucket",
            Self::DeleteDataZoneDomain(_) => "DeleteDataZoneDomain",
            Self::DeleteBucket(_) => "DeleteBucket",
            Self::ReleaseName(_) => "ReleaseName",
            Self::PutEvent(_) => "PutEvent",
        }
    }
}

impl Effect for DomainEffect {
    fn idempotency(&self) -> Idempotency {
        match self {
            Self::CreateDataZoneDomain(_)
            | Self::UpdateDataZoneDomain(_)
            | Self::DeleteDataZoneDomain(_) => Idempotency::Token,
            Self::ClaimName(_)
            | Self::LookForBucket(_)
            | Self::CreateBucket(_)
            | Self::AwaitDataZoneDomain(_)
            | Self::CheckBucket(_)
            | Self::DeleteBucket(_)
            | Self::ReleaseName(_) => Idempotency::NaturalKey,
            Self::PutEvent(_) => Idempotency::AtLeastOnce,
        }
    }
}

impl DomainEffect {
    /// The effect of a step; `None` if the record lacks what the step is about.
    pub(super) fn of(step: Step, record: &DomainRecord, change: Option<&Change>) -> Option<Self> {
        let place = Place {
            account: record.aws_account_id.clone(),
            region: record.region.clone(),
        };
        let data_zone = record.data_zone_domain_id.clone();
        let bucket = record.data_lake_bucket.clone();
        let name = record.domain_name.clone();
        let domain_id = record.domain_id.clone();
        Some(match step {
            Step::ClaimName => Self::ClaimName(ClaimName { name, domain_id }),
            Step::LookForBucket => Self::LookForBucket(LookForBucket {
                place,
                bucket: format!("data-lake-{name}"),
            }),
            Step::CreateBucket => Self::CreateBucket(CreateBucket {
                place,
                bucket: format!("data-lake-{name}"),
            }),
            Step::CreateDataZoneDomain => Self::CreateDataZoneDomain(CreateDataZoneDomain {
                place,
                name,
                description: record.description.clone(),
            }),
            Step::AwaitDataZoneDomain => Self::AwaitDataZoneDomain(AwaitDataZoneDomain {
                place,
                id: data_zone?,
            }),
            Step::UpdateDataZoneDomain => Self::UpdateDataZoneDomain(UpdateDataZoneDomain {
                place,
                id: data_zone?,
                description: change?.description.clone(),
            }),
            Step::CheckBucket => Self::CheckBucket(CheckBucket {
                place,
                bucket: bucket?,
            }),
            Step::DeleteDataZoneDomain => Self::DeleteDataZoneDomain(DeleteDataZoneDomain {
                place,
                id: data_zone?,
            }),
            Step::DeleteBucket => Self::DeleteBucket(DeleteBucket {
                place,
                bucket: bucket?,
            }),
            Step::ReleaseName => Self::ReleaseName(ReleaseName { name, domain_id }),
        })
    }

    /// The step that it is; an event on the bus is none.
    pub(super) fn step(&self) -> Option<Step> {
        Some(match self {
            Self::ClaimName(_) => Step::ClaimName,
            Self::LookForBucket(_) => Step::LookForBucket,
            Self::CreateBucket(_) => Step::CreateBucket,
            Self::CreateDataZoneDomain(_) => Step::CreateDataZoneDomain,
            Self::AwaitDataZoneDomain(_) => Step::AwaitDataZoneDomain,
            Self::UpdateDataZoneDomain(_) => Step::UpdateDataZoneDomain,
            Self::CheckBucket(_) => Step::CheckBucket,
            Self::DeleteDataZoneDomain(_) => Step::DeleteDataZoneDomain,
            Self::DeleteBucket(_) => Step::DeleteBucket,
            Self::ReleaseName(_) => Step::ReleaseName,
            Self::PutEvent(_) => return None,
        })
    }
}

/// Does the effects of domains.
pub struct DomainEffects(pub Arc<World>);

#[async_trait]
impl Effects<Domain> for DomainEffects {
    async fn run(&self, effect: &DomainEffect, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let world = &*self.0;
        match effect {
            DomainEffect::ClaimName(effect) => effect.run(world, cx).await,
            DomainEffect::LookForBucket(effect) => effect.run(world, cx).await,
            DomainEffect::CreateBucket(effect) => effect.run(world, cx).await,
            DomainEffect::CreateDataZoneDomain(effect) => effect.run(world, cx).await,
            DomainEffect::AwaitDataZoneDomain(effect) => effect.run(world, cx).await,
            DomainEffect::UpdateDataZoneDomain(effect) => effect.run(world, cx).await,
            DomainEffect::CheckBucket(effect) => effect.run(world, cx).await,
            DomainEffect::DeleteDataZoneDomain(effect) => effect.run(world, cx).await,
            DomainEffect::DeleteBucket(effect) => effect.run(world, cx).await,
            DomainEffect::ReleaseName(effect) => effect.run(world, cx).await,
            DomainEffect::PutEvent(event) => put_event::run(event, world, cx)
                .await
                .map(|()| Outcome::EventPut),
        }
    }
}
