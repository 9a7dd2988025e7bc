//! What an update would change, resource by resource, before it is done.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::kinds::{self, Change, Property};
use super::operation;
use super::outputs;
use super::stack::{self, Definition, Stack, StackResource};
use super::template::{
    Evaluator, KNOWN_AFTER_APPLY, Reference, Resource, Resources, Template, Values, references,
};
use crate::error::ServiceError;
use crate::inside::Inside;

/// The stack's resources as they will be: what is new or replaced is known after it was made.
struct Preview<'a> {
    resources: &'a BTreeMap<String, StackResource>,
    unknown: BTreeSet<String>,
    inside: &'a Inside<'a>,
}

impl Preview<'_> {
    fn current(&self, id: &str) -> Option<&StackResource> {
        let is_there = |resource: &&StackResource| resource.physical_id.is_some();
        self.resources
            .get(id)
            .filter(is_there)
            .filter(|_| !self.unknown.contains(id))
    }
}

impl Resources for Preview<'_> {
    fn reference(&self, id: &str) -> Option<Value> {
        match self.current(id) {
            Some(resource) => resource.physical_id.clone().map(Value::from),
            None => Some(Value::from(KNOWN_AFTER_APPLY)),
        }
    }

    fn attribute(&self, id: &str, name: &str) -> Option<Value> {
        match self.current(id) {
            Some(resource) => resource.attributes.get(name).cloned(),
            None => Some(Value::from(KNOWN_AFTER_APPLY)),
        }
    }

    fn import(&self, name: &str) -> Result<Option<Value>, ServiceError> {
        outputs::exported(name, self.inside)
    }
}

/// What changes.
pub(super) struct Changes {
    /// As `DescribeChangeSet` shows them, each with a resource.
    pub(super) resources: Vec<Value>,
    /// Whether anything at all is new: outputs, tags and policies, too.
    pub(super) any: bool,
}

/// Compares the stack with what `wanted` makes of it.
///
/// # Errors
/// `ValidationError` (400) for a template that cannot be evaluated, and for a resource whose type
/// changes.
pub(super) fn between(
    stack: &Stack,
    wanted: &Definition,
    template: &Template,
    inside: &Inside<'_>,
) -> Result<Changes, ServiceError> {
    let old_template = if stack.definition.template.is_empty() {
        None
    } else {
        stack.template().ok()
    };
    check_kinds(stack, template)?;
    let values = stack::values(&stack.id, &stack.name, wanted, template, &inside.call.scope);
    let mut preview = Preview {
        resources: &stack.resources,
        unknown: BTreeSet::new(),
        inside,
    };
    let mut resources = Vec::new();
    let mut kept = BTreeSet::new();
    for resource in ordered(template) {
        let evaluator = Evaluator::new(template, &values, &preview);
        if !evaluator.holds(resource.condition.as_deref())? {
            continue;
        }
        kept.insert(resource.id.clone());
        let properties = evaluator.object(&resource.properties)?;
        let properties = kinds::with_stack_tags(&resource.kind, properties, &wanted.tags);
        let current = preview.current(&resource.id).cloned();
        let Some(current) = current else {
            preview.unknown.insert(resource.id.clone());
            resources.push(json!({
                "Action": "Add",
                "LogicalResourceId": resource.id,
                "ResourceType": resource.kind,
                "Scope": [],
                "Details": [],
                "AfterContext": json!({"Properties": properties}).to_string(),
            }));
            continue;
        };
        let old = old_template
            .as_ref()
            .and_then(|template| template.resource(&resource.id));
        let compared = Compared {
            resource,
            old,
            current: &current,
            properties: &properties,
        };
        if let Some(change) =
            compared.change(&stack.definition.parameters, &wanted.parameters, &preview)
        {
            if change["Replacement"] == "True" {
                preview.unknown.insert(resource.id.clone());
            }
            resources.push(change);
        }
    }
    for dropped in stack.resources.values() {
        if kept.contains(&dropped.id)
            || dropped.physical_id.is_none()
            || dropped.status == "DELETE_COMPLETE"
        {
            continue;
        }
        resources.push(json!({
            "PolicyAction": if dropped.deletion_policy.retains(false) { "Retain" } else { "Delete" },
            "Action": "Remove",
            "LogicalResourceId": dropped.id,
            "PhysicalResourceId": dropped.physical_id,
            "ResourceType": dropped.kind,
            "Scope": [],
            "Details": [],
            "BeforeContext": json!({"Properties": dropped.properties}).to_string(),
        }));
    }
    resources.sort_by_key(|change| change["LogicalResourceId"].as_str().map(str::to_owned));
    let sections = old_template.is_none_or(|old| {
        let shown = |template: &Template| {
            let outputs: Vec<Value> = template
                .outputs
                .iter()
                .map(|output| {
                    json!([
                        output.name,
                        output.value,
                        output.export,
                        output.condition,
                        output.description
                    ])
                })
                .collect();
            let policies: BTreeMap<String, Value> = template
                .resources
                .iter()
                .map(|resource| {
                    let policies = (
                        resource.deletion_policy.name(),
                        resource.update_replace_policy.name(),
                    );
                    (resource.id.clone(), json!([policies.0, policies.1]))
                })
                .collect();
            json!([outputs, policies, template.description])
        };
        shown(&old) != shown(template)
    });
    let any = !resources.is_empty() || sections || stack.definition.tags != wanted.tags;
    Ok(Changes { resources, any })
}

