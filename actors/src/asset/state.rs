use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::event::Event;
use super::publish_status::{PublishMove, PublishStatus};
use super::record::{AssetRecord, Column};
use crate::life::Move;
use crate::reservations::fold;
use crate::world::Place;

/// What an asset remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The record; none before the first command.
    pub record: Option<AssetRecord>,
    /// What is under way outside; one thing at a time.
    pub step: Option<Step>,
    /// Where it lives; known once the project took it in.
    pub home: Option<Home>,
    /// The names that the project keeps for it, folded.
    pub names: BTreeSet<String>,
    /// The publication or change under way.
    pub work: Option<Work>,
    /// Why the work under way is being undone.
    pub failing: Option<String>,
    /// A look at the listing that is due.
    pub look: Option<Look>,
    /// Whether the listing is out of the catalogue.
    pub delisted: bool,
    /// Whether its last publication had failed when the end of the publication was asked for.
    #[serde(default)]
    pub unpublishing_failed: bool,
    /// Whether it was ever ready.
    pub announced: bool,
    /// Who asked for the last change.
    pub updated_by: String,
    /// Who asked for the end.
    pub deleted_by: String,
}

/// Where an asset lives, as its project told it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Home {
    /// The account and region of the domain.
    pub place: Place,
    /// The domain's DataZone domain.
    pub data_zone_domain_id: String,
    /// The project's DataZone project.
    pub data_zone_project_id: String,
    /// The domain.
    pub domain_id: String,
}

/// Something under way outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Asks the project for a name.
    Attach(String),
    /// Reads the Glue table.
    CheckGlueTable,
    /// Makes the DataZone asset.
    CreateDataZoneAsset,
    /// Makes a new revision of it.
    ReviseDataZoneAsset,
    /// Puts the revision into the catalogue.
    PublishListing,
    /// Looks how the listing is.
    ReadListing,
    /// Takes the listing out of the catalogue.
    UnpublishListing,
    /// Removes the listing.
    DeleteListing,
    /// Removes the DataZone asset.
    DeleteDataZoneAsset,
    /// Gives a name back to the project.
    Detach(String),
}

/// What people say of an asset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The name.
    pub name: String,
    /// The description.
    pub description: String,
    /// Business metadata.
    pub metadata: BTreeMap<String, String>,
}

/// A publication or a change: what is to be reached, and how far it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// The content to be.
    pub content: Content,
    /// Who asked.
    pub by: String,
    /// Whether the Glue table is to be read.
    pub check: bool,
    /// Whether DataZone is to have the content.
    pub revise: bool,
    /// Whether the catalogue is to show it.
    pub list: bool,
    /// What the Glue table said.
    pub table: Option<TableFacts>,
    /// The revision that DataZone made of the content.
    pub revision: Option<String>,
    /// The listing revision that is to become active.
    pub listing_revision: Option<String>,
    /// Whether it is.
    pub listed: bool,
}

/// What a Glue table said of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableFacts {
    /// The account whose catalogue it is in.
    pub catalog_id: String,
    /// The columns, those of the partitions last.
    pub columns: Vec<Column>,
}

/// A look at the listing that is due: how long it is waited for already, and when to look next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// Since when, in milliseconds since the Unix epoch.
    pub since_ms: i64,
    /// How many looks there were.
    pub looks: u32,
    /// When the next one is, in milliseconds since the Unix epoch.
    pub due_ms: i64,
}

