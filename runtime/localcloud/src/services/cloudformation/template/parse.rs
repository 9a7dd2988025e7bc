//! From text to a [`Template`]. JSON and YAML become one tree first, in which YAML's short forms
//! (`!Ref x`) are written out (`{"Ref": "x"}`).

use serde_json::{Map, Value, json};

use super::parameters::Declaration;
use super::{Output, Policy, Resource, Template};
use crate::error::ServiceError;
use crate::services::cloudformation::error::{format, validation};
use crate::services::cloudformation::kinds;

const MOST_RESOURCES: usize = 500;
const MOST_OUTPUTS: usize = 200;
const MOST_PARAMETERS: usize = 200;

pub(super) fn parse(text: &str) -> Result<Template, ServiceError> {
    let Value::Object(mut sections) = tree(text)? else {
        return Err(format("unsupported structure."));
    };
    check_sections(&sections)?;
    let mut take = |name: &str| section(name, sections.remove(name));
    let (parameters, mappings, conditions) =
        (take("Parameters")?, take("Mappings")?, take("Conditions")?);
    let (resources, outputs) = (take("Resources")?, take("Outputs")?);
    if resources.is_empty() {
        return Err(format("At least one Resources member must be defined."));
    }
    at_most("resources", resources.len(), MOST_RESOURCES)?;
    at_most("outputs", outputs.len(), MOST_OUTPUTS)?;
    at_most("parameters", parameters.len(), MOST_PARAMETERS)?;
    let resources = resources
        .into_iter()
        .map(|(id, value)| resource(id, value))
        .collect::<Result<Vec<_>, _>>()?;
    check_kinds(&resources)?;
    Ok(Template {
        description: description(sections.remove("Description"))?,
        metadata: sections.remove("Metadata"),
        parameters: parameters
            .into_iter()
            .map(|(name, value)| Declaration::parse(name, value))
            .collect::<Result<_, _>>()?,
        mappings,
        conditions,
        resources,
        outputs: outputs
            .into_iter()
            .map(|(name, value)| output(name, value))
            .collect::<Result<_, _>>()?,
    })
}

fn at_most(what: &str, number: usize, most: usize) -> Result<(), ServiceError> {
    if number <= most {
        return Ok(());
    }
    Err(format(format_args!(
        "Number of {what}, {number}, is greater than maximum allowed, {most}"
    )))
}

/// The text as one tree.
fn tree(text: &str) -> Result<Value, ServiceError> {
    if text.trim_start().starts_with('{')
        && let Ok(tree) = serde_json::from_str(text)
    {
        return Ok(tree);
    }
    let yaml: serde_yaml_ng::Value = serde_yaml_ng::from_str(text).map_err(|error| {
        let (line, column) = error
            .location()
            .map_or((1, 1), |location| (location.line(), location.column()));
        let language = if text.trim_start().starts_with('{') {
            "JSON"
        } else {
            "YAML"
        };
        format(format_args!(
            "{language} not well-formed. (line {line}, column {column})"
        ))
    })?;
    written_out(yaml)
}

