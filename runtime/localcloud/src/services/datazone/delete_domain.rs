//! `DeleteDomain`: refused while the domain has projects, unless `skipDeletionCheck` (or
//! `cascadeDelete`) says that they go with it.

use serde::{Deserialize, Serialize};

use super::domain::{self, DOMAINS};
use super::{error, member, project};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    identifier: String,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    skip_deletion_check: Option<bool>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    cascade_delete: Option<bool>,
}

#[derive(Debug, Serialize)]
pub(super) struct Output {
    status: &'static str,
}

pub(super) fn delete_domain(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    member::domain_id(&mut constraints, "identifier", &input.identifier);
    constraints.check(error::VALIDATION)?;
    let mut domain = domain::find(call, tx, &input.identifier)?;
    if domain.deleted_ms.is_none() {
        let projects = project::in_domain(&call.scope, tx, &domain.id)?;
        let cascade = input.skip_deletion_check == Some(true) || input.cascade_delete == Some(true);
        if !projects.is_empty() && !cascade {
            return Err(error::conflict(format!(
                "Domain {} cannot be deleted because it has {} projects",
                domain.id,
                projects.len()
            )));
        }
        for project in projects {
            project::remove(&call.scope, tx, &project)?;
        }
        domain.deleted_ms = Some(call.now_ms);
        tx.put(&call.scope, DOMAINS, &domain.id, &domain)?;
    }
    Ok(Output { status: "DELETING" })
}
