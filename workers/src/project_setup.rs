//! `ProjectCreated` came back through the bus: the project sets itself up.

use std::time::Duration;

use async_trait::async_trait;
use datamesh_actor::{AskError, Meta, Runtime};
use datamesh_actors::project::{Command, Project, SetUp};
use datamesh_actors::{EVENT_RESOURCE, Status, project};
use datamesh_aws::sqs::Message;
use serde::Deserialize;

use crate::consumer::{Handler, Verdict};

/// Who asks, in the histories.
const WORKER: &str = "worker:project-setup";
/// How long to leave an actor alone that an operator has to look at.
const OPERATOR_PAUSE: Duration = Duration::from_secs(60);
/// How long to leave an actor alone that failed, or a runtime that is going down.
const FAILURE_PAUSE: Duration = Duration::from_secs(5);

/// An event as EventBridge writes it; what is not read here is left out.
#[derive(Debug, Deserialize)]
struct Envelope {
    id: String,
    source: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    #[serde(default)]
    resources: Vec<String>,
    detail: Detail,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    project_id: String,
}

impl Envelope {
    /// The mesh's own id of the event, which a repeated put keeps; the bus's id for an event that was put
    /// by somebody else.
    fn event_id(&self) -> &str {
        let mesh = |resource: &'_ String| resource.starts_with(EVENT_RESOURCE);
        match self.resources.iter().find(|resource| mesh(resource)) {
            Some(resource) => &resource[EVENT_RESOURCE.len()..],
            None => &self.id,
        }
    }
}

/// Reads the envelope, or says what is wrong with it.
fn read(body: &str) -> Result<Envelope, String> {
    let envelope: Envelope = serde_json::from_str(body)
        .map_err(|error| format!("the message is not a ProjectCreated event: {error}"))?;
    if envelope.source != project::SOURCE || envelope.detail_type != "ProjectCreated" {
        return Err(format!(
            "the message is a {} of {}, not a ProjectCreated of {}",
            envelope.detail_type,
            envelope.source,
            project::SOURCE
        ));
    }
    Ok(envelope)
}

/// Sends `SetUp` to the project, with the event's id as the command's.
///
/// A project that is deleted or being deleted has nothing to set up: its event is acknowledged. A project
/// that was never known here means that the event is not ours or that the journal was lost: the message is
/// kept for an operator.
pub(crate) struct ProjectSetup {
    runtime: Runtime,
}

impl ProjectSetup {
    pub(crate) fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }
}

#[async_trait]
impl Handler for ProjectSetup {
    async fn handle(&self, message: &Message) -> Verdict {
        let envelope = match read(&message.body) {
            Ok(envelope) => envelope,
            Err(reason) => return Verdict::Poison { reason },
        };
        let meta = Meta {
            command_id: Some(envelope.event_id().to_owned()),
            by: Some(WORKER.to_owned()),
            ..Meta::default()
        };
        let id = &envelope.detail.project_id;
        let command = Command::SetUp(SetUp {});
        match self.runtime.ask::<Project>(id, command, meta).await {
            Ok(record) => {
                if matches!(record.status, Status::Deleting | Status::Deleted) {
                    tracing::info!(project = id, "the project is gone: nothing to set up");
                }
                Verdict::Done
            }
            Err(error) => judge(error),
        }
    }
}

/// What an unanswered command means to the message that asked for it.
fn judge(error: AskError) -> Verdict {
    let reason = error.to_string();
    match error {
        AskError::Rejected(rejection) if rejection.reason == "NOT_READY" => Verdict::Later {
            after: FAILURE_PAUSE,
            reason,
        },
        AskError::Rejected(rejection) => Verdict::Poison {
            reason: format!("{}: {}", rejection.reason, rejection.message),
        },
        AskError::CommandIdReused => Verdict::Poison { reason },
        AskError::Busy { retry_after, .. } | AskError::Retry { retry_after, .. } => {
            Verdict::Later {
                after: retry_after,
                reason,
            }
        }
        AskError::Paused { .. } | AskError::Quarantined { .. } => Verdict::Later {
            after: OPERATOR_PAUSE,
            reason,
        },
        AskError::Draining
        | AskError::Unread(_)
        | AskError::UnknownKind(_)
        | AskError::Internal(_) => Verdict::Later {
            after: FAILURE_PAUSE,
            reason,
        },
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use datamesh_actor::{Limit, Rejection};

    use super::*;

    fn event(source: &str, detail_type: &str, resources: &[&str]) -> String {
        serde_json::json!({
            "version": "0",
            "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
            "detail-type": detail_type,
            "source": source,
            "account": "123456789012",
            "time": "2026-01-14T20:30:00Z",
            "region": "eu-central-1",
            "resources": resources,
            "detail": { "projectId": "proj-1", "projectName": "Finance Analytics" },
        })
        .to_string()
    }

    #[test]
    fn the_meshs_own_event_id_comes_before_the_buss() {
        let ours = read(&event(
            project::SOURCE,
            "ProjectCreated",
            &["datamesh:event:evt-1"],
        ));
        assert_eq!(ours.unwrap().event_id(), "evt-1");
        let foreign = read(&event(
            project::SOURCE,
            "ProjectCreated",
            &["arn:aws:s3:::x"],
        ));
        assert_eq!(
            foreign.unwrap().event_id(),
            "6a7e8feb-b491-4cf7-a9f1-bf3703467718"
        );
    }

    #[test]
    fn what_is_not_a_new_project_is_not_understood() {
        for body in [
            "",
            "{}",
            "null",
            "not json",
            &event("somebody.else", "ProjectCreated", &[]),
            &event(project::SOURCE, "ProjectDeleted", &[]),
        ] {
            assert!(read(body).is_err(), "{body}");
        }
    }

    #[test]
    fn refusals_are_poison_and_all_else_passes() {
        let unknown = AskError::Rejected(Rejection::not_found("PROJECT_NOT_FOUND", "no"));
        assert!(
            matches!(judge(unknown), Verdict::Poison { reason } if reason.starts_with("PROJECT_NOT_FOUND"))
        );
        let early = AskError::Rejected(Rejection::precondition("NOT_READY", "being made"));
        assert!(matches!(judge(early), Verdict::Later { .. }));
        assert!(matches!(
            judge(AskError::CommandIdReused),
            Verdict::Poison { .. }
        ));
        let busy = AskError::Busy {
            limit: Limit::Shard,
            retry_after: Duration::from_millis(100),
        };
        assert!(matches!(judge(busy), Verdict::Later { after, .. } if after.as_millis() == 100));
        assert!(matches!(judge(AskError::Draining), Verdict::Later { .. }));
    }
}
