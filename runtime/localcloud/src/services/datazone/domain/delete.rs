//! `DeleteDomain`: refused while the domain has projects, unless `skipDeletionCheck` says that they go with
//! it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{DOMAINS, find};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::{error, idempotency, project};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delete {
    identifier: String,
    #[serde(default)]
    skip_deletion_check: bool,
    client_token: Option<String>,
}

pub(crate) fn delete(input: Delete, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let mut domain = find(call, tx, &input.identifier)?;
        if domain.deleted_ms.is_none() {
            let projects = project::in_domain(&call.scope, tx, &domain.id)?;
            if !projects.is_empty() && !input.skip_deletion_check {
                return Err(error::conflict(format!(
                    "Domain {} cannot be deleted because it has {} projects",
                    domain.id,
                    projects.len()
                )));
            }
            for project in projects {
                project::remove(&project, call, tx)?;
            }
            domain.deleted_ms = Some(call.now_ms);
            tx.put(&call.scope, DOMAINS, &domain.id, &domain)?;
        }
        Ok(json!({"status": "DELETING"}))
    })
}
