use std::collections::BTreeMap;

use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use super::publish_status::PublishStatus;
use crate::life::Status;
use crate::row;

/// The list of assets.
pub const ASSETS: &str = "assets";

/// A column of an asset.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type, as Glue writes it.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it holds; may be empty.
    pub comment: String,
}

/// An asset as it is shown: the reply to its commands and its document in [`ASSETS`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AssetRecord {
    /// `asset-…`.
    pub asset_id: String,
    /// The project that owns it.
    pub project_id: String,
    /// The domain of that project.
    pub domain_id: String,
    /// Unique in the project.
    pub asset_name: String,
    /// What it holds.
    pub description: String,
    /// `s3://bucket/prefix/`.
    pub s3_location: String,
    /// `database.table`.
    pub glue_table: String,
    /// One of [`crate::validate::FORMATS`].
    pub format: String,
    /// Business metadata.
    pub metadata: BTreeMap<String, String>,
    /// The columns, as the Glue table had them when last published.
    pub columns: Vec<Column>,
    /// Where it is in its life.
    pub status: Status,
    /// Whether others can find it.
    pub publish_status: PublishStatus,
    /// `CODE: a sentence`, where a status needs saying why; else empty.
    pub status_reason: String,
    /// Its DataZone asset, while it has one.
    pub data_zone_asset_id: Option<String>,
    /// The revision of its DataZone asset.
    pub revision: Option<String>,
    /// Its DataZone listing, while it has one.
    pub listing_id: Option<String>,
    /// Who created it.
    pub created_by: String,
    /// When, in milliseconds since the Unix epoch.
    pub created_ms: i64,
    /// When it last changed, in milliseconds since the Unix epoch.
    pub updated_ms: i64,
    /// Grows with every change that can be seen; the etag is its decimal text.
    pub version: u64,
}

impl AssetRecord {
    /// Whether nothing is on its way: what `wait` waits for.
    pub fn is_settled(&self) -> bool {
        matches!(
            self.status,
            Status::Active | Status::Deleted | Status::Failed
        ) && !self.publish_status.is_moving()
    }

    pub(crate) fn row(&self) -> Option<ViewChange> {
        if self.status == Status::Deleted {
            return Some(row::delete(ASSETS, &self.asset_id));
        }
        row::put(
            ASSETS,
            &self.asset_id,
            row::by_creation(self.created_ms),
            &[
                ("domainId", &self.domain_id),
                ("projectId", &self.project_id),
                ("status", self.status.as_str()),
                ("publishStatus", self.publish_status.as_str()),
                ("format", &self.format),
                ("assetName", &self.asset_name),
            ],
            self,
        )
    }
}
