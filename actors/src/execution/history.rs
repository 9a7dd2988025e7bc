//! The history of an execution: a list of its own, so that a long one costs the execution nothing.

use datamesh_journal::{ViewChange, ViewQuery};
use datamesh_workflow::HistoryEvent;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::token::mask;
use crate::row;

/// The list of the events of all executions, by execution and number.
pub const EXECUTION_EVENTS: &str = "execution-events";

/// One event, as Step Functions' `GetExecutionHistory` has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExecutionEvent {
    /// Its number, from 1.
    pub id: i64,
    /// The number of the event that led to it; 0 for the first.
    pub previous_event_id: i64,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// `TaskStateEntered`, `ExecutionSucceeded` and so on.
    pub event_type: String,
    /// What Step Functions gives with it, by its names. Task tokens are masked.
    pub details: Value,
}

/// Asks for the events of an execution from this number on, oldest first.
pub fn events_of(execution_id: &str, first: i64) -> ViewQuery {
    ViewQuery {
        collection: EXECUTION_EVENTS.to_owned(),
        from: place(execution_id, first),
        // What comes after '/' in ASCII.
        until: format!("{execution_id}0"),
        ..ViewQuery::default()
    }
}

fn place(execution_id: &str, number: i64) -> String {
    format!("{execution_id}/{:08}", number.max(0))
}

/// The row of an event.
pub(super) fn event_row(execution_id: &str, event: &HistoryEvent) -> Option<ViewChange> {
    let mut details = event.event.details().map(|(_, fields)| fields);
    if let Some(details) = &mut details {
        mask(details);
    }
    let place = place(execution_id, event.id);
    row::put(
        EXECUTION_EVENTS,
        &place,
        place.clone(),
        &[],
        &ExecutionEvent {
            id: event.id,
            previous_event_id: event.previous_event_id,
            at_ms: event.timestamp_ms,
            event_type: event.event.type_name().to_owned(),
            details: details.unwrap_or_default(),
        },
    )
}
