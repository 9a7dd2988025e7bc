use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use crate::life::Status;
use crate::row;
use crate::world::Place;

/// The list of projects.
pub const PROJECTS: &str = "projects";

/// How far the set-up that follows the creation is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SetupStatus {
    /// It has not begun, or begins again after a failure.
    #[default]
    Pending,
    /// The prefixes are being made.
    Running,
    /// Done.
    Completed,
}

/// A project as it is shown: the reply to its commands and its document in [`PROJECTS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProjectRecord {
    /// `proj-…`.
    pub project_id: String,
    /// The domain it belongs to.
    pub domain_id: String,
    /// Unique in the domain.
    pub project_name: String,
    /// What it is for.
    pub description: String,
    /// Where it is in its life.
    pub status: Status,
    /// `CODE: a sentence`, where the status needs saying why; else empty.
    pub status_reason: String,
    /// How far its set-up is.
    pub setup_status: SetupStatus,
    /// Its DataZone project, while it has one.
    pub data_zone_project_id: Option<String>,
    /// `s3://data-lake-…/projects/proj-…/`, once the set-up is done.
    pub s3_location: Option<String>,
    /// Where it lives; known once the domain gave it its name.
    pub home: Option<Home>,
    /// Who created it.
    pub created_by: String,
    /// When, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When it last changed, in milliseconds since the Unix epoch.
    pub updated_ms: i64,
    /// Grows with every change that can be seen; the etag is its decimal text.
    pub version: u64,
}

/// Where a project lives, as its domain told it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Home {
    /// The account that holds the domain.
    pub aws_account_id: String,
    /// The region that holds the domain.
    pub region: String,
    /// The domain's DataZone domain.
    pub data_zone_domain_id: String,
    /// The domain's bucket.
    pub data_lake_bucket: String,
}

impl Home {
    /// Where calls for it go.
    pub fn place(&self) -> Place {
        Place {
            account: self.aws_account_id.clone(),
            region: self.region.clone(),
        }
    }
}

impl ProjectRecord {
    /// Where its files are in the bucket.
    pub fn prefix(&self) -> String {
        format!("projects/{}/", self.project_id)
    }

    pub(crate) fn row(&self) -> Option<ViewChange> {
        if self.status == Status::Deleted {
            return Some(row::delete(PROJECTS, &self.project_id));
        }
        row::put(
            PROJECTS,
            &self.project_id,
            row::by_creation(self.created_ms),
            &[
                ("domainId", &self.domain_id),
                ("status", self.status.as_str()),
                ("projectName", &self.project_name),
            ],
            self,
        )
    }
}
