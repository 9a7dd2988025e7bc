//! What a project asks of the world.

mod create_data_zone_project;
mod delete_data_zone_project;
mod put_prefixes;
mod release_name;
mod remove_prefixes;
mod reserve_name;
mod sweep_data_zone_project;
mod update_data_zone_project;

use std::sync::Arc;

use async_trait::async_trait;
use datamesh_actor::{Effect, EffectCx, EffectError, Effects, Idempotency, Named};
use serde::{Deserialize, Serialize};

use super::Project;
use super::record::{Home, ProjectRecord};
use super::state::{State, Step};
use crate::mesh_event::MeshEvent;
use crate::put_event;
use crate::world::World;

pub use create_data_zone_project::CreateDataZoneProject;
pub use delete_data_zone_project::DeleteDataZoneProject;
pub use put_prefixes::PutPrefixes;
pub use release_name::ReleaseName;
pub use remove_prefixes::RemovePrefixes;
pub use reserve_name::ReserveName;
pub use sweep_data_zone_project::SweepDataZoneProject;
pub use update_data_zone_project::UpdateDataZoneProject;

/// The code of a creation that met somebody else's DataZone project of the same name: nothing was made.
pub(super) const NAME_TAKEN_IN_DATAZONE: &str = "NAME_TAKEN_IN_DATAZONE";

/// The code of a creation that failed although DataZone may have made a project of ours.
pub(super) const DATAZONE_PROJECT_UNCERTAIN: &str = "DATAZONE_PROJECT_UNCERTAIN";

/// The folders of a project in the bucket, each kept by an empty object of its name.
pub const FOLDERS: [&str; 3] = ["raw/", "processed/", "metadata/"];

/// Something a project wants done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ProjectEffect {
    /// See [`ReserveName`].
    ReserveName(ReserveName),
    /// See [`CreateDataZoneProject`].
    CreateDataZoneProject(CreateDataZoneProject),
    /// See [`SweepDataZoneProject`].
    SweepDataZoneProject(SweepDataZoneProject),
    /// See [`UpdateDataZoneProject`].
    UpdateDataZoneProject(UpdateDataZoneProject),
    /// See [`DeleteDataZoneProject`].
    DeleteDataZoneProject(DeleteDataZoneProject),
    /// See [`PutPrefixes`].
    PutPrefixes(PutPrefixes),
    /// See [`RemovePrefixes`].
    RemovePrefixes(RemovePrefixes),
    /// See [`ReleaseName`].
    ReleaseName(ReleaseName),
    /// Puts an event on the bus.
    PutEvent(MeshEvent),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The name is ours.
    NameReserved {
        /// The name.
        name: String,
        /// Where the project lives.
        home: Home,
    },
    /// The name is not ours any more.
    NameReleased {
        /// The name.
        name: String,
    },
    /// DataZone made a project.
    DataZoneProjectCreated {
        /// DataZone's id.
        id: String,
    },
    /// DataZone has the new name and description.
    DataZoneProjectUpdated,
    /// DataZone's project is gone.
    DataZoneProjectDeleted,
    /// DataZone has no project of ours that we do not know.
    DataZoneProjectSwept,
    /// The prefixes are there.
    PrefixesPut {
        /// `s3://…/`.
        location: String,
    },
    /// Our objects are gone.
    PrefixesRemoved {
        /// What stayed because it is not ours; empty if nothing did.
        left: String,
    },
    /// The bus has the event.
    EventPut,
}

impl From<MeshEvent> for ProjectEffect {
    fn from(event: MeshEvent) -> Self {
        Self::PutEvent(event)
    }
}

impl Named for ProjectEffect {
    fn name(&self) -> &'static str {
        match self {
            Self::ReserveName(_) => "ReserveName",
            Self::CreateDataZoneProject(_) => "CreateDataZoneProject",
            Self::SweepDataZoneProject(_) => "SweepDataZoneProject",
            Self::UpdateDataZoneProject(_) => "UpdateDataZoneProject",
            Self::DeleteDataZoneProject(_) => "DeleteDataZoneProject",
            Self::PutPrefixes(_) => "PutPrefixes",
            Self::RemovePrefixes(_) => "RemovePrefixes",
            Self::ReleaseName(_) => "ReleaseName",
            Self::PutEvent(_) => "PutEvent",
        }
    }
}

