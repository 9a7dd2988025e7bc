//! `AssociateGovernedTerms` and `DisassociateGovernedTerms`: terms that are restricted to governed use, on assets. An
//! asset has up to 20.

use serde::Deserialize;
use serde_json::{Value, json};

use super::term;
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::{asset, domain, error};
use crate::store::Tx;

const MOST: usize = 20;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Input {
    domain_identifier: String,
    entity_identifier: String,
    governed_glossary_terms: Vec<String>,
}

/// Terms that the asset has already stay.
pub(crate) fn associate(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut asset = asset::require(&call.scope, tx, &domain.id, &input.entity_identifier)?;
    for id in input.governed_glossary_terms {
        if !term::require(&domain.id, &id, call, tx)?.is_governed() {
            return Err(error::validation(format!(
                "Glossary term {id} is not restricted to governed use"
            )));
        }
        if !asset.governed_terms.contains(&id) {
            asset.governed_terms.push(id);
        }
    }
    if asset.governed_terms.len() > MOST {
        return Err(error::validation(format!(
            "An asset has {MOST} governed glossary terms at most"
        )));
    }
    asset.rewrite(call, tx)?;
    Ok(json!({}))
}

pub(crate) fn disassociate(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let mut asset = asset::require(&call.scope, tx, &domain.id, &input.entity_identifier)?;
    let gone = input.governed_glossary_terms;
    if let Some(id) = gone.iter().find(|id| !asset.governed_terms.contains(id)) {
        return Err(error::not_found("Governed glossary term", id));
    }
    asset.governed_terms.retain(|id| !gone.contains(id));
    asset.rewrite(call, tx)?;
    Ok(json!({}))
}
