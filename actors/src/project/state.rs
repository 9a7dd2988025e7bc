use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::record::{ProjectRecord, SetupStatus};
use crate::life::{Move, Status};
use crate::reservations::{Reservations, fold};

/// How the status reason of a failed set-up begins.
pub(super) const SETUP_TROUBLE: &str = "set-up failed and is tried again: ";

/// What a project remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The record; none before the first command.
    pub record: Option<ProjectRecord>,
    /// What is under way outside; one thing at a time, beside the set-up.
    pub step: Option<Step>,
    /// The names that the domain keeps for it, folded.
    pub names: BTreeSet<String>,
    /// When the DataZone project was asked for, in milliseconds since the Unix epoch.
    pub asked_ms: i64,
    /// Whether DataZone may have a project of ours whose id is not known.
    pub stray: bool,
    /// Whether the bucket may have objects of ours.
    pub prefixes: bool,
    /// How often the set-up failed.
    pub setup_failures: u32,
    /// Whether `ProjectCreated` was told.
    pub announced: bool,
    /// The name and description to be.
    pub change: Option<Change>,
    /// Why the creation or the change is being undone.
    pub failing: Option<String>,
    /// What a deletion left behind because it was not ours.
    pub left: String,
    /// Who asked for the last change.
    pub updated_by: String,
    /// Who asked for the end.
    pub deleted_by: String,
    /// The names of its assets, and which asset holds each.
    pub assets: Reservations,
    /// The environments in which something is deployed, or is about to be.
    #[serde(default)]
    pub environments: BTreeSet<String>,
}

/// Something under way outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Asks the domain for a name.
    ReserveName(String),
    /// Makes the DataZone project.
    CreateDataZoneProject,
    /// Removes a DataZone project whose id did not come back.
    SweepDataZoneProject,
    /// Changes the DataZone project.
    UpdateDataZoneProject,
    /// Removes the DataZone project.
    DeleteDataZoneProject,
    /// Removes what datamesh put into the bucket.
    RemovePrefixes,
    /// Gives a name back to the domain.
    ReleaseName(String),
}

/// What a project is to become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// Who asked.
    pub by: String,
    /// Whether DataZone has it.
    pub applied: bool,
}

impl State {
    /// Where it is in its life.
    pub(super) fn status(&self) -> Option<Status> {
        self.record.as_ref().map(|record| record.status)
    }

    /// Whether the set-up is under way.
    pub(super) fn setting_up(&self) -> bool {
        self.setup_is(SetupStatus::Running)
    }

    /// Whether the set-up is still to begin.
    pub(super) fn setup_is_pending(&self) -> bool {
        self.setup_is(SetupStatus::Pending)
    }

    fn setup_is(&self, status: SetupStatus) -> bool {
        self.record
            .as_ref()
            .is_some_and(|record| record.setup_status == status)
    }

