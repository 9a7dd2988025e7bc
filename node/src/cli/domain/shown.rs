//! How a domain is shown to people.

use datamesh_proto::v1;
use jiff::Timestamp;

use crate::cli::grid::{Column, Field, always, if_room, wide};
use crate::cli::resource::{Goal, Phase, Resource, phase_of};
use crate::cli::text;

impl Resource for v1::Domain {
    const NOUN: &'static str = "domain";
    const MESSAGE: &'static str = "Domain";
    const COLUMNS: &'static [Column] = &[
        always("ID"),
        always("NAME"),
        always("STATUS"),
        if_room("OWNERS"),
        if_room("AGE"),
        wide("ACCOUNT"),
        wide("REGION"),
        wide("BUCKET"),
        wide("DATAZONE"),
        wide("DESCRIPTION"),
    ];

    fn id(&self) -> &str {
        &self.domain_id
    }

    fn name(&self) -> &str {
        &self.domain_name
    }

    fn state(&self) -> String {
        self.status().as_str_name().to_owned()
    }

    fn reason(&self) -> &str {
        &self.status_reason
    }

    fn phase(&self, goal: Goal) -> Phase {
        phase_of(self.status().as_str_name(), goal)
    }

    fn set_deleted(&mut self) {
        self.set_status(v1::domain::Status::Deleted);
    }

    fn row(&self, now: Timestamp) -> Vec<Field> {
        vec![
            Field::plain(&self.domain_id),
            Field::plain(&self.domain_name),
            Field::status(self.status().as_str_name()),
            Field::plain(self.owner_groups.join(", ")),
            Field::plain(text::age(self.created_at.as_ref(), now)),
            Field::plain(&self.aws_account_id),
            Field::plain(&self.region),
            Field::plain(&self.data_lake_bucket),
            Field::plain(&self.data_zone_domain_id),
            Field::plain(&self.description),
        ]
    }

    fn record(&self, now: Timestamp) -> Vec<(&'static str, Field)> {
        vec![
            ("Domain", Field::plain(&self.domain_name)),
            ("Id", Field::plain(&self.domain_id)),
            ("Status", Field::status(self.status().as_str_name())),
            ("Reason", Field::plain(&self.status_reason)),
            ("Description", Field::plain(&self.description)),
            ("Owners", Field::plain(self.owner_groups.join(", "))),
            ("Account", Field::plain(&self.aws_account_id)),
            ("Region", Field::plain(&self.region)),
            ("Data lake", Field::plain(&self.data_lake_bucket)),
            ("DataZone", Field::plain(&self.data_zone_domain_id)),
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
