//! The records of the actors, as the protos show them.

use datamesh_actor::Entity;
use datamesh_actors::Status;
use datamesh_actors::asset::{ASSETS, Asset, AssetRecord};
use datamesh_actors::domain::{DOMAINS, Domain, DomainRecord};
use datamesh_actors::project::{PROJECTS, Project, ProjectRecord, SetupStatus};
use datamesh_proto::v1;
use serde::de::DeserializeOwned;

use super::json::timestamp;

/// What an actor shows: the document of a row.
pub trait Record: DeserializeOwned + Clone + PartialEq + Send + Sync + Unpin + 'static {
    /// The actor that writes it.
    type Actor: Entity;
    /// What the protos show.
    type Message: Send + 'static;
    /// The list it is in.
    const COLLECTION: &'static str;
    /// What it is called in a sentence.
    const NOUN: &'static str;
    /// The reason when it is not there.
    const NOT_FOUND: &'static str;

    /// Its id.
    fn id(&self) -> &str;
    /// The id of the actor that writes it: its own, unless an actor writes several.
    fn actor_id(&self) -> &str {
        self.id()
    }
    /// Whether whoever follows it has seen the last of it.
    fn is_last(&self) -> bool {
        false
    }
    /// The same after its end, which has no row any more. What keeps its row for ever stays as it is.
    fn deleted(self) -> Self {
        self
    }
    /// As the protos show it.
    fn into_message(self) -> Self::Message;
}

/// A record of what is made, changed and removed.
pub trait Living: Record {
    /// Where it is in its life.
    fn status(&self) -> Status;
}

impl Living for DomainRecord {
    fn status(&self) -> Status {
        self.status
    }
}

impl Record for DomainRecord {
    type Actor = Domain;
    type Message = v1::Domain;
    const COLLECTION: &'static str = DOMAINS;
    const NOUN: &'static str = "domain";
    const NOT_FOUND: &'static str = "DOMAIN_NOT_FOUND";

    fn id(&self) -> &str {
        &self.domain_id
    }

    fn deleted(mut self) -> Self {
        self.status = Status::Deleted;
        self
    }

    fn into_message(self) -> v1::Domain {
        use v1::domain::Status as Shown;
        v1::Domain {
            domain_id: self.domain_id,
            domain_name: self.domain_name,
            description: self.description,
            owner_groups: self.owner_groups,
            status: Shown::from_str_name(self.status.as_str())
                .unwrap_or_default()
                .into(),
            status_reason: self.status_reason,
            aws_account_id: self.aws_account_id,
            region: self.region,
            data_zone_domain_id: self.data_zone_domain_id.unwrap_or_default(),
            data_lake_bucket: self.data_lake_bucket.unwrap_or_default(),
            created_by: self.created_by,
            created_at: Some(timestamp(self.created_ms)),
            updated_at: Some(timestamp(self.updated_ms)),
            etag: self.version.to_string(),
        }
    }
}

impl Living for ProjectRecord {
    fn status(&self) -> Status {
        self.status
    }
}

impl Record for ProjectRecord {
    type Actor = Project;
    type Message = v1::Project;
    const COLLECTION: &'static str = PROJECTS;
    const NOUN: &'static str = "project";
    const NOT_FOUND: &'static str = "PROJECT_NOT_FOUND";

    fn id(&self) -> &str {
        &self.project_id
    }

    fn deleted(mut self) -> Self {
        self.status = Status::Deleted;
        self
    }

    fn into_message(self) -> v1::Project {
        use v1::project::{SetupStatus as ShownSetup, Status as Shown};
        v1::Project {
            project_id: self.project_id,
            domain_id: self.domain_id,
            project_name: self.project_name,
            description: self.description,
            status: Shown::from_str_name(self.status.as_str())
                .unwrap_or_default()
                .into(),
            status_reason: self.status_reason,
            setup_status: match self.setup_status {
                SetupStatus::Pending => ShownSetup::Pending,
                SetupStatus::Running => ShownSetup::Running,
                SetupStatus::Completed => ShownSetup::Completed,
            }
            .into(),
            data_zone_project_id: self.data_zone_project_id.unwrap_or_default(),
            s3_location: self.s3_location.unwrap_or_default(),
            created_by: self.created_by,
            created_at: Some(timestamp(self.created_ms)),
            updated_at: Some(timestamp(self.updated_ms)),
            etag: self.version.to_string(),
        }
    }
}

impl Living for AssetRecord {
    fn status(&self) -> Status {
        self.status
    }
}

impl Record for AssetRecord {
    type Actor = Asset;
    type Message = v1::Asset;
    const COLLECTION: &'static str = ASSETS;
    const NOUN: &'static str = "asset";
    const NOT_FOUND: &'static str = "ASSET_NOT_FOUND";

    fn id(&self) -> &str {
        &self.asset_id
    }

    fn deleted(mut self) -> Self {
        self.status = Status::Deleted;
        self
    }

    fn into_message(self) -> v1::Asset {
        use v1::asset::{PublishStatus as ShownPublish, Status as Shown};
        v1::Asset {
            asset_id: self.asset_id,
            project_id: self.project_id,
            domain_id: self.domain_id,
            asset_name: self.asset_name,
            description: self.description,
            s3_location: self.s3_location,
            glue_table: self.glue_table,
            format: self.format,
            metadata: self.metadata.into_iter().collect(),
            columns: self
                .columns
                .into_iter()
                .map(|column| v1::Column {
                    name: column.name,
                    r#type: column.kind,
                    comment: column.comment,
                })
                .collect(),
            status: Shown::from_str_name(self.status.as_str())
                .unwrap_or_default()
                .into(),
            publish_status: ShownPublish::from_str_name(self.publish_status.as_str())
                .unwrap_or_default()
                .into(),
            status_reason: self.status_reason,
            data_zone_asset_id: self.data_zone_asset_id.unwrap_or_default(),
            revision: self.revision.unwrap_or_default(),
            listing_id: self.listing_id.unwrap_or_default(),
            created_by: self.created_by,
            created_at: Some(timestamp(self.created_ms)),
            updated_at: Some(timestamp(self.updated_ms)),
            etag: self.version.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use datamesh_actors::asset::PublishStatus;

    use super::*;

    #[test]
    fn every_status_has_its_name_in_the_protos() {
        for status in Status::ALL {
            let name = status.as_str();
            assert!(v1::domain::Status::from_str_name(name).is_some(), "{name}");
            assert!(v1::project::Status::from_str_name(name).is_some(), "{name}");
            assert!(v1::asset::Status::from_str_name(name).is_some(), "{name}");
        }
        for status in PublishStatus::ALL {
            let name = status.as_str();
            assert!(
                v1::asset::PublishStatus::from_str_name(name).is_some(),
                "{name}"
            );
        }
    }
}
