//! How workflows, executions and their events are shown to people.

use datamesh_proto::v1;
use jiff::Timestamp;

use crate::cli::grid::{Column, Field, always, if_room, wide};
use crate::cli::json;
use crate::cli::resource::{Goal, Phase, Resource};
use crate::cli::text;

impl Resource for v1::Execution {
    const NOUN: &'static str = "workflow";
    const MESSAGE: &'static str = "Execution";
    const COLUMNS: &'static [Column] = &[
        always("ID"),
        always("WORKFLOW"),
        always("STATUS"),
        if_room("STATE"),
        if_room("AGE"),
        if_room("OWNER"),
        wide("EVENTS"),
        wide("STARTED BY"),
        wide("ERROR"),
    ];

    fn id(&self) -> &str {
        &self.execution_id
    }

    fn name(&self) -> &str {
        &self.execution_id
    }

    fn state(&self) -> String {
        let status = self.status().as_str_name();
        match self.current_states.as_slice() {
            [] => status.to_owned(),
            states => format!("{status}, {}", states.join(", ")),
        }
    }

    fn reason(&self) -> &str {
        match self.cause.as_str() {
            "" => &self.error,
            cause => cause,
        }
    }

    fn phase(&self, _: Goal) -> Phase {
        use v1::execution::Status;
        match self.status() {
            Status::Running => Phase::Running,
            Status::Succeeded => Phase::Done,
            _ => Phase::Failed,
        }
    }

    /// The record of an execution stays.
    fn set_deleted(&mut self) {}

    fn row(&self, now: Timestamp) -> Vec<Field> {
        vec![
            Field::plain(&self.execution_id),
            Field::plain(&self.workflow),
            status(self),
            Field::plain(self.current_states.join(", ")),
            Field::plain(text::age(self.start_time.as_ref(), now)),
            Field::plain(&self.owner),
            Field::plain(self.event_count),
            Field::plain(&self.started_by),
            Field::plain(&self.error),
        ]
    }

    fn record(&self, now: Timestamp) -> Vec<(&'static str, Field)> {
        let moment = |time| Field::plain(text::moment_and_age(time, now));
        let value = |value: Option<&prost_types::Value>| {
            let text = value.map(|value| json::of_value(value).to_string());
            Field::plain(text.unwrap_or_default())
        };
        vec![
            ("Execution", Field::plain(&self.execution_id)),
            ("Workflow", Field::plain(&self.workflow)),
            ("Status", status(self)),
            ("State", Field::plain(self.current_states.join(", "))),
            ("Error", Field::plain(&self.error)),
            ("Cause", Field::plain(&self.cause)),
            ("Input", value(self.input.as_ref())),
            ("Output", value(self.output.as_ref())),
            ("Events", Field::plain(self.event_count)),
            ("Owner", Field::plain(&self.owner)),
            ("Document", Field::faint(&self.workflow_digest)),
            ("Started by", Field::plain(&self.started_by)),
            ("Started", moment(self.start_time.as_ref())),
            ("Ended", moment(self.end_time.as_ref())),
            ("Etag", Field::faint(&self.etag)),
        ]
    }
}

fn status(execution: &v1::Execution) -> Field {
    Field::status(execution.status().as_str_name())
}

/// The columns of a list of workflows.
pub const WORKFLOWS: [Column; 4] = [
    always("NAME"),
    if_room("DESCRIPTION"),
    always("SOURCE"),
    wide("DIGEST"),
];

/// The row of a workflow.
pub fn workflow(workflow: &v1::Workflow) -> Vec<Field> {
    vec![
        Field::plain(&workflow.name),
        Field::plain(&workflow.description),
        Field::plain(&workflow.source),
        Field::faint(&workflow.digest),
    ]
}

/// The columns of a history.
pub const EVENTS: [Column; 5] = [
    always("EVENT"),
    always("TIME"),
    always("TYPE"),
    if_room("DETAIL"),
    wide("AFTER"),
];

/// The row of an event.
pub fn event(event: &v1::ExecutionEvent) -> Vec<Field> {
    vec![
        Field::plain(event.id),
        Field::plain(text::stamp(event.timestamp.as_ref())),
        Field::plain(&event.r#type),
        Field::faint(detail(event)),
        Field::plain(event.previous_event_id),
    ]
}

/// What of an event a person looks for first.
fn detail(event: &v1::ExecutionEvent) -> String {
    let details = event.details.as_ref().map(json::of_struct);
    let details = details.unwrap_or_default();
    ["name", "resourceType", "resource", "error", "cause"]
        .into_iter()
        .filter_map(|name| details.get(name)?.as_str().map(text::plain))
        .collect::<Vec<_>>()
        .join(" ")
}