impl State {
    /// Lets an event happen.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Requested { record, work } => {
                self.record = Some((**record).clone());
                self.work.clone_from(work);
            }
            Event::StepTaken { step } => self.step = Some(step.clone()),
            Event::PublicationRequested { at_ms, work } => {
                self.begin(work);
                self.published(PublishMove::Publish, *at_ms, "");
            }
            Event::ChangeRequested { at_ms, work } => {
                self.begin(work);
                self.moved(Move::Change, *at_ms, "");
            }
            Event::UnpublicationRequested { at_ms, by } => {
                self.updated_by.clone_from(by);
                self.look = None;
                self.unpublishing_failed = self
                    .record
                    .as_ref()
                    .is_some_and(|r| r.publish_status == PublishStatus::PublishFailed);
                self.published(PublishMove::Unpublish, *at_ms, "");
            }
            Event::DeletionRequested { at_ms, by } => {
                self.deleted_by.clone_from(by);
                self.work = None;
                self.failing = None;
                self.look = None;
                self.moved(Move::Delete, *at_ms, "");
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
            Event::Attached { name, home } => {
                self.names.insert(fold(name));
                self.edit(|r| r.domain_id.clone_from(&home.domain_id));
                self.home = Some(home.clone());
            }
            Event::Detached { name } => {
                self.names.remove(&fold(name));
            }
            Event::GlueTableFound { table } => {
                if let Some(work) = &mut self.work {
                    work.table = Some(table.clone());
                }
            }
            Event::DataZoneAssetCreated { id, revision }
            | Event::DataZoneAssetRevised { id, revision } => self.revised(id, revision),
            Event::ListingRequested {
                listing_id,
                listing_revision,
                look,
            } => {
                self.delisted = false;
                self.look = *look;
                if let Some(work) = &mut self.work {
                    work.listing_revision = Some(listing_revision.clone());
                }
                self.edit(|r| r.listing_id = Some(listing_id.clone()));
            }
            Event::DelistingRequested { look } => self.look = Some(*look),
            Event::LookDue { look } => self.look = Some(*look),
            Event::Listed => {
                self.look = None;
                if let Some(work) = &mut self.work {
                    work.listed = true;
                }
            }
            Event::Delisted => {
                self.look = None;
                self.delisted = true;
            }
            Event::ListingDeleted => {
                self.delisted = false;
                self.edit(|r| r.listing_id = None);
            }
            Event::DataZoneAssetDeleted => self.edit(|r| {
                r.data_zone_asset_id = None;
                r.revision = None;
            }),
            Event::StepFailed { reason } => {
                self.look = None;
                self.failing = Some(reason.clone());
            }
            Event::StepEnded => {}
            end => self.ended(end),
        }
    }

    /// What happens at the end of what was asked for.
    fn ended(&mut self, event: &Event) {
        match event {
            Event::Activated { at_ms } => {
                self.announced = true;
                self.moved(Move::Made, *at_ms, "");
            }
            Event::Failed { at_ms, reason } => {
                self.finish();
                self.published(PublishMove::Unlisted, *at_ms, reason);
                self.moved(Move::Unmade, *at_ms, reason);
            }
            Event::Published { at_ms } => {
                self.finish();
                self.published(PublishMove::Listed, *at_ms, "");
            }
            Event::PublicationFailed { at_ms, reason } => {
                self.finish();
                self.published(PublishMove::Unlisted, *at_ms, reason);
            }
            Event::Updated { at_ms } => {
                if let Some(work) = self.work.take() {
                    self.updated_by = work.by;
                    self.set_content(&work.content);
                }
                self.failing = None;
                self.moved(Move::Changed, *at_ms, "");
            }
            Event::UpdateFailed { at_ms, reason } => {
                self.finish();
                self.moved(Move::Changed, *at_ms, reason);
            }
            Event::Unpublished { at_ms } => self.published(PublishMove::Delisted, *at_ms, ""),
            Event::UnpublicationRefused { at_ms, reason } => {
                self.look = None;
                let kept = if self.unpublishing_failed {
                    PublishMove::KeptAsFailed
                } else {
                    PublishMove::Kept
                };
                self.published(kept, *at_ms, reason);
            }
            Event::DeletionRefused { at_ms, reason } => {
                self.look = None;
                let (delisted, failed) = (self.delisted, self.unpublishing_failed);
                self.edit(|r| r.publish_status = rest_of(r, delisted, failed));
                self.moved(Move::Kept, *at_ms, reason);
            }
            Event::DeletionStuck { at_ms, reason } => {
                self.look = None;
                self.moved(Move::Stuck, *at_ms, reason);
            }
            Event::Deleted { at_ms } => self.moved(Move::Gone, *at_ms, ""),
            _ => {}
        }
    }

    fn begin(&mut self, work: &Work) {
        self.work = Some(work.clone());
        self.failing = None;
        self.look = None;
    }

    fn finish(&mut self) {
        self.work = None;
        self.failing = None;
        self.look = None;
    }

    /// DataZone has the content of the work: from now on it is the asset's.
    fn revised(&mut self, id: &str, revision: &str) {
        if let Some(work) = &mut self.work {
            work.revision = Some(revision.to_owned());
        }
        let content = self.work.as_ref().map(|work| work.content.clone());
        let columns = self
            .work
            .as_ref()
            .and_then(|work| work.table.as_ref())
            .map(|table| table.columns.clone());
        if let Some(content) = content {
            self.set_content(&content);
        }
        self.edit(|r| {
            r.data_zone_asset_id = Some(id.to_owned());
            r.revision = Some(revision.to_owned());
            if let Some(columns) = columns {
                r.columns = columns;
            }
        });
    }

    fn set_content(&mut self, content: &Content) {
        self.edit(|r| {
            r.asset_name.clone_from(&content.name);
            r.description.clone_from(&content.description);
            r.metadata.clone_from(&content.metadata);
        });
    }

    fn moved(&mut self, to: Move, at_ms: i64, reason: &str) {
        self.edit(|r| {
            r.status.take(to);
            r.status_reason = reason.to_owned();
            r.updated_ms = at_ms;
        });
    }

    fn published(&mut self, to: PublishMove, at_ms: i64, reason: &str) {
        self.edit(|r| {
            r.publish_status.take(to);
            r.status_reason = reason.to_owned();
            r.updated_ms = at_ms;
        });
    }

    fn edit(&mut self, edit: impl FnOnce(&mut AssetRecord)) {
        if let Some(record) = &mut self.record {
            edit(record);
            record.version += 1;
        }
    }
}

/// How the publication rests after a deletion that was refused.
fn rest_of(record: &AssetRecord, delisted: bool, unpublishing_failed: bool) -> PublishStatus {
    let listed = record.listing_id.is_some() && !delisted;
    match record.publish_status {
        PublishStatus::Draft => PublishStatus::Draft,
        PublishStatus::Publishing | PublishStatus::PublishFailed => PublishStatus::PublishFailed,
        PublishStatus::Unpublishing if listed && unpublishing_failed => {
            PublishStatus::PublishFailed
        }
        PublishStatus::Published | PublishStatus::Unpublishing if listed => {
            PublishStatus::Published
        }
        PublishStatus::Published | PublishStatus::Unpublishing | PublishStatus::Unpublished => {
            PublishStatus::Unpublished
        }
    }
}