/// The resources, each behind what it needs.
fn ordered(template: &Template) -> Vec<&Resource> {
    let mut ordered: Vec<&Resource> = Vec::new();
    let mut left: Vec<&Resource> = template.resources.iter().collect();
    while !left.is_empty() {
        let before = left.len();
        left.retain(|resource| {
            let ready = operation::needs(resource, template)
                .iter()
                .all(|need| ordered.iter().any(|done| done.id == *need));
            if ready {
                ordered.push(resource);
            }
            !ready
        });
        if left.len() == before {
            break;
        }
    }
    ordered
}

fn check_kinds(stack: &Stack, template: &Template) -> Result<(), ServiceError> {
    let changed: Vec<&str> = template
        .resources
        .iter()
        .filter(|resource| {
            let known = stack.resources.get(&resource.id);
            known.is_some_and(|known| known.physical_id.is_some() && known.kind != resource.kind)
        })
        .map(|resource| resource.id.as_str())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    Err(super::error::validation(format!(
        "Update of resource type is not permitted. The new template modifies resource type of the \
         following resources: [{}]",
        changed.join(", ")
    )))
}

/// One resource that is there, and as it shall be.
struct Compared<'a> {
    resource: &'a Resource,
    old: Option<&'a Resource>,
    current: &'a StackResource,
    properties: &'a Value,
}

impl Compared<'_> {
    fn change(
        &self,
        old_values: &Values,
        new_values: &Values,
        preview: &Preview<'_>,
    ) -> Option<Value> {
        let kind = kinds::find(&self.resource.kind)?;
        let changed = kind.changed(&self.current.properties, self.properties);
        let metadata = self.current.metadata != self.resource.metadata;
        if changed.is_empty() && !metadata && !self.current.status.ends_with("_FAILED") {
            return None;
        }
        let mut details = Vec::new();
        let mut scope = BTreeSet::new();
        let (mut always, mut perhaps) = (false, false);
        for property in changed {
            let attribute = if property.name == "Tags" {
                "Tags"
            } else {
                "Properties"
            };
            scope.insert(attribute);
            let dynamic = contains_unknown(&self.properties[property.name]);
            match (property.change, dynamic) {
                (Change::Replaces, false) => always = true,
                (Change::Replaces, true) => perhaps = true,
                (Change::InPlace, _) => {}
            }
            details.extend(self.details(
                property, attribute, dynamic, old_values, new_values, preview,
            ));
        }
        if metadata {
            scope.insert("Metadata");
            details.push(json!({
                "Target": {"Attribute": "Metadata", "RequiresRecreation": "Never"},
                "Evaluation": "Static",
                "ChangeSource": "DirectModification",
            }));
        }
        let replacement = match (always, perhaps) {
            (true, _) => "True",
            (false, true) => "Conditional",
            (false, false) => "False",
        };
        let policy = match (
            always || perhaps,
            self.resource.update_replace_policy.retains(false),
        ) {
            (false, _) => Value::Null,
            (true, true) => json!("ReplaceAndRetain"),
            (true, false) => json!("ReplaceAndDelete"),
        };
        Some(json!({
            "PolicyAction": policy,
            "Action": "Modify",
            "LogicalResourceId": self.resource.id,
            "PhysicalResourceId": self.current.physical_id,
            "ResourceType": self.resource.kind,
            "Replacement": replacement,
            "Scope": scope.into_iter().collect::<Vec<_>>(),
            "Details": details,
            "BeforeContext": json!({"Properties": self.current.properties}).to_string(),
            "AfterContext": json!({"Properties": self.properties}).to_string(),
        }))
    }

    /// Why a property changes: it was edited, or something that it refers to changes.
    fn details(
        &self,
        property: &Property,
        attribute: &str,
        dynamic: bool,
        old_values: &Values,
        new_values: &Values,
        preview: &Preview<'_>,
    ) -> Vec<Value> {
        let raw = &self.resource.properties[property.name];
        let edited = self
            .old
            .is_none_or(|old| old.properties[property.name] != *raw);
        let recreation = match (property.change, dynamic) {
            (Change::InPlace, _) => "Never",
            (Change::Replaces, false) => "Always",
            (Change::Replaces, true) => "Conditionally",
        };
        let shown = |value: Option<&Value>| {
            value.map(|value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            })
        };
        let detail = |evaluation: &str, source: &str, cause: Option<String>| {
            json!({
                "Target": {
                    "Attribute": attribute,
                    "Name": (attribute == "Properties").then_some(property.name),
                    "RequiresRecreation": recreation,
                    "Path": format!("/{attribute}{}", if attribute == "Properties" { format!("/{}", property.name) } else { String::new() }),
                    "BeforeValue": shown(self.current.properties.get(property.name)),
                    "AfterValue": shown(self.properties.get(property.name)),
                },
                "Evaluation": evaluation,
                "ChangeSource": source,
                "CausingEntity": cause,
            })
        };
        let mut details = Vec::new();
        for reference in references(raw) {
            match reference {
                Reference::Name(name) if old_values.get(&name) != new_values.get(&name) => {
                    details.push(detail("Static", "ParameterReference", Some(name)));
                }
                Reference::Name(id) if preview.unknown.contains(&id) => {
                    details.push(detail("Dynamic", "ResourceReference", Some(id)));
                }
                Reference::Attribute(id, name) if preview.unknown.contains(&id) => {
                    details.push(detail(
                        "Dynamic",
                        "ResourceAttribute",
                        Some(format!("{id}.{name}")),
                    ));
                }
                _ => {}
            }
        }
        if edited || details.is_empty() {
            details.push(detail(
                if dynamic { "Dynamic" } else { "Static" },
                "DirectModification",
                None,
            ));
        }
        details
    }
}

fn contains_unknown(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains(KNOWN_AFTER_APPLY),
        Value::Array(items) => items.iter().any(contains_unknown),
        Value::Object(members) => members.values().any(contains_unknown),
        _ => false,
    }
}
