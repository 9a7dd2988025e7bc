//! `CreateAsset`: the asset and its first revision.

use serde::Deserialize;
use serde_json::Value;

use super::{Asset, Revision};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::metadata_type::asset_type;
use crate::services::datazone::metadata_type::form::{self, FormInput};
use crate::services::datazone::{domain, glossary, idempotency, project};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    name: String,
    external_identifier: Option<String>,
    type_identifier: String,
    type_revision: Option<String>,
    description: Option<String>,
    glossary_terms: Option<Vec<String>>,
    forms_input: Option<Vec<FormInput>>,
    owning_project_identifier: String,
    prediction_configuration: Option<Value>,
    client_token: Option<String>,
}

pub(crate) fn create(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let token = input.client_token.clone();
    idempotency::once(call, tx, token.as_deref(), || {
        let (asset, revision) = make(input, call, tx)?;
        asset.shown(&revision, call, tx)
    })
}

fn make(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<(Asset, Revision), ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let owner = &input.owning_project_identifier;
    let project = project::require(&call.scope, tx, &domain.id, owner)?;
    let wanted = input.type_revision.as_deref();
    let of = asset_type::require(&domain.id, &input.type_identifier, wanted, call, tx)?;
    glossary::check_terms(&domain.id, input.glossary_terms.as_deref(), call, tx)?;
    let revision = Revision {
        number: 1,
        name: input.name,
        description: input.description,
        type_revision: of.revision.to_string(),
        glossary_terms: input.glossary_terms,
        forms: form::accept_all_of(&of, &domain.id, input.forms_input, call, tx)?,
        prediction_configuration: input.prediction_configuration,
        created_by: call.principal.arn.clone(),
        created_ms: call.now_ms,
    };
    let asset = Asset {
        id: call.cloud.lower(14),
        domain_id: domain.id,
        owning_project_id: project.id,
        type_identifier: of.name,
        external_identifier: input.external_identifier,
        first_created_by: revision.created_by.clone(),
        first_created_ms: call.now_ms,
        latest: 1,
        listing_id: None,
        governed_terms: Vec::new(),
        data_points: Vec::new(),
    };
    asset.write(&revision, call, tx)?;
    Ok((asset, revision))
}
