//! `DeleteProject`: refused while the project owns assets or has environments, unless `skipDeletionCheck` says that
//! they go with it.

use serde::Deserialize;

use super::{remove, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::{asset, domain, environment, error};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delete {
    domain_identifier: String,
    identifier: String,
    #[serde(default)]
    skip_deletion_check: bool,
}

pub(crate) fn delete(input: Delete, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let project = require(&call.scope, tx, &domain.id, &input.identifier)?;
    if !input.skip_deletion_check {
        let owned = [
            (asset::owned_by(&project, call, tx)?.len(), "owns", "assets"),
            (
                environment::count(&domain.id, &project.id, call, tx)?,
                "has",
                "environments",
            ),
        ];
        for (count, verb, what) in owned {
            if count > 0 {
                return Err(error::validation(format!(
                    "Project {} cannot be deleted because it {verb} {count} {what}",
                    project.id
                )));
            }
        }
    }
    remove(&project, call, tx)
}
