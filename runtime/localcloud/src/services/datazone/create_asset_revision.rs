//! `CreateAssetRevision`: it replaces everything; the forms of the last revision do not carry over.

use serde::Deserialize;
use serde_json::Value;

use super::asset::{self, Revision, Shown};
use super::asset_type;
use super::form::{self, FormInput};
use super::{domain, error, idempotency, member};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    domain_identifier: String,
    identifier: String,
    name: Option<String>,
    type_revision: Option<String>,
    description: Option<String>,
    glossary_terms: Option<Vec<String>>,
    forms_input: Option<Vec<FormInput>>,
    prediction_configuration: Option<Value>,
    client_token: Option<String>,
}

pub(super) fn create_asset_revision(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    member::domain_id(
        &mut constraints,
        "domainIdentifier",
        &input.domain_identifier,
    );
    member::id(&mut constraints, "identifier", &input.identifier);
    let name = constraints.required("name", input.name);
    asset::check_revision(
        &mut constraints,
        &name,
        input.description.as_deref(),
        input.glossary_terms.as_deref(),
        input.type_revision.as_deref(),
    );
    form::check(&mut constraints, input.forms_input.as_deref());
    member::client_token(&mut constraints, input.client_token.as_deref());
    constraints.check(error::VALIDATION)?;

    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let mut asset = asset::require(&call.scope, tx, &domain.id, &input.identifier)?;
        let asset_type = asset_type::asset_type(&asset.type_identifier)
            .ok_or_else(|| error::not_found("Asset type", &asset.type_identifier))?;
        asset.latest += 1;
        let revision = Revision {
            number: asset.latest,
            name,
            description: input.description,
            type_revision: asset::type_revision(input.type_revision),
            glossary_terms: input.glossary_terms,
            forms: form::accept(input.forms_input, asset_type)?,
            prediction_configuration: input.prediction_configuration,
            created_by: call.principal.arn.clone(),
            created_ms: call.now_ms,
        };
        asset.write(&revision, &call.scope, tx)?;
        Shown::new(asset, revision, call.now_ms, &call.scope, tx)
    })
}
