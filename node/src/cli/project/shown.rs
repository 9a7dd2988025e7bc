//! How a project is shown to people.

use datamesh_proto::v1;
use jiff::Timestamp;

use crate::cli::grid::{Column, Field, always, if_room, wide};
use crate::cli::resource::{Goal, Phase, Resource, phase_of};
use crate::cli::text;

impl Resource for v1::Project {
    const NOUN: &'static str = "project";
    const MESSAGE: &'static str = "Project";
    const COLUMNS: &'static [Column] = &[
        always("ID"),
        always("NAME"),
        if_room("DOMAIN"),
        always("STATUS"),
        if_room("SET-UP"),
        if_room("AGE"),
        wide("LOCATION"),
        wide("DATAZONE"),
        wide("DESCRIPTION"),
    ];

    fn id(&self) -> &str {
        &self.project_id
    }

    fn name(&self) -> &str {
        &self.project_name
    }

    fn state(&self) -> String {
        use v1::project::{SetupStatus, Status};
        let status = self.status().as_str_name();
        match (self.status(), self.setup_status()) {
            (Status::Active, SetupStatus::Pending | SetupStatus::Running) => {
                format!("{status}, set-up {}", self.setup_status().as_str_name())
            }
            _ => status.to_owned(),
        }
    }

    fn reason(&self) -> &str {
        &self.status_reason
    }

    fn phase(&self, goal: Goal) -> Phase {
        use v1::project::SetupStatus;
        let phase = phase_of(self.status().as_str_name(), goal);
        match self.setup_status() {
            SetupStatus::Pending | SetupStatus::Running
                if phase == Phase::Done && goal == Goal::Settled =>
            {
                Phase::Running
            }
            _ => phase,
        }
    }

    fn set_deleted(&mut self) {
        self.set_status(v1::project::Status::Deleted);
    }

    fn row(&self, now: Timestamp) -> Vec<Field> {
        vec![
            Field::plain(&self.project_id),
            Field::plain(&self.project_name),
            Field::plain(&self.domain_id),
            Field::status(self.status().as_str_name()),
            Field::status(setup(self)),
            Field::plain(text::age(self.created_at.as_ref(), now)),
            Field::plain(&self.s3_location),
            Field::plain(&self.data_zone_project_id),
            Field::plain(&self.description),
        ]
    }

    fn record(&self, now: Timestamp) -> Vec<(&'static str, Field)> {
        vec![
            ("Project", Field::plain(&self.project_name)),
            ("Id", Field::plain(&self.project_id)),
            ("Domain", Field::plain(&self.domain_id)),
            ("Status", Field::status(self.status().as_str_name())),
            ("Set-up", Field::status(setup(self))),
            ("Reason", Field::plain(&self.status_reason)),
            ("Description", Field::plain(&self.description)),
            ("Location", Field::plain(&self.s3_location)),
            ("DataZone", Field::plain(&self.data_zone_project_id)),
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

fn setup(project: &v1::Project) -> &'static str {
    match project.setup_status() {
        v1::project::SetupStatus::Unspecified => "",
        status => status.as_str_name(),
    }
}
