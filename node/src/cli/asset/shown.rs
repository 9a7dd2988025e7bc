//! How an asset is shown to people.

use datamesh_proto::v1;
use jiff::Timestamp;

use crate::cli::grid::{Column, Field, always, if_room, wide};
use crate::cli::resource::{Goal, Phase, Resource, phase_of};
use crate::cli::text;

impl Resource for v1::Asset {
    const NOUN: &'static str = "asset";
    const MESSAGE: &'static str = "Asset";
    const COLUMNS: &'static [Column] = &[
        always("ID"),
        always("NAME"),
        always("STATUS"),
        always("PUBLISHED"),
        if_room("FORMAT"),
        if_room("AGE"),
        if_room("PROJECT"),
        wide("GLUE TABLE"),
        wide("LOCATION"),
        wide("LISTING"),
        wide("DESCRIPTION"),
    ];

    fn id(&self) -> &str {
        &self.asset_id
    }

    fn name(&self) -> &str {
        &self.asset_name
    }

    fn state(&self) -> String {
        match self.publish_status() {
            v1::asset::PublishStatus::Unspecified => self.status().as_str_name().to_owned(),
            publish => format!("{}, {}", self.status().as_str_name(), publish.as_str_name()),
        }
    }

    fn reason(&self) -> &str {
        &self.status_reason
    }

    fn phase(&self, goal: Goal) -> Phase {
        use v1::asset::PublishStatus;
        let phase = phase_of(self.status().as_str_name(), goal);
        if phase != Phase::Done || goal == Goal::Deleted {
            return phase;
        }
        match self.publish_status() {
            PublishStatus::Publishing | PublishStatus::Unpublishing => Phase::Running,
            PublishStatus::PublishFailed => Phase::Failed,
            _ => Phase::Done,
        }
    }

    fn set_deleted(&mut self) {
        self.set_status(v1::asset::Status::Deleted);
    }

    fn row(&self, now: Timestamp) -> Vec<Field> {
        vec![
            Field::plain(&self.asset_id),
            Field::plain(&self.asset_name),
            Field::status(self.status().as_str_name()),
            Field::status(publish(self)),
            Field::plain(&self.format),
            Field::plain(text::age(self.created_at.as_ref(), now)),
            Field::plain(&self.project_id),
            Field::plain(&self.glue_table),
            Field::plain(&self.s3_location),
            Field::plain(&self.listing_id),
            Field::plain(&self.description),
        ]
    }

    fn record(&self, now: Timestamp) -> Vec<(&'static str, Field)> {
        let mut metadata: Vec<String> = self
            .metadata
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        metadata.sort();
        vec![
            ("Asset", Field::plain(&self.asset_name)),
            ("Id", Field::plain(&self.asset_id)),
            ("Project", Field::plain(&self.project_id)),
            ("Domain", Field::plain(&self.domain_id)),
            ("Status", Field::status(self.status().as_str_name())),
            ("Published", Field::status(publish(self))),
            ("Reason", Field::plain(&self.status_reason)),
            ("Description", Field::plain(&self.description)),
            ("Format", Field::plain(&self.format)),
            ("Location", Field::plain(&self.s3_location)),
            ("Glue table", Field::plain(&self.glue_table)),
            ("Metadata", Field::plain(metadata.join(", "))),
            ("DataZone", Field::plain(&self.data_zone_asset_id)),
            ("Revision", Field::plain(&self.revision)),
            ("Listing", Field::plain(&self.listing_id)),
            ("Created by", Field::plain(&self.created_by)),
            (
                "Created",
                Field::plain(text::moment_and_age(self.created_at.as_ref(), now)),
            ),
            (
                "Changed",
                Field::plain(text::moment_and_age(self.updated_at.as_ref(), now)),
            ),
            ("Etag", Field::faint(&self.etag)),
        ]
    }
}

fn publish(asset: &v1::Asset) -> &'static str {
    match asset.publish_status() {
        v1::asset::PublishStatus::Unspecified => "",
        status => status.as_str_name(),
    }
}
