//! Metadata forms: what a request gives, and what is kept and shown.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::asset_type::{self, AssetType};
use super::error;
use crate::error::ServiceError;
use crate::services::constraints::Constraints;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FormInput {
    form_name: Option<String>,
    type_identifier: Option<String>,
    type_revision: Option<String>,
    content: Option<String>,
}

/// A form, stored and shown alike.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Form {
    pub(super) form_name: String,
    pub(super) type_name: String,
    pub(super) type_revision: String,
    /// A JSON object.
    pub(super) content: String,
}

pub(super) fn check(constraints: &mut Constraints, forms: Option<&[FormInput]>) {
    constraints.count("formsInput", forms, 0, 10);
    for (index, form) in forms.unwrap_or_default().iter().enumerate() {
        let member = |name: &str| format!("formsInput.{}.member.{name}", index + 1);
        let name = form.form_name.as_deref();
        constraints.required(&member("formName"), name);
        constraints.length(&member("formName"), name, 1, 128);
        let (member, identifier) = (member("typeIdentifier"), form.type_identifier.as_deref());
        constraints.length(&member, identifier, 1, 385);
        constraints.pattern(&member, identifier, r"[\w][\w\.]*\w");
    }
}

/// The forms of an asset of this type, checked against the types of the forms.
pub(super) fn accept(
    forms: Option<Vec<FormInput>>,
    asset_type: &AssetType,
) -> Result<Vec<Form>, ServiceError> {
    let mut accepted: Vec<Form> = Vec::new();
    for form in forms.unwrap_or_default() {
        let form = accept_one(form)?;
        if accepted
            .iter()
            .any(|known| known.form_name == form.form_name)
        {
            return Err(error::validation(format!(
                "formsInput has the form {} twice",
                form.form_name
            )));
        }
        accepted.push(form);
    }
    let required = asset_type.required_form;
    if !accepted.iter().any(|form| form.type_name == required.id) {
        return Err(error::validation(format!(
            "Required form {} of asset type {} is missing",
            required.form, asset_type.id
        )));
    }
    Ok(accepted)
}

fn accept_one(form: FormInput) -> Result<Form, ServiceError> {
    let form_name = form.form_name.unwrap_or_default();
    let form_type = match &form.type_identifier {
        Some(id) => asset_type::form_type(id).ok_or_else(|| error::not_found("Form type", id))?,
        None => asset_type::form_type_of(&form_name).ok_or_else(|| {
            error::validation(format!("typeIdentifier is required for form {form_name}"))
        })?,
    };
    let content = form.content.unwrap_or_else(|| "{}".to_owned());
    if serde_json::from_str::<Map<String, Value>>(&content).is_err() {
        return Err(error::validation(format!(
            "Content of form {form_name} is not a valid JSON object"
        )));
    }
    Ok(Form {
        form_name,
        type_name: form_type.id.to_owned(),
        type_revision: form
            .type_revision
            .unwrap_or_else(|| asset_type::REVISION.to_owned()),
        content,
    })
}

/// All forms as one JSON object, the forms' names to their contents.
pub(super) fn combined(forms: &[Form]) -> Value {
    forms
        .iter()
        .map(|form| {
            let content = serde_json::from_str(&form.content).unwrap_or(Value::Null);
            (form.form_name.clone(), content)
        })
        .collect::<Map<_, _>>()
        .into()
}
