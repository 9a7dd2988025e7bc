//! How a promotion is shown to people.

use datamesh_proto::v1;
use jiff::Timestamp;

use crate::cli::grid::{Column, Field, always, if_room, wide};
use crate::cli::resource::{Goal, Phase, Resource};
use crate::cli::text;

impl Resource for v1::Promotion {
    const NOUN: &'static str = "promotion";
    const MESSAGE: &'static str = "Promotion";
    const COLUMNS: &'static [Column] = &[
        always("ID"),
        always("PROJECT"),
        always("TARGET"),
        always("STATUS"),
        if_room("STATE"),
        if_room("AGE"),
        wide("APPROVED BY"),
        wide("EXECUTION"),
        wide("REASON"),
    ];

    fn id(&self) -> &str {
        &self.request_id
    }

    fn name(&self) -> &str {
        &self.request_id
    }

    fn state(&self) -> String {
        let status = self.status().as_str_name();
        match self.current_state.as_str() {
            "" => status.to_owned(),
            state => format!("{status}, {state}"),
        }
    }

    fn reason(&self) -> &str {
        &self.status_reason
    }

    fn phase(&self, _: Goal) -> Phase {
        use v1::promotion::Status;
        match self.status() {
            Status::Pending | Status::Approved => Phase::Running,
            Status::Completed => Phase::Done,
            _ => Phase::Failed,
        }
    }

    /// The record of a promotion stays.
    fn set_deleted(&mut self) {}

    fn row(&self, now: Timestamp) -> Vec<Field> {
        vec![
            Field::plain(&self.request_id),
            Field::plain(&self.project_id),
            Field::plain(&self.target_environment),
            Field::status(self.status().as_str_name()),
            Field::plain(&self.current_state),
            Field::plain(text::age(self.created_at.as_ref(), now)),
            Field::plain(&self.approved_by),
            Field::plain(&self.execution_id),
            Field::plain(&self.status_reason),
        ]
    }

    fn record(&self, now: Timestamp) -> Vec<(&'static str, Field)> {
        let moment = |time| Field::plain(text::moment_and_age(time, now));
        vec![
            ("Promotion", Field::plain(&self.request_id)),
            ("Project", Field::plain(&self.project_id)),
            ("From", Field::plain(&self.source_environment)),
            ("To", Field::plain(&self.target_environment)),
            ("Status", Field::status(self.status().as_str_name())),
            ("Reason", Field::plain(&self.status_reason)),
            ("State", Field::plain(&self.current_state)),
            ("Comment", Field::plain(&self.comment)),
            ("Digest", Field::plain(&self.digest)),
            ("Approval", Field::plain(&self.approval_id)),
            ("Approved by", Field::plain(&self.approved_by)),
            ("They said", Field::plain(&self.approval_reason)),
            ("Rejected", Field::plain(&self.rejection_reason)),
            ("Deployments", Field::plain(self.deployment_ids.join(", "))),
            ("Execution", Field::plain(&self.execution_id)),
            ("Workflow", Field::faint(&self.workflow_digest)),
            ("Asked by", Field::plain(&self.created_by)),
            ("Asked", moment(self.created_at.as_ref())),
            ("Changed", moment(self.updated_at.as_ref())),
            ("Ended", moment(self.completed_at.as_ref())),
            ("Etag", Field::faint(&self.etag)),
        ]
    }
}
