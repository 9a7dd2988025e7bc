use datamesh_actor::Named;
use serde::{Deserialize, Serialize};

use super::record::DomainRecord;
use crate::life::Move;
use crate::reservations::Reservations;

/// What a domain remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The record; none before the first command.
    pub record: Option<DomainRecord>,
    /// What is under way outside; one thing at a time.
    pub step: Option<Step>,
    /// Whether the name is ours.
    pub named: bool,
    /// Whether there was no bucket when it was looked for: one that is there now is ours.
    #[serde(default)]
    pub bucket_missing: bool,
    /// Whether datamesh did not make the bucket, and so never deletes it.
    #[serde(default)]
    pub bucket_adopted: bool,
    /// Whether DataZone says that its domain can be used.
    pub ready: bool,
    /// Whether `DomainCreated` was told.
    pub announced: bool,
    /// The description and owners to be.
    pub change: Option<Change>,
    /// Why the creation is being undone.
    pub failing: Option<String>,
    /// During a deletion: whether the bucket was found without foreign objects.
    pub bucket_empty: bool,
    /// Who asked for the last change.
    pub updated_by: String,
    /// Who asked for the end.
    pub deleted_by: String,
    /// The names of its projects, and which project holds each.
    pub projects: Reservations,
}

/// Something under way outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Claims the name in the mesh.
    ClaimName,
    /// Looks whether the bucket is there already.
    LookForBucket,
    /// Makes the bucket.
    CreateBucket,
    /// Makes the DataZone domain.
    CreateDataZoneDomain,
    /// Waits until the DataZone domain can be used.
    AwaitDataZoneDomain,
    /// Changes the DataZone domain.
    UpdateDataZoneDomain,
    /// Looks whether the bucket holds anything.
    CheckBucket,
    /// Removes the DataZone domain.
    DeleteDataZoneDomain,
    /// Removes the bucket.
    DeleteBucket,
    /// Gives the name back.
    ReleaseName,
}

/// What a domain is to become.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The description.
    pub description: String,
    /// The owners.
    pub owner_groups: Vec<String>,
    /// Who asked.
    pub by: String,
}

/// What can happen to a domain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub enum Event {
    /// Its creation was asked for.
    Requested {
        /// The record as it starts.
        record: Box<DomainRecord>,
    },
    /// Something outside was set going.
    StepTaken {
        /// What.
        step: Step,
    },
    /// The name is ours.
    NameClaimed,
    /// The name is nobody's, or another's.
    NameReleased,
    /// There is no bucket yet.
    BucketMissing,
    /// The bucket is there.
    BucketCreated {
        /// Its name.
        bucket: String,
        /// Whether somebody else made it.
        #[serde(default)]
        adopted: bool,
    },
    /// DataZone has a domain for us.
    DataZoneDomainCreated {
        /// `dzd…`.
        id: String,
        /// Whether it can be used.
        ready: bool,
    },
    /// DataZone's domain can be used.
    DataZoneDomainReady,
    /// It is ready.
    Activated {
        /// When.
        at_ms: i64,
    },
    /// The creation met something that will not go away and is being undone.
    CreationFailed {
        /// `CODE: a sentence`.
        reason: String,
    },
    /// The creation is undone.
    Failed {
        /// When.
        at_ms: i64,
        /// `CODE: a sentence`.
        reason: String,
    },
    /// A change that DataZone must learn of was asked for.
    ChangeRequested {
        /// When.
        at_ms: i64,
        /// What it is to become.
        change: Change,
    },
    /// The change is done.
    Updated {
        /// When.
        at_ms: i64,
        /// What it became.
        change: Change,
    },
    /// The change met something that will not go away; nothing changed.
    UpdateFailed {
        /// When.
        at_ms: i64,
        /// `CODE: a sentence`.
        reason: String,
    },
    /// Its end was asked for.
    DeletionRequested {
        /// When.
        at_ms: i64,
        /// By whom.
        by: String,
    },
    /// Nothing foreign is in the bucket.
    BucketFoundEmpty,
    /// DataZone's domain is gone.
    DataZoneDomainDeleted,
    /// The bucket is gone, or is left to whoever made or filled it.
    BucketReleased,
    /// The end was refused; all of it is still there.
    DeletionRefused {
        /// When.
        at_ms: i64,
        /// `CODE: a sentence`.
        reason: String,
    },
    /// The end was refused half-way; deleting again goes on from there.
    DeletionStuck {
        /// When.
        at_ms: i64,
        /// `CODE: a sentence`.
        reason: String,
    },
    /// Nothing is left.
    Deleted {
        /// When.
        at_ms: i64,
    },
    /// A project has a name.
    ProjectNameReserved {
        /// The name.
        name: String,
        /// The project.
        project_id: String,
    },
    /// A project gave a name back.
    ProjectNameReleased {
        /// The name.
        name: String,
        /// The project.
        project_id: String,
    },
}

