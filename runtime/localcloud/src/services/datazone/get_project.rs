//! `GetProject`.

use serde::Deserialize;

use super::project::{self, Shown};
use super::{domain, error, member};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    domain_identifier: String,
    identifier: String,
}

pub(super) fn get_project(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Shown, ServiceError> {
    let mut constraints = Constraints::new();
    member::domain_id(
        &mut constraints,
        "domainIdentifier",
        &input.domain_identifier,
    );
    member::id(&mut constraints, "identifier", &input.identifier);
    constraints.check(error::VALIDATION)?;
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    project::require(&call.scope, tx, &domain.id, &input.identifier).map(Into::into)
}
