//! What a template's parts refer to, and whether all of it is there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Template;
use super::evaluate::variables;
use crate::error::ServiceError;
use crate::services::cloudformation::error::{format, template as broken};
use crate::services::cloudformation::kinds;

/// The pseudo parameters.
pub(super) const PSEUDO: [&str; 8] = [
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// One reference of a value to something else in the template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Reference {
    /// `Ref` of a parameter, a pseudo parameter or a resource.
    Name(String),
    /// `Fn::GetAtt`.
    Attribute(String, String),
    /// `Condition`, or the first argument of `Fn::If`.
    Condition(String),
}

/// Every reference in a value.
pub(in super::super) fn references(value: &Value) -> BTreeSet<Reference> {
    let mut found = BTreeSet::new();
    collect(value, &mut found);
    found
}

fn collect(value: &Value, found: &mut BTreeSet<Reference>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(members) => {
            let only = (members.len() == 1)
                .then(|| members.iter().next())
                .flatten();
            match only {
                Some((name, Value::String(target))) if name == "Ref" => {
                    found.insert(Reference::Name(target.clone()));
                }
                Some((name, Value::String(target))) if name == "Condition" => {
                    found.insert(Reference::Condition(target.clone()));
                }
                Some((name, argument)) if name == "Fn::GetAtt" => attribute(argument, found),
                Some((name, argument)) if name == "Fn::Sub" => substituted(argument, found),
                Some((name, Value::Array(arguments))) if name == "Fn::If" => {
                    if let Some(condition) = arguments.first().and_then(Value::as_str) {
                        found.insert(Reference::Condition(condition.to_owned()));
                    }
                    arguments
                        .iter()
                        .skip(1)
                        .for_each(|item| collect(item, found));
                }
                _ => members.values().for_each(|member| collect(member, found)),
            }
        }
        _ => {}
    }
}

fn attribute(argument: &Value, found: &mut BTreeSet<Reference>) {
    if let Some((resource, attribute)) = get_att(argument) {
        found.insert(Reference::Attribute(resource, attribute));
    }
    if let Value::Array(parts) = argument {
        parts.iter().skip(1).for_each(|part| collect(part, found));
    }
}

/// Resource and attribute of a `Fn::GetAtt` whose attribute is a text.
pub(super) fn get_att(argument: &Value) -> Option<(String, String)> {
    match argument {
        Value::String(text) => {
            let (resource, attribute) = text.split_once('.')?;
            Some((resource.to_owned(), attribute.to_owned()))
        }
        Value::Array(parts) => match parts.as_slice() {
            [Value::String(resource), Value::String(attribute)] => {
                Some((resource.clone(), attribute.clone()))
            }
            _ => None,
        },
        _ => None,
    }
}

fn substituted(argument: &Value, found: &mut BTreeSet<Reference>) {
    let (text, own) = match argument {
        Value::String(text) => (text.as_str(), None),
        Value::Array(parts) => (
            parts.first().and_then(Value::as_str).unwrap_or_default(),
            parts.get(1),
        ),
        _ => return,
    };
    for variable in variables(text) {
        if own.is_some_and(|own| own.get(variable).is_some()) {
            continue;
        }
        found.insert(match variable.split_once('.') {
            Some((resource, attribute)) => {
                Reference::Attribute(resource.to_owned(), attribute.to_owned())
            }
            None => Reference::Name(variable.to_owned()),
        });
    }
    if let Some(own) = own {
        collect(own, found);
    }
}

/// Refuses what refers to nothing, and what refers to itself in a circle.
pub(super) fn check(template: &Template) -> Result<(), ServiceError> {
    conditions(template)?;
    let mut unresolved = BTreeSet::new();
    let mut edges: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for resource in &template.resources {
        known_condition(template, resource.condition.as_deref(), "Resources")?;
        let mut needs = needed(template, &resource.properties, "Resources", &mut unresolved)?;
        needs.extend(resource.depends_on.iter().cloned());
        unresolved.extend(
            resource
                .depends_on
                .iter()
                .filter(|id| template.resource(id).is_none())
                .cloned(),
        );
        edges.insert(&resource.id, needs);
    }
    refuse(&unresolved, "Resources")?;
    let mut unresolved = BTreeSet::new();
    for output in &template.outputs {
        known_condition(template, output.condition.as_deref(), "Outputs")?;
        needed(template, &output.value, "Outputs", &mut unresolved)?;
        if let Some(export) = &output.export {
            needed(template, export, "Outputs", &mut unresolved)?;
        }
    }
    refuse(&unresolved, "Outputs")?;
    circles(&edges)
}

