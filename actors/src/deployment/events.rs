//! What an environment tells the world.

use serde_json::{Value, json};

use super::{Environment, Running};
use crate::mesh_event::instant;
use crate::turn::Turn;

/// The source of the events of deployments.
pub const SOURCE: &str = "management-app.deployments";

pub(super) fn started(turn: &mut Turn<'_, Environment>, running: &Running) {
    let shown = &running.deployment;
    turn.tell(
        SOURCE,
        "DeploymentStarted",
        json!({
            "deploymentId": shown.deployment_id,
            "projectId": shown.project_id,
            "environment": shown.environment,
            "digest": shown.digest,
            "deployedBy": shown.deployed_by,
            "startTime": instant(shown.start_ms),
        }),
    );
}

pub(super) fn succeeded(turn: &mut Turn<'_, Environment>) {
    let Some(past) = turn.state.past.back() else {
        return;
    };
    let shown = &past.deployment;
    let detail = json!({
        "deploymentId": shown.deployment_id,
        "projectId": shown.project_id,
        "environment": shown.environment,
        "digest": shown.digest,
        "change": shown.change.map_or(Value::Null, |change| change.as_str().into()),
        "cfnStackId": shown.cfn_stack_id,
        "endTime": shown.end_ms.map(instant),
    });
    turn.tell(SOURCE, "DeploymentSucceeded", detail);
}

pub(super) fn failed(turn: &mut Turn<'_, Environment>) {
    let Some(past) = turn.state.past.back() else {
        return;
    };
    let shown = &past.deployment;
    let detail = json!({
        "deploymentId": shown.deployment_id,
        "projectId": shown.project_id,
        "environment": shown.environment,
        "digest": shown.digest,
        "errorMessage": shown.error_message,
        "endTime": shown.end_ms.map(instant),
    });
    turn.tell(SOURCE, "DeploymentFailed", detail);
}