fn written_out(value: serde_yaml_ng::Value) -> Result<Value, ServiceError> {
    use serde_yaml_ng::Value as Yaml;
    Ok(match value {
        Yaml::Null => Value::Null,
        Yaml::Bool(flag) => Value::Bool(flag),
        Yaml::Number(number) => {
            serde_json::to_value(number).map_err(|_| format("a number is not finite"))?
        }
        Yaml::String(text) => Value::String(text),
        Yaml::Sequence(items) => Value::Array(
            items
                .into_iter()
                .map(written_out)
                .collect::<Result<_, _>>()?,
        ),
        Yaml::Mapping(members) => {
            let mut object = Map::new();
            for (key, value) in members {
                object.insert(key_text(key)?, written_out(value)?);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tagged) => short_form(&tagged.tag.to_string(), written_out(tagged.value)?),
    })
}

fn key_text(key: serde_yaml_ng::Value) -> Result<String, ServiceError> {
    use serde_yaml_ng::Value as Yaml;
    match key {
        Yaml::String(text) => Ok(text),
        Yaml::Number(number) => Ok(number.to_string()),
        Yaml::Bool(flag) => Ok(flag.to_string()),
        _ => Err(format("a key is not a string")),
    }
}

/// `!Ref` and `!Condition` keep their names, all others are functions.
fn short_form(tag: &str, value: Value) -> Value {
    let name = tag.trim_start_matches('!');
    match (name, value) {
        ("Ref" | "Condition", value) => json!({name: value}),
        ("GetAtt", Value::String(text)) => {
            let (resource, attribute) = text.split_once('.').unwrap_or((&text, ""));
            json!({"Fn::GetAtt": [resource, attribute]})
        }
        (name, value) => {
            let mut object = Map::new();
            object.insert(format!("Fn::{name}"), value);
            Value::Object(object)
        }
    }
}

fn check_sections(sections: &Map<String, Value>) -> Result<(), ServiceError> {
    const KNOWN: [&str; 10] = [
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    ];
    let unknown: Vec<&str> = sections
        .keys()
        .map(String::as_str)
        .filter(|name| !KNOWN.contains(name))
        .collect();
    if !unknown.is_empty() {
        return Err(validation(format!(
            "Invalid template property or properties [{}]",
            unknown.join(", ")
        )));
    }
    for missing in ["Rules", "Transform"] {
        if sections.contains_key(missing) {
            return Err(validation(format!(
                "The embedded AWS does not evaluate the template section {missing}."
            )));
        }
    }
    match sections.get("AWSTemplateFormatVersion") {
        None => Ok(()),
        Some(Value::String(version)) if version == "2010-09-09" => Ok(()),
        Some(other) => Err(format(format_args!(
            "Unsupported template version: {}",
            other
                .as_str()
                .map_or_else(|| other.to_string(), str::to_owned)
        ))),
    }
}

fn section(name: &str, value: Option<Value>) -> Result<Map<String, Value>, ServiceError> {
    match value {
        None => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(format(format_args!("[/{name}] section must be an object"))),
    }
}

fn description(value: Option<Value>) -> Result<Option<String>, ServiceError> {
    match value {
        None => Ok(None),
        Some(Value::String(text)) if text.len() <= 1_024 => Ok(Some(text)),
        Some(Value::String(_)) => Err(format("'Description' length is greater than 1024.")),
        Some(_) => Err(format("'Description' must be a string.")),
    }
}

fn resource(id: String, value: Value) -> Result<Resource, ServiceError> {
    let at = format!("/Resources/{id}");
    if id.is_empty() || id.len() > 255 || !id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(format(format_args!(
            "Resource name {id} is non alphanumeric."
        )));
    }
    no_nulls(&at, &value)?;
    let Value::Object(mut members) = value else {
        return Err(format(format_args!(
            "[{at}] resource definition is malformed"
        )));
    };
    let kind = match members.remove("Type") {
        Some(Value::String(kind)) => kind,
        _ => {
            return Err(format(format_args!(
                "[{at}] Every Resources object must contain a Type member."
            )));
        }
    };
    let depends_on = match members.remove("DependsOn") {
        None => Vec::new(),
        Some(Value::String(one)) => vec![one],
        Some(many) => serde_json::from_value(many).map_err(|_| {
            format(format_args!(
                "[{at}/DependsOn] must be a string or a list of strings"
            ))
        })?,
    };
    let condition = match members.remove("Condition") {
        None => None,
        Some(Value::String(name)) => Some(name),
        Some(_) => return Err(format(format_args!("[{at}/Condition] must be a string"))),
    };
    let mut policy = |name: &str| policy(&at, name, members.remove(name));
    let deletion_policy = policy("DeletionPolicy")?;
    let update_replace_policy = policy("UpdateReplacePolicy")?;
    let metadata = members.remove("Metadata").unwrap_or_default();
    let properties = match members.remove("Properties") {
        None => json!({}),
        Some(properties @ Value::Object(_)) => properties,
        Some(_) => return Err(format(format_args!("[{at}/Properties] must be an object"))),
    };
    members
        .retain(|name, _| !["CreationPolicy", "UpdatePolicy", "Version"].contains(&name.as_str()));
    if let Some(name) = members.keys().next() {
        return Err(validation(format!(
            "Invalid template resource property '{name}'"
        )));
    }
    Ok(Resource {
        id,
        kind,
        condition,
        depends_on,
        deletion_policy,
        update_replace_policy,
        metadata,
        properties,
    })
}

fn policy(at: &str, name: &str, value: Option<Value>) -> Result<Policy, ServiceError> {
    match value.as_ref().map(Value::as_str) {
        None => Ok(Policy::Delete),
        Some(Some("Delete")) => Ok(Policy::Delete),
        Some(Some("Retain")) => Ok(Policy::Retain),
        Some(Some("Snapshot")) => Ok(Policy::Snapshot),
        Some(Some("RetainExceptOnCreate")) if name == "DeletionPolicy" => {
            Ok(Policy::RetainExceptOnCreate)
        }
        _ => Err(format(format_args!("[{at}] Unrecognized {name} value"))),
    }
}

fn check_kinds(resources: &[Resource]) -> Result<(), ServiceError> {
    let mut unknown: Vec<&str> = resources
        .iter()
        .map(|resource| resource.kind.as_str())
        .filter(|kind| kinds::find(kind).is_none())
        .collect();
    unknown.sort_unstable();
    unknown.dedup();
    if unknown.is_empty() {
        return Ok(());
    }
    Err(format(format_args!(
        "Unrecognized resource types: [{}]",
        unknown.join(", ")
    )))
}

fn output(name: String, value: Value) -> Result<Output, ServiceError> {
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(format(format_args!(
            "Output name {name} is non alphanumeric."
        )));
    }
    let at = format!("/Outputs/{name}");
    no_nulls(&at, &value)?;
    let Value::Object(mut members) = value else {
        return Err(format(format_args!("Output {name} is malformed.")));
    };
    let Some(value) = members.remove("Value") else {
        return Err(format("Every Outputs member must contain a Value object"));
    };
    let text = |value: Option<Value>| match value {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(format(format_args!("Output {name} is malformed."))),
    };
    let export = match members.remove("Export") {
        None => None,
        Some(Value::Object(mut export)) if export.contains_key("Name") => export.remove("Name"),
        Some(_) => {
            return Err(format(format_args!(
                "Output {name} is malformed. The Name field of every Export member must be \
                 specified."
            )));
        }
    };
    Ok(Output {
        condition: text(members.remove("Condition"))?,
        description: text(members.remove("Description"))?,
        value,
        export,
        name,
    })
}

fn no_nulls(at: &str, value: &Value) -> Result<(), ServiceError> {
    match value {
        Value::Null => Err(format(format_args!(
            "[{at}] 'null' values are not allowed in templates"
        ))),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| no_nulls(&format!("{at}/{index}"), item)),
        Value::Object(members) => members
            .iter()
            .try_for_each(|(name, member)| no_nulls(&format!("{at}/{name}"), member)),
        _ => Ok(()),
    }
}