impl Effect for ProjectEffect {
    fn idempotency(&self) -> Idempotency {
        match self {
            Self::CreateDataZoneProject(_) => Idempotency::ReadBack,
            Self::ReserveName(_)
            | Self::SweepDataZoneProject(_)
            | Self::UpdateDataZoneProject(_)
            | Self::DeleteDataZoneProject(_)
            | Self::PutPrefixes(_)
            | Self::RemovePrefixes(_)
            | Self::ReleaseName(_) => Idempotency::NaturalKey,
            Self::PutEvent(_) => Idempotency::AtLeastOnce,
        }
    }
}

impl ProjectEffect {
    /// The effect of a step; `None` if the state lacks what the step is about.
    pub(super) fn of(step: &Step, record: &ProjectRecord, state: &State) -> Option<Self> {
        let home = record.home.clone();
        let domain_id = record.domain_id.clone();
        let project_id = record.project_id.clone();
        let data_zone = record.data_zone_project_id.clone();
        Some(match step {
            Step::ReserveName(name) => Self::ReserveName(ReserveName {
                domain_id,
                project_id,
                name: name.clone(),
            }),
            Step::ReleaseName(name) => Self::ReleaseName(ReleaseName {
                domain_id,
                project_id,
                name: name.clone(),
            }),
            Step::CreateDataZoneProject => Self::CreateDataZoneProject(CreateDataZoneProject {
                home: home?,
                name: record.project_name.clone(),
                description: record.description.clone(),
            }),
            Step::SweepDataZoneProject => Self::SweepDataZoneProject(SweepDataZoneProject {
                home: home?,
                name: record.project_name.clone(),
                description: record.description.clone(),
                asked_ms: state.asked_ms,
            }),
            Step::UpdateDataZoneProject => {
                let change = state.change.as_ref()?;
                Self::UpdateDataZoneProject(UpdateDataZoneProject {
                    home: home?,
                    id: data_zone?,
                    name: change.name.clone(),
                    description: change.description.clone(),
                })
            }
            Step::DeleteDataZoneProject => Self::DeleteDataZoneProject(DeleteDataZoneProject {
                home: home?,
                id: data_zone?,
            }),
            Step::RemovePrefixes => Self::RemovePrefixes(RemovePrefixes {
                home: home?,
                prefix: record.prefix(),
            }),
        })
    }

    /// The effect of the set-up; `None` if it is not known where.
    pub(super) fn put_prefixes(record: &ProjectRecord) -> Option<Self> {
        Some(Self::PutPrefixes(PutPrefixes {
            home: record.home.clone()?,
            prefix: record.prefix(),
        }))
    }
}

/// Does the effects of projects.
pub struct ProjectEffects(pub Arc<World>);

#[async_trait]
impl Effects<Project> for ProjectEffects {
    async fn run(&self, effect: &ProjectEffect, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let world = &*self.0;
        match effect {
            ProjectEffect::ReserveName(effect) => effect.run(world, cx).await,
            ProjectEffect::CreateDataZoneProject(effect) => effect.run(world, cx).await,
            ProjectEffect::SweepDataZoneProject(effect) => effect.run(world, cx).await,
            ProjectEffect::UpdateDataZoneProject(effect) => effect.run(world, cx).await,
            ProjectEffect::DeleteDataZoneProject(effect) => effect.run(world, cx).await,
            ProjectEffect::PutPrefixes(effect) => effect.run(world, cx).await,
            ProjectEffect::RemovePrefixes(effect) => effect.run(world, cx).await,
            ProjectEffect::ReleaseName(effect) => effect.run(world, cx).await,
            ProjectEffect::PutEvent(event) => put_event::run(event, world, cx)
                .await
                .map(|()| Outcome::EventPut),
        }
    }

    async fn read_back(
        &self,
        effect: &ProjectEffect,
        cx: &EffectCx,
    ) -> Result<Option<Outcome>, EffectError> {
        match effect {
            ProjectEffect::CreateDataZoneProject(effect) => effect.read_back(&self.0, cx).await,
            _ => Ok(None),
        }
    }
}
