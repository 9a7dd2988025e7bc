//! How a deployment is shown to people.

use datamesh_proto::v1;
use jiff::Timestamp;

use crate::cli::grid::{Column, Field, always, if_room, wide};
use crate::cli::resource::{Goal, Phase, Resource};
use crate::cli::text;

impl Resource for v1::Deployment {
    const NOUN: &'static str = "deployment";
    const MESSAGE: &'static str = "Deployment";
    const COLUMNS: &'static [Column] = &[
        always("ID"),
        always("ENVIRONMENT"),
        always("STATUS"),
        if_room("CHANGE"),
        if_room("AGE"),
        if_room("BY"),
        if_room("PROJECT"),
        wide("DIGEST"),
        wide("BLUEPRINT"),
        wide("UNDOES"),
    ];

    fn id(&self) -> &str {
        &self.deployment_id
    }

    fn name(&self) -> &str {
        &self.deployment_id
    }

    fn actor(&self) -> String {
        format!("environment/{}.{}", self.project_id, self.environment)
    }

    fn state(&self) -> String {
        match self.status() {
            v1::deployment::Status::InProgress => {
                format!("{}, {}", self.status().as_str_name(), self.step)
            }
            status => status.as_str_name().to_owned(),
        }
    }

    fn reason(&self) -> &str {
        &self.error_message
    }

    fn phase(&self, _: Goal) -> Phase {
        use v1::deployment::Status;
        match self.status() {
            Status::InProgress => Phase::Running,
            Status::Success | Status::Previewed => Phase::Done,
            Status::Failed | Status::Unspecified => Phase::Failed,
        }
    }

    /// The record of a deployment stays.
    fn set_deleted(&mut self) {}

    fn row(&self, now: Timestamp) -> Vec<Field> {
        vec![
            Field::plain(&self.deployment_id),
            Field::plain(&self.environment),
            Field::status(self.status().as_str_name()),
            Field::plain(&self.change),
            Field::plain(text::age(self.start_time.as_ref(), now)),
            Field::plain(&self.deployed_by),
            Field::plain(&self.project_id),
            Field::faint(&self.digest),
            Field::plain(&self.blueprint),
            Field::plain(&self.rolls_back),
        ]
    }

    fn record(&self, now: Timestamp) -> Vec<(&'static str, Field)> {
        let pairs = |map: &std::collections::HashMap<String, String>| {
            let mut pairs: Vec<String> = map.iter().map(|(k, v)| format!("{k}={v}")).collect();
            pairs.sort();
            Field::plain(pairs.join(", "))
        };
        let took = match self.end_time {
            Some(_) => format!("{}s", self.duration),
            None => String::new(),
        };
        vec![
            ("Deployment", Field::plain(&self.deployment_id)),
            ("Project", Field::plain(&self.project_id)),
            ("Environment", Field::plain(&self.environment)),
            ("Status", Field::status(self.status().as_str_name())),
            ("Step", Field::plain(step(self))),
            ("Error", Field::plain(&self.error_message)),
            ("Change", Field::plain(&self.change)),
            (
                "Changes",
                Field::plain(super::difference::summary(&self.changes)),
            ),
            ("Blueprint", Field::plain(&self.blueprint)),
            ("Parameters", pairs(&self.parameters)),
            ("Outputs", pairs(&self.outputs)),
            ("Undoes", Field::plain(&self.rolls_back)),
            ("Undone", Field::plain(&self.rollback_reason)),
            ("Stack", Field::plain(&self.cfn_stack_id)),
            ("Digest", Field::faint(&self.digest)),
            ("Deployed by", Field::plain(&self.deployed_by)),
            (
                "Began",
                Field::plain(text::moment_and_age(self.start_time.as_ref(), now)),
            ),
            ("Took", Field::plain(took)),
            ("Etag", Field::faint(&self.etag)),
        ]
    }
}

/// The step of a deployment under way.
fn step(deployment: &v1::Deployment) -> &str {
    match deployment.status() {
        v1::deployment::Status::InProgress => &deployment.step,
        _ => "",
    }
}
