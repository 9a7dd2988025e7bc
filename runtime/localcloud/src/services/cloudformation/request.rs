//! What the operations that make and change stacks take in common.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::error::validation;
use super::stack::{Definition, Stack};
use super::template::{Capabilities, HIDDEN, LARGEST_BODY, Template, Values};
use crate::error::ServiceError;
use crate::inside::Inside;
use crate::protocol::{query, rest_json};
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Parameter {
    #[serde(default)]
    parameter_key: String,
    parameter_value: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    use_previous_value: Option<bool>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

/// Where the template is: exactly one of the three.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Source {
    pub(super) template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    pub(super) template_url: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    use_previous_template: Option<bool>,
}

impl Source {
    /// The template's text.
    pub(super) fn text(
        &self,
        stack: Option<&Stack>,
        inside: &Inside<'_>,
    ) -> Result<String, ServiceError> {
        let previous = self.use_previous_template == Some(true);
        match (&self.template_body, &self.template_url, previous) {
            (Some(body), None, false) if body.len() <= LARGEST_BODY => Ok(body.clone()),
            (Some(_), None, false) => Err(validation(format!(
                "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: \
                 Member must have length less than or equal to {LARGEST_BODY}"
            ))),
            (None, Some(url), false) => from_s3(url, inside),
            (None, None, true) => stack
                .map(|stack| stack.definition.template.clone())
                .filter(|text| !text.is_empty())
                .ok_or_else(|| validation("Template does not exist for the stack.")),
            (None, None, false) => Err(validation(
                "Either Template URL or Template Body must be specified.",
            )),
            _ => Err(validation(
                "Specify only one of TemplateBody, TemplateURL and UsePreviousTemplate.",
            )),
        }
    }
}

/// `https://bucket.s3.region.amazonaws.com/key` and `https://s3.region.amazonaws.com/bucket/key`.
fn from_s3(url: &str, inside: &Inside<'_>) -> Result<String, ServiceError> {
    let refused = || validation("TemplateURL must be a supported URL.");
    let rest = url.split_once("://").ok_or_else(refused)?.1;
    let (host, path) = rest.split_once('/').ok_or_else(refused)?;
    let path = match host.find(".s3.").or_else(|| host.find(".s3-")) {
        Some(end) => format!("/{}/{path}", &host[..end]),
        None => format!("/{path}"),
    };
    let bytes = inside
        .s3_text(&http::Method::GET, &path, "")
        .map_err(|error| validation(format!("S3 error: {}", error.error().message)))?;
    String::from_utf8(bytes).map_err(|_| refused())
}

/// Members that make a [`Definition`].
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Wish {
    #[serde(flatten)]
    pub(super) source: Source,
    #[serde(default, deserialize_with = "query::list")]
    parameters: Vec<Parameter>,
    #[serde(default, deserialize_with = "query::list")]
    capabilities: Vec<String>,
    #[serde(default)]
    tags: Option<Value>,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
    #[serde(default, rename = "NotificationARNs")]
    notification_arns: Option<Value>,
}

impl Wish {
    /// The definition and its template, checked; what an update leaves out stays as it was.
    pub(super) fn definition(
        self,
        stack: Option<&Stack>,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<(Definition, Template), ServiceError> {
        let text = self.source.text(stack, &Inside { call, tx })?;
        let template = Template::parse(&text)?;
        let old = stack.map(|stack| &stack.definition);
        let parameters = template.settle_parameters(&given(&self.parameters, old)?)?;
        Capabilities::of(&template).check(&self.capabilities)?;
        let list = |value: Value| match value {
            Value::Array(_) => value,
            _ => json!([]),
        };
        let tags = match (self.tags, old) {
            (None, Some(old)) => old.tags.clone(),
            (tags, _) => check_tags(list(tags.unwrap_or_default()))?,
        };
        let notification_arns = match (self.notification_arns, old) {
            (None, Some(old)) => old.notification_arns.clone(),
            (arns, _) => serde_json::from_value(list(arns.unwrap_or_default()))
                .map_err(|error| validation(error.to_string()))?,
        };
        let definition = Definition {
            description: template.description.clone(),
            template: text,
            parameters,
            tags,
            capabilities: self.capabilities,
            role_arn: self
                .role_arn
                .or_else(|| old.and_then(|old| old.role_arn.clone())),
            notification_arns,
            change_set_id: None,
        };
        Ok((definition, template))
    }
}

fn check_tags(tags: Value) -> Result<BTreeMap<String, String>, ServiceError> {
    let tags: Vec<Tag> =
        serde_json::from_value(tags).map_err(|error| validation(error.to_string()))?;
    if tags.len() > 50 {
        return Err(validation(
            "1 validation error detected: Value at 'tags' failed to satisfy constraint: Member must have length less than or equal to 50",
        ));
    }
    let mut collected = BTreeMap::new();
    for tag in tags {
        if tag.key.is_empty() || tag.key.starts_with("aws:") {
            return Err(validation(format!(
                "Invalid tag key: {:?}. Keys have 1 to 128 characters, and do not start with aws:",
                tag.key
            )));
        }
        if collected.insert(tag.key.clone(), tag.value).is_some() {
            return Err(validation(format!("Duplicate tag key found: {}", tag.key)));
        }
    }
    Ok(collected)
}

fn given(parameters: &[Parameter], old: Option<&Definition>) -> Result<Values, ServiceError> {
    let mut given = Values::new();
    for parameter in parameters {
        let name = &parameter.parameter_key;
        let value = match (&parameter.parameter_value, parameter.use_previous_value) {
            (Some(_), Some(true)) => {
                return Err(validation(format!("Invalid input for parameter key {name}. Cannot specify usePreviousValue as true and also specify a parameter value")));
            }
            (Some(value), _) => value.clone(),
            (None, Some(true)) => old
                .and_then(|old| old.parameters.get(name))
                .cloned()
                .ok_or_else(|| validation(format!("Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter key not in the previous template")))?,
            (None, _) => {
                return Err(validation(format!("Invalid input for parameter key {name}. Need to specify either usePreviousValue as true or a parameter value")));
            }
        };
        if given.insert(name.clone(), value).is_some() {
            return Err(validation(format!("Duplicate parameter key found: {name}")));
        }
    }
    Ok(given)
}

/// Parameters as answers show them: those that are not to be shown, hidden.
pub(super) fn shown_parameters(definition: &Definition) -> Value {
    let template = Template::parse(&definition.template).ok();
    let hidden = |name: &str| {
        let declarations = template.iter().flat_map(|template| &template.parameters);
        let mut found = declarations.filter(|declaration| declaration.name == name);
        found.next().is_some_and(|declaration| declaration.no_echo)
    };
    definition
        .parameters
        .iter()
        .map(|(name, value)| {
            let value = if hidden(name) { HIDDEN } else { value };
            json!({"ParameterKey": name, "ParameterValue": value})
        })
        .collect()
}

pub(super) fn shown_tags(definition: &Definition) -> Value {
    let tags = definition.tags.iter();
    tags.map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}
