//! Permissions as the protos show them.

use datamesh_actors::access::{CellsFilter, LedgerId, Object, Thing};
use datamesh_actors::permission::{
    Ledger, PERMISSIONS, PermissionRecord, ResourceRecord, resource_id,
};
use datamesh_proto::v1;
use tonic::Status;

use super::target;
use crate::services::backend::Backend;
use crate::services::json::timestamp;
use crate::services::ledger;
use crate::services::record::Record;

impl Record for PermissionRecord {
    type Actor = Ledger;
    type Message = v1::Permission;
    const COLLECTION: &'static str = PERMISSIONS;
    const NOUN: &'static str = "permission";
    const NOT_FOUND: &'static str = "PERMISSION_NOT_FOUND";

    fn id(&self) -> &str {
        &self.permission_id
    }

    fn actor_id(&self) -> &str {
        &self.ledger
    }

    fn into_message(self) -> v1::Permission {
        of(self, None)
    }
}

/// A permission, and what the filter lets through that it is on.
pub async fn shown(backend: &Backend, record: PermissionRecord) -> Result<v1::Permission, Status> {
    let filter = filter(backend, &record).await?;
    Ok(of(record, filter))
}

fn of(record: PermissionRecord, filter: Option<CellsFilter>) -> v1::Permission {
    let target = target::shown(&record, filter);
    v1::Permission {
        permission_id: record.permission_id,
        principal: record.principal,
        target: Some(target),
        permissions: record.permissions.iter().map(ToString::to_string).collect(),
        permissions_with_grant_option: record.grantable.iter().map(ToString::to_string).collect(),
        status: ledger::status(record.status).into(),
        status_reason: record.status_reason,
        holders: record.holders.into_iter().map(ledger::holder).collect(),
        updated_at: Some(timestamp(record.updated_ms)),
    }
}

/// The filter that a permission is on, if it is kept here.
async fn filter(
    backend: &Backend,
    record: &PermissionRecord,
) -> Result<Option<CellsFilter>, Status> {
    let Some(Object::Filter { table, name }) = &record.object else {
        return Ok(None);
    };
    let Some(ledger) = LedgerId::parse(&record.ledger) else {
        return Ok(None);
    };
    let id = resource_id(&ledger, &format!("filter/{table}/{name}"));
    let resource = backend.find::<ResourceRecord>(&id).await?;
    Ok(resource.and_then(|resource| match resource.thing {
        Thing::Filter(filter) => Some(filter),
        _ => None,
    }))
}
