//! `DeleteProject`: refused while the project owns assets, unless `skipDeletionCheck` says that they
//! go with it.

use serde::Deserialize;

use super::{asset, domain, error, member, project};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    domain_identifier: String,
    identifier: String,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    skip_deletion_check: Option<bool>,
}

pub(super) fn delete_project(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let mut constraints = Constraints::new();
    member::domain_id(
        &mut constraints,
        "domainIdentifier",
        &input.domain_identifier,
    );
    member::id(&mut constraints, "identifier", &input.identifier);
    constraints.check(error::VALIDATION)?;
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let project = project::require(&call.scope, tx, &domain.id, &input.identifier)?;
    let assets = asset::owned_by(&call.scope, tx, &project)?.len();
    if assets > 0 && input.skip_deletion_check != Some(true) {
        return Err(error::validation(format!(
            "Project {} cannot be deleted because it owns {assets} assets",
            project.id
        )));
    }
    project::remove(&call.scope, tx, &project)
}
