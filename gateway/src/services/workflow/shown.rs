//! Workflows, executions and their events as the protos show them.

use datamesh_actors::execution::{EXECUTIONS, ExecutionEvent, ExecutionRecord, WorkflowExecution};
use datamesh_actors::workflow::Workflow;
use datamesh_proto::v1;

use crate::services::json::{timestamp, to_struct, to_value};
use crate::services::record::Record;

impl Record for ExecutionRecord {
    type Actor = WorkflowExecution;
    type Message = v1::Execution;
    const COLLECTION: &'static str = EXECUTIONS;
    const NOUN: &'static str = "execution";
    const NOT_FOUND: &'static str = "EXECUTION_NOT_FOUND";

    fn id(&self) -> &str {
        &self.execution_id
    }

    fn into_message(self) -> v1::Execution {
        use v1::execution::Status as Shown;
        v1::Execution {
            execution_id: self.execution_id,
            workflow: self.workflow,
            workflow_digest: self.workflow_digest,
            status: Shown::from_str_name(self.status.as_str())
                .unwrap_or_default()
                .into(),
            input: Some(to_value(self.input)),
            output: self.output.map(to_value),
            error: self.error,
            cause: self.cause,
            current_states: self.current_states,
            started_by: self.started_by,
            owner: self.owner,
            start_time: Some(timestamp(self.start_ms)),
            end_time: self.end_ms.map(timestamp),
            event_count: self.event_count,
            etag: self.version.to_string(),
        }
    }
}

/// An event of an execution.
pub(super) fn event(event: ExecutionEvent) -> v1::ExecutionEvent {
    v1::ExecutionEvent {
        id: event.id,
        previous_event_id: event.previous_event_id,
        timestamp: Some(timestamp(event.at_ms)),
        r#type: event.event_type,
        details: Some(to_struct(event.details)),
    }
}

/// A workflow, with its document or without.
pub(super) fn workflow(workflow: &Workflow, with_document: bool) -> v1::Workflow {
    v1::Workflow {
        name: workflow.name.clone(),
        description: workflow.description.clone(),
        digest: workflow.digest.clone(),
        source: workflow.source.clone(),
        definition: match with_document {
            true => workflow.document.clone(),
            false => String::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use datamesh_actors::execution::ExecutionStatus;

    use super::*;

    #[test]
    fn every_status_has_its_name_in_the_protos() {
        for status in ExecutionStatus::ALL {
            let name = status.as_str();
            assert!(
                v1::execution::Status::from_str_name(name).is_some(),
                "{name}"
            );
        }
    }
}
