//! Metadata forms: what a request gives, and what is kept and shown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::asset_type::Entry;
use super::form_type::{self, FormType};
use super::managed;
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::error;
use crate::services::datazone::metadata_type::asset_type::AssetType;
use crate::store::Tx;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FormInput {
    form_name: String,
    type_identifier: Option<String>,
    type_revision: Option<String>,
    content: Option<String>,
}

/// A form, stored and shown alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Form {
    pub(crate) form_name: String,
    pub(crate) type_name: String,
    pub(crate) type_revision: String,
    /// A JSON object.
    pub(crate) content: String,
}

/// The forms of an asset of this type, checked against the types of the forms.
pub(crate) fn accept_all_of(
    asset_type: &AssetType,
    domain: &str,
    forms: Option<Vec<FormInput>>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Form>, ServiceError> {
    let accepted = accept(&asset_type.forms, domain, forms, call, tx)?;
    for (name, entry) in &asset_type.forms {
        let there = |form: &Form| form.form_name == *name || form.type_name == entry.type_name;
        if entry.required && !accepted.iter().any(there) {
            return Err(error::validation(format!(
                "Required form {name} of asset type {} is missing",
                asset_type.name
            )));
        }
    }
    Ok(accepted)
}

/// Forms of something that has no type.
pub(crate) fn accept_any(
    domain: &str,
    forms: Option<Vec<FormInput>>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Form>, ServiceError> {
    accept(&BTreeMap::new(), domain, forms, call, tx)
}

fn accept(
    entries: &BTreeMap<String, Entry>,
    domain: &str,
    forms: Option<Vec<FormInput>>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Form>, ServiceError> {
    let mut accepted: Vec<Form> = Vec::new();
    for form in forms.unwrap_or_default() {
        let twice = |known: &Form| known.form_name == form.form_name;
        if accepted.iter().any(twice) {
            return Err(error::validation(format!(
                "formsInput has the form {} twice",
                form.form_name
            )));
        }
        let of = type_of(&form, entries.get(&form.form_name), domain, call, tx)?;
        let content = form.content.unwrap_or_else(|| "{}".to_owned());
        of.check(&content).map_err(|reason| {
            error::validation(format!(
                "Content of form {} is not valid: {reason}",
                form.form_name
            ))
        })?;
        accepted.push(Form {
            form_name: form.form_name,
            type_name: of.name,
            type_revision: of.revision.to_string(),
            content,
        });
    }
    Ok(accepted)
}

/// As the form says, else as the asset type says, else as AWS names its own forms.
fn type_of(
    form: &FormInput,
    entry: Option<&Entry>,
    domain: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<FormType, ServiceError> {
    let revision = form.type_revision.as_deref();
    match (&form.type_identifier, entry) {
        (Some(id), _) => form_type::require(domain, id, revision, call, tx),
        (None, Some(entry)) => {
            let revision = revision.or(Some(&entry.type_revision));
            form_type::require(domain, &entry.type_name, revision, call, tx)
        }
        (None, None) => match managed::form_named(&form.form_name) {
            Some(known) => Ok(FormType::managed(domain, known)),
            None => Err(error::validation(format!(
                "typeIdentifier is required for form {}",
                form.form_name
            ))),
        },
    }
}

/// All forms as one JSON object, the forms' names to their contents.
pub(crate) fn combined(forms: &[Form]) -> Value {
    forms
        .iter()
        .map(|form| {
            let content = serde_json::from_str(&form.content).unwrap_or(Value::Null);
            (form.form_name.clone(), content)
        })
        .collect::<Map<_, _>>()
        .into()
}
