//! The operations on templates.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::no_stack;
use super::request::Source;
use super::stack;
use super::template::{Capabilities, Declaration, Template};
use crate::error::ServiceError;
use crate::inside::Inside;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    stack_name: Option<String>,
    change_set_name: Option<String>,
    #[serde(flatten)]
    source: Source,
}

/// `ValidateTemplate`.
pub(super) fn validate(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let template = Template::parse(&input.source.text(None, &Inside { call, tx })?)?;
    let capabilities = Capabilities::of(&template);
    let parameters: Vec<Value> = template
        .parameters
        .iter()
        .map(|declaration| {
            json!({
                "ParameterKey": declaration.name,
                "DefaultValue": declaration.default,
                "NoEcho": declaration.no_echo,
                "Description": declaration.description,
            })
        })
        .collect();
    Ok(json!({
        "Description": template.description,
        "Parameters": parameters,
        "Capabilities": capabilities.name.into_iter().collect::<Vec<_>>(),
        "CapabilitiesReason": capabilities.reason(),
    }))
}

/// `GetTemplateSummary`: of a template, or of a stack's.
pub(super) fn summary(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let text = match &input.stack_name {
        Some(name) => text_of(name, call, tx)?,
        None => input.source.text(None, &Inside { call, tx })?,
    };
    let template = Template::parse(&text)?;
    let capabilities = Capabilities::of(&template);
    let kinds: BTreeSet<&str> = template
        .resources
        .iter()
        .map(|resource| resource.kind.as_str())
        .collect();
    let parameter = |declaration: &Declaration| {
        let allowed = declaration.allowed_values.as_ref();
        json!({
            "ParameterKey": declaration.name,
            "DefaultValue": declaration.default,
            "ParameterType": declaration.kind,
            "NoEcho": declaration.no_echo,
            "Description": declaration.description,
            "ParameterConstraints": {"AllowedValues": allowed},
        })
    };
    Ok(json!({
        "Description": template.description,
        "Parameters": template.parameters.iter().map(parameter).collect::<Vec<_>>(),
        "Capabilities": capabilities.name.into_iter().collect::<Vec<_>>(),
        "CapabilitiesReason": capabilities.reason(),
        "ResourceTypes": kinds,
        "Version": "2010-09-09",
        "Metadata": template.metadata.map(|metadata| metadata.to_string()),
    }))
}

fn text_of(name: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<String, ServiceError> {
    let stack = stack::find(call, tx, name)?.ok_or_else(|| no_stack(name))?;
    Ok(stack.definition.template)
}

/// `GetTemplate`: as it was sent; of a stack, or of a change set of it.
pub(super) fn get(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let text = match (&input.change_set_name, &input.stack_name) {
        (Some(name), stack) => super::change_set::template_of(name, stack.as_deref(), call, tx)?,
        (None, stack) => {
            let name = stack.as_deref().unwrap_or_default();
            let found = stack::find(call, tx, name)?;
            let missing =
                || super::error::validation(format!("Stack with id {name} does not exist"));
            found.ok_or_else(missing)?.definition.template
        }
    };
    Ok(json!({"TemplateBody": text, "StagesAvailable": ["Original", "Processed"]}))
}