impl Named for Event {
    fn name(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "DomainRequested",
            Self::StepTaken { .. } => "StepTaken",
            Self::NameClaimed => "NameClaimed",
            Self::NameReleased => "NameReleased",
            Self::BucketMissing => "BucketMissing",
            Self::BucketCreated { .. } => "BucketCreated",
            Self::DataZoneDomainCreated { .. } => "DataZoneDomainCreated",
            Self::DataZoneDomainReady => "DataZoneDomainReady",
            Self::Activated { .. } => "DomainActivated",
            Self::CreationFailed { .. } => "CreationFailed",
            Self::Failed { .. } => "DomainFailed",
            Self::ChangeRequested { .. } => "ChangeRequested",
            Self::Updated { .. } => "DomainUpdated",
            Self::UpdateFailed { .. } => "UpdateFailed",
            Self::DeletionRequested { .. } => "DeletionRequested",
            Self::BucketFoundEmpty => "BucketFoundEmpty",
            Self::DataZoneDomainDeleted => "DataZoneDomainDeleted",
            Self::BucketReleased => "BucketReleased",
            Self::DeletionRefused { .. } => "DeletionRefused",
            Self::DeletionStuck { .. } => "DeletionStuck",
            Self::Deleted { .. } => "DomainDeleted",
            Self::ProjectNameReserved { .. } => "ProjectNameReserved",
            Self::ProjectNameReleased { .. } => "ProjectNameReleased",
        }
    }
}

impl State {
    /// Lets an event happen.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Requested { record } => self.record = Some((**record).clone()),
            Event::StepTaken { step } => self.step = Some(*step),
            Event::ProjectNameReserved { name, project_id } => {
                self.projects.reserve(name, project_id);
            }
            Event::ProjectNameReleased { name, project_id } => {
                self.projects.release(name, project_id);
            }
            Event::DeletionRequested { at_ms, by } => {
                self.deleted_by.clone_from(by);
                self.bucket_empty = false;
                self.failing = None;
                self.moved(Move::Delete, *at_ms, "");
            }
            Event::ChangeRequested { at_ms, change } => {
                self.change = Some(change.clone());
                self.moved(Move::Change, *at_ms, "");
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
            Event::NameClaimed => self.named = true,
            Event::NameReleased => self.named = false,
            Event::BucketMissing => self.bucket_missing = true,
            Event::BucketCreated { bucket, adopted } => {
                self.bucket_adopted = *adopted;
                self.edit(|r| r.data_lake_bucket = Some(bucket.clone()));
            }
            Event::DataZoneDomainCreated { id, ready } => {
                self.ready = *ready;
                self.edit(|r| r.data_zone_domain_id = Some(id.clone()));
            }
            Event::DataZoneDomainReady => self.ready = true,
            Event::Activated { at_ms } => {
                self.announced = true;
                self.moved(Move::Made, *at_ms, "");
            }
            Event::CreationFailed { reason } => self.failing = Some(reason.clone()),
            Event::Failed { at_ms, reason } => self.moved(Move::Unmade, *at_ms, reason),
            Event::Updated { at_ms, change } => {
                self.change = None;
                self.updated_by.clone_from(&change.by);
                self.edit(|r| {
                    r.description.clone_from(&change.description);
                    r.owner_groups.clone_from(&change.owner_groups);
                });
                self.moved(Move::Changed, *at_ms, "");
            }
            Event::UpdateFailed { at_ms, reason } => {
                self.change = None;
                self.moved(Move::Changed, *at_ms, reason);
            }
            Event::BucketFoundEmpty => self.bucket_empty = true,
            Event::DataZoneDomainDeleted => {
                self.ready = false;
                self.edit(|r| r.data_zone_domain_id = None);
            }
            Event::BucketReleased => {
                self.bucket_adopted = false;
                self.bucket_missing = false;
                self.edit(|r| r.data_lake_bucket = None);
            }
            Event::DeletionRefused { at_ms, reason } => self.moved(Move::Kept, *at_ms, reason),
            Event::DeletionStuck { at_ms, reason } => self.moved(Move::Stuck, *at_ms, reason),
            Event::Deleted { at_ms } => self.moved(Move::Gone, *at_ms, ""),
            Event::Requested { .. }
            | Event::StepTaken { .. }
            | Event::ChangeRequested { .. }
            | Event::DeletionRequested { .. }
            | Event::ProjectNameReserved { .. }
            | Event::ProjectNameReleased { .. } => {}
        }
    }

    fn moved(&mut self, to: Move, at_ms: i64, reason: &str) {
        self.edit(|r| {
            r.status.take(to);
            r.status_reason = reason.to_owned();
            r.updated_ms = at_ms;
        });
    }

    fn edit(&mut self, edit: impl FnOnce(&mut DomainRecord)) {
        if let Some(record) = &mut self.record {
            edit(record);
            record.version += 1;
        }
    }
}
