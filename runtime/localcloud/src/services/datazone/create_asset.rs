//! `CreateAsset`: the asset and its first revision.

use serde::Deserialize;
use serde_json::Value;

use super::asset::{self, Asset, Revision, Shown};
use super::asset_type;
use super::form::{self, FormInput};
use super::{domain, error, idempotency, member, project};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    domain_identifier: String,
    name: Option<String>,
    external_identifier: Option<String>,
    type_identifier: Option<String>,
    type_revision: Option<String>,
    description: Option<String>,
    glossary_terms: Option<Vec<String>>,
    forms_input: Option<Vec<FormInput>>,
    owning_project_identifier: Option<String>,
    prediction_configuration: Option<Value>,
    client_token: Option<String>,
}

pub(super) fn create_asset(
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
    let name = constraints.required("name", input.name);
    let type_identifier = constraints.required("typeIdentifier", input.type_identifier);
    let owner = constraints.required("owningProjectIdentifier", input.owning_project_identifier);
    member::id(&mut constraints, "owningProjectIdentifier", &owner);
    constraints.length("typeIdentifier", Some(&type_identifier), 1, 513);
    let external = input.external_identifier.as_deref();
    constraints.length("externalIdentifier", external, 1, 600);
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
        let project = project::require(&call.scope, tx, &domain.id, &owner)?;
        let asset_type = asset_type::asset_type(&type_identifier)
            .ok_or_else(|| error::not_found("Asset type", &type_identifier))?;
        let revision = Revision {
            number: 1,
            name,
            description: input.description,
            type_revision: asset::type_revision(input.type_revision),
            glossary_terms: input.glossary_terms,
            forms: form::accept(input.forms_input, asset_type)?,
            prediction_configuration: input.prediction_configuration,
            created_by: call.principal.arn.clone(),
            created_ms: call.now_ms,
        };
        let asset = Asset {
            id: call.cloud.lower(14),
            domain_id: domain.id,
            owning_project_id: project.id,
            type_identifier,
            external_identifier: input.external_identifier,
            first_created_by: revision.created_by.clone(),
            first_created_ms: call.now_ms,
            latest: 1,
            listing_id: None,
        };
        asset.write(&revision, &call.scope, tx)?;
        Shown::new(asset, revision, call.now_ms, &call.scope, tx)
    })
}
