//! What a project tells the world: the specification's events, and those that follow from them.

use serde_json::json;

use super::{Project, ProjectRecord};
use crate::mesh_event::instant;
use crate::turn::Turn;

/// The source of the events of projects.
pub const SOURCE: &str = "management-app.projects";
/// The source of the end of the set-up, which the specification has in a Lambda function.
pub const SETUP_SOURCE: &str = "management-app.lambda";

fn record(turn: &Turn<'_, Project>) -> ProjectRecord {
    turn.state.record.clone().unwrap_or_default()
}

pub(super) fn created(turn: &mut Turn<'_, Project>) {
    let record = record(turn);
    turn.tell(
        SOURCE,
        "ProjectCreated",
        json!({
            "projectId": record.project_id,
            "projectName": record.project_name,
            "domainId": record.domain_id,
            "createdBy": record.created_by,
            "createdAt": instant(record.created_ms),
        }),
    );
}

pub(super) fn set_up(turn: &mut Turn<'_, Project>) {
    let record = record(turn);
    turn.tell(
        SETUP_SOURCE,
        "ProjectSetupCompleted",
        json!({
            "projectId": record.project_id,
            "status": "success",
        }),
    );
}

pub(super) fn updated(turn: &mut Turn<'_, Project>) {
    let record = record(turn);
    turn.tell(
        SOURCE,
        "ProjectUpdated",
        json!({
            "projectId": record.project_id,
            "projectName": record.project_name,
            "domainId": record.domain_id,
            "updatedBy": turn.state.updated_by.clone(),
            "updatedAt": instant(record.updated_ms),
        }),
    );
}

pub(super) fn deleted(turn: &mut Turn<'_, Project>) {
    let record = record(turn);
    turn.tell(
        SOURCE,
        "ProjectDeleted",
        json!({
            "projectId": record.project_id,
            "projectName": record.project_name,
            "domainId": record.domain_id,
            "deletedBy": turn.state.deleted_by.clone(),
            "deletedAt": instant(record.updated_ms),
        }),
    );
}