fn refuse(unresolved: &BTreeSet<String>, block: &str) -> Result<(), ServiceError> {
    if unresolved.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = unresolved.iter().map(String::as_str).collect();
    Err(format(format_args!(
        "Unresolved resource dependencies [{}] in the {block} block of the template",
        names.join(", ")
    )))
}

fn known_condition(
    template: &Template,
    name: Option<&str>,
    block: &str,
) -> Result<(), ServiceError> {
    match name.filter(|name| !template.conditions.contains_key(*name)) {
        None => Ok(()),
        Some(name) => Err(format(format_args!(
            "Unresolved condition dependency {name} in the {block} block of the template"
        ))),
    }
}

/// The resources that a value needs.
fn needed(
    template: &Template,
    value: &Value,
    block: &str,
    unresolved: &mut BTreeSet<String>,
) -> Result<BTreeSet<String>, ServiceError> {
    let mut needs = BTreeSet::new();
    for reference in references(value) {
        match reference {
            Reference::Name(name) if is_parameter(template, &name) => {}
            Reference::Name(name) if template.resource(&name).is_some() => {
                needs.insert(name);
            }
            Reference::Name(name) => {
                unresolved.insert(name);
            }
            Reference::Attribute(id, attribute) => {
                let Some(resource) = template.resource(&id) else {
                    return Err(broken(format_args!(
                        "instance of Fn::GetAtt references undefined resource {id}"
                    )));
                };
                let known = kinds::find(&resource.kind)
                    .is_some_and(|kind| kind.attributes.contains(&attribute.as_str()));
                if !known {
                    return Err(broken(format_args!(
                        "resource {id} does not support attribute type {attribute} in Fn::GetAtt"
                    )));
                }
                needs.insert(id);
            }
            Reference::Condition(name) => known_condition(template, Some(&name), block)?,
        }
    }
    Ok(needs)
}

fn is_parameter(template: &Template, name: &str) -> bool {
    PSEUDO.contains(&name)
        || template
            .parameters
            .iter()
            .any(|parameter| parameter.name == name)
}

/// Conditions refer to parameters and to each other, and to nothing else.
fn conditions(template: &Template) -> Result<(), ServiceError> {
    let mut unresolved = BTreeSet::new();
    let mut edges: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (condition, value) in &template.conditions {
        let mut needs = BTreeSet::new();
        for reference in references(value) {
            match reference {
                Reference::Name(name) if is_parameter(template, &name) => {}
                Reference::Name(name) | Reference::Attribute(name, _) => {
                    unresolved.insert(name);
                }
                Reference::Condition(name) => {
                    known_condition(template, Some(&name), "Conditions")?;
                    needs.insert(name);
                }
            }
        }
        edges.insert(condition, needs);
    }
    if let Some(name) = unresolved.iter().next() {
        return Err(format(format_args!(
            "Unresolved dependencies [{name}]. Cannot reference resources in the Conditions block \
             of the template"
        )));
    }
    match circle(&edges) {
        None => Ok(()),
        Some(names) => Err(format(format_args!(
            "Circular dependencies for conditions: [{}]",
            names.join(", ")
        ))),
    }
}

fn circles(edges: &BTreeMap<&str, BTreeSet<String>>) -> Result<(), ServiceError> {
    match circle(edges) {
        None => Ok(()),
        Some(names) => Err(crate::services::cloudformation::error::validation(format!(
            "Circular dependency between resources: [{}]",
            names.join(", ")
        ))),
    }
}

/// What is left when everything without open needs has been taken away, again and again.
fn circle<'e>(edges: &BTreeMap<&'e str, BTreeSet<String>>) -> Option<Vec<&'e str>> {
    let mut left = edges.clone();
    loop {
        let free: Vec<&str> = left
            .iter()
            .filter(|(_, needs)| !needs.iter().any(|need| left.contains_key(need.as_str())))
            .map(|(name, _)| *name)
            .collect();
        if free.is_empty() {
            break;
        }
        left.retain(|name, _| !free.contains(name));
    }
    // What only hangs on the circle is not part of it.
    loop {
        let hanging: Vec<&str> = left
            .keys()
            .filter(|name| !left.values().any(|needs| needs.contains(**name)))
            .copied()
            .collect();
        if hanging.is_empty() {
            break;
        }
        left.retain(|name, _| !hanging.contains(name));
    }
    let names: Vec<&str> = left.into_keys().collect();
    (!names.is_empty()).then_some(names)
}