    /// Lets an event happen.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Requested { record } => self.record = Some((**record).clone()),
            Event::StepTaken { step } => self.step = Some(step.clone()),
            Event::DataZoneProjectAsked { at_ms } => self.asked_ms = *at_ms,
            Event::ChangeRequested { at_ms, change } => {
                self.change = Some(change.clone());
                self.failing = None;
                self.moved(Move::Change, *at_ms, "");
            }
            Event::DeletionRequested { at_ms, by } => {
                self.deleted_by.clone_from(by);
                self.failing = None;
                self.left.clear();
                self.moved(Move::Delete, *at_ms, "");
            }
            Event::SetupStarted { at_ms } => {
                self.prefixes = true;
                self.set_up(SetupStatus::Running, *at_ms, None);
            }
            Event::SetupCompleted { at_ms, location } => {
                self.setup_failures = 0;
                self.set_up(SetupStatus::Completed, *at_ms, Some(location));
                self.edit(|r| {
                    if r.status_reason.starts_with(SETUP_TROUBLE) {
                        r.status_reason.clear();
                    }
                });
            }
            Event::SetupFailed { at_ms, reason } => {
                self.setup_failures = self.setup_failures.saturating_add(1);
                self.set_up(SetupStatus::Pending, *at_ms, None);
                self.edit(|r| r.status_reason.clone_from(reason));
            }
            Event::AssetAttached { asset_id, name } => self.assets.reserve(name, asset_id),
            Event::AssetDetached { asset_id, name } => self.assets.release(name, asset_id),
            Event::EnvironmentAttached { environment } => {
                self.environments.insert(environment.clone());
            }
            Event::EnvironmentDetached { environment } => {
                self.environments.remove(environment);
            }
            other => {
                self.step = None;
                self.settled(other);
            }
        }
    }

    /// What happens at the end of a step.
    fn settled(&mut self, event: &Event) {
        match event {
            Event::NameReserved { name, home } => {
                self.names.insert(fold(name));
                self.edit(|r| r.home = Some(home.clone()));
            }
            Event::NameReleased { name } => {
                self.names.remove(&fold(name));
            }
            Event::DataZoneProjectCreated { id } => self.edit(|r| {
                r.data_zone_project_id = Some(id.clone());
            }),
            Event::Activated { at_ms } => {
                self.announced = true;
                self.moved(Move::Made, *at_ms, "");
            }
            Event::StepFailed { reason, stray } => {
                self.failing = Some(reason.clone());
                self.stray |= *stray;
            }
            Event::Failed { at_ms, reason } => {
                self.failing = None;
                self.moved(Move::Unmade, *at_ms, reason);
            }
            Event::DataZoneProjectUpdated { at_ms } => {
                if let Some(change) = &mut self.change {
                    change.applied = true;
                    let Change {
                        name, description, ..
                    } = change.clone();
                    self.edit(|r| {
                        r.project_name = name;
                        r.description = description;
                        r.updated_ms = *at_ms;
                    });
                }
            }
            Event::Updated { at_ms } => {
                if let Some(change) = self.change.take() {
                    self.updated_by = change.by;
                }
                self.moved(Move::Changed, *at_ms, "");
            }
            Event::UpdateFailed { at_ms, reason } => {
                self.change = None;
                self.failing = None;
                self.moved(Move::Changed, *at_ms, reason);
            }
            Event::DataZoneProjectDeleted => self.edit(|r| r.data_zone_project_id = None),
            Event::DataZoneProjectSwept => self.stray = false,
            Event::PrefixesRemoved { left } => {
                self.prefixes = false;
                self.left.clone_from(left);
                self.edit(|r| r.s3_location = None);
            }
            Event::DeletionRefused { at_ms, reason } => {
                self.change = None;
                self.failing = None;
                self.moved(Move::Kept, *at_ms, reason);
            }
            Event::DeletionStuck { at_ms, reason } => self.moved(Move::Stuck, *at_ms, reason),
            Event::Deleted { at_ms } => {
                let left = self.left.clone();
                self.moved(Move::Gone, *at_ms, &left);
            }
            Event::Requested { .. }
            | Event::StepTaken { .. }
            | Event::DataZoneProjectAsked { .. }
            | Event::ChangeRequested { .. }
            | Event::DeletionRequested { .. }
            | Event::SetupStarted { .. }
            | Event::SetupCompleted { .. }
            | Event::SetupFailed { .. }
            | Event::AssetAttached { .. }
            | Event::AssetDetached { .. }
            | Event::EnvironmentAttached { .. }
            | Event::EnvironmentDetached { .. } => {}
        }
    }

    fn set_up(&mut self, status: SetupStatus, at_ms: i64, location: Option<&String>) {
        self.edit(|r| {
            r.setup_status = status;
            r.s3_location = location.cloned();
            r.updated_ms = at_ms;
        });
    }

    fn moved(&mut self, to: Move, at_ms: i64, reason: &str) {
        self.edit(|r| {
            r.status.take(to);
            r.status_reason = reason.to_owned();
            r.updated_ms = at_ms;
        });
    }

    fn edit(&mut self, edit: impl FnOnce(&mut ProjectRecord)) {
        if let Some(record) = &mut self.record {
            edit(record);
            record.version += 1;
        }
    }
}
