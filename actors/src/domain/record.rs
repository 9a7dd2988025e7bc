use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use crate::life::Status;
use crate::row;

/// The list of domains.
pub const DOMAINS: &str = "domains";

/// A domain as it is shown: the reply to its commands and its document in [`DOMAINS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DomainRecord {
    /// `dom-…`.
    pub domain_id: String,
    /// Unique in the mesh.
    pub domain_name: String,
    /// What it is for.
    pub description: String,
    /// The groups whose members own it.
    pub owner_groups: Vec<String>,
    /// Where it is in its life.
    pub status: Status,
    /// `CODE: a sentence`, where the status needs saying why; else empty.
    pub status_reason: String,
    /// The account that holds it.
    pub aws_account_id: String,
    /// The region that holds it.
    pub region: String,
    /// Its DataZone domain, while it has one.
    pub data_zone_domain_id: Option<String>,
    /// The bucket of its data lake, while it has one.
    pub data_lake_bucket: Option<String>,
    /// Who created it.
    pub created_by: String,
    /// When, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When it last changed, in milliseconds since the Unix epoch.
    pub updated_ms: i64,
    /// Grows with every change that can be seen; the etag is its decimal text.
    pub version: u64,
}

impl DomainRecord {
    pub(crate) fn row(&self) -> Option<ViewChange> {
        if self.status == Status::Deleted {
            return Some(row::delete(DOMAINS, &self.domain_id));
        }
        row::put(
            DOMAINS,
            &self.domain_id,
            row::by_creation(self.created_ms),
            &[
                ("status", self.status.as_str()),
                ("domainName", &self.domain_name),
            ],
            self,
        )
    }
}
