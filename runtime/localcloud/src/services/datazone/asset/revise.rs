//! `CreateAssetRevision`: it replaces everything; the forms of the last revision do not carry over.

use serde::Deserialize;
use serde_json::Value;

use super::{Revision, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::metadata_type::asset_type;
use crate::services::datazone::metadata_type::form::{self, FormInput};
use crate::services::datazone::{domain, glossary, idempotency};
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Create {
    domain_identifier: String,
    identifier: String,
    name: String,
    type_revision: Option<String>,
    description: Option<String>,
    glossary_terms: Option<Vec<String>>,
    forms_input: Option<Vec<FormInput>>,
    prediction_configuration: Option<Value>,
    client_token: Option<String>,
}

pub(crate) fn revise(input: Create, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let token = input.client_token.clone();
    idempotency::once(call, tx, token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let mut asset = require(&call.scope, tx, &domain.id, &input.identifier)?;
        let wanted = input.type_revision.as_deref();
        let of = asset_type::require(&domain.id, &asset.type_identifier, wanted, call, tx)?;
        glossary::check_terms(&domain.id, input.glossary_terms.as_deref(), call, tx)?;
        asset.latest += 1;
        let revision = Revision {
            number: asset.latest,
            name: input.name,
            description: input.description,
            type_revision: of.revision.to_string(),
            glossary_terms: input.glossary_terms,
            forms: form::accept_all_of(&of, &domain.id, input.forms_input, call, tx)?,
            prediction_configuration: input.prediction_configuration,
            created_by: call.principal.arn.clone(),
            created_ms: call.now_ms,
        };
        asset.write(&revision, call, tx)?;
        asset.shown(&revision, call, tx)
    })
}
