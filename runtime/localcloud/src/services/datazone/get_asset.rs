//! `GetAsset`: one revision, the latest if the request does not say.

use serde::Deserialize;

use super::asset::{self, Shown};
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
    revision: Option<String>,
}

pub(super) fn get_asset(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Shown, ServiceError> {
    let mut constraints = Constraints::new();
    member::domain_id(
        &mut constraints,
        "domainIdentifier",
        &input.domain_identifier,
    );
    member::id(&mut constraints, "identifier", &input.identifier);
    constraints.length("revision", input.revision.as_deref(), 1, 64);
    constraints.check(error::VALIDATION)?;
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let asset = asset::require(&call.scope, tx, &domain.id, &input.identifier)?;
    let revision = asset.revision(input.revision.as_deref(), &call.scope, tx)?;
    Shown::new(asset, revision, call.now_ms, &call.scope, tx)
}
