//! What a domain tells the world.

use serde_json::json;

use super::Domain;
use crate::mesh_event::instant;
use crate::turn::Turn;

/// The source of the events of domains.
pub const SOURCE: &str = "management-app.domains";

pub(super) fn created(turn: &mut Turn<'_, Domain>) {
    if let Some(record) = turn.state.record.clone() {
        turn.tell(
            SOURCE,
            "DomainCreated",
            json!({
                "domainId": record.domain_id,
                "domainName": record.domain_name,
                "createdBy": record.created_by,
                "createdAt": instant(record.created_ms),
            }),
        );
    }
}

pub(super) fn updated(turn: &mut Turn<'_, Domain>) {
    if let Some(record) = turn.state.record.clone() {
        turn.tell(
            SOURCE,
            "DomainUpdated",
            json!({
                "domainId": record.domain_id,
                "domainName": record.domain_name,
                "updatedBy": turn.state.updated_by.clone(),
                "updatedAt": instant(record.updated_ms),
            }),
        );
    }
}

pub(super) fn deleted(turn: &mut Turn<'_, Domain>) {
    if let Some(record) = turn.state.record.clone() {
        turn.tell(
            SOURCE,
            "DomainDeleted",
            json!({
                "domainId": record.domain_id,
                "domainName": record.domain_name,
                "deletedBy": turn.state.deleted_by.clone(),
                "deletedAt": instant(record.updated_ms),
            }),
        );
    }
}
