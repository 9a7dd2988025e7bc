//! The kinds of resources: what they take, and how they are made, changed, deleted and read in the
//! services that own them. One file a service.

mod dynamodb;
mod events;
mod glue;
mod iam;
mod kms;
mod s3;
mod sns;
mod sqs;
mod wait;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::error::ServiceError;
use crate::inside::{Inside, InsideError};

/// What a change of a property does to the resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It is changed where it is.
    InPlace,
    /// It is replaced by another.
    Replaces,
}

/// A property that a kind knows.
#[derive(Debug, Clone, Copy)]
pub(super) struct Property {
    pub(super) name: &'static str,
    pub(super) change: Change,
    required: bool,
}

const fn mutable(name: &'static str) -> Property {
    Property {
        name,
        change: Change::InPlace,
        required: false,
    }
}

const fn immutable(name: &'static str) -> Property {
    Property {
        name,
        change: Change::Replaces,
        required: false,
    }
}

impl Property {
    const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }
}

/// What is to be made.
#[derive(Debug)]
pub(super) struct Wanted<'a> {
    /// Evaluated.
    pub(super) properties: &'a Value,
    /// As the template names it, or a generated name.
    pub(super) name: String,
    pub(super) system_tags: Vec<(String, String)>,
}

impl Wanted<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        self.properties.get(name)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.get(name).and_then(text)
    }

    /// The tags of the stack, of the resource, and CloudFormation's own.
    fn tags(&self) -> BTreeMap<String, String> {
        let mut tags = tags_of(self.properties);
        tags.extend(self.system_tags.iter().cloned());
        tags
    }

    /// The same as a list of `Key` and `Value`.
    fn tag_list(&self) -> Value {
        let tags = self.tags();
        tags.iter()
            .map(|(key, value)| json!({"Key": key, "Value": value}))
            .collect()
    }
}

/// A resource that is there.
#[derive(Debug, Clone)]
pub(super) struct Made {
    pub(super) physical_id: String,
    pub(super) attributes: Map<String, Value>,
}

impl Made {
    fn new(physical_id: impl Into<String>, attributes: Value) -> Self {
        let attributes = match attributes {
            Value::Object(attributes) => attributes,
            _ => Map::new(),
        };
        Self {
            physical_id: physical_id.into(),
            attributes,
        }
    }
}

/// How a kind is made, changed, deleted and read.
pub(super) trait Handler: Sync {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError>;

    /// Brings the resource to `wanted`, whatever it was: nothing is taken from `old` but what must
    /// be removed.
    fn update(
        &self,
        physical_id: &str,
        old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError>;

    /// Deletes it; that it is not there is the service's error.
    fn delete(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError>;

    /// Those of its properties that can drift, as they are; an error that [`is_not_found`] if it is
    /// not there. `None` if the kind does not support drift detection.
    fn read(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError>;
}

/// A kind of resource.
pub(super) struct Kind {
    /// `AWS::S3::Bucket`.
    pub(super) name: &'static str,
    pub(super) properties: &'static [Property],
    /// What `Fn::GetAtt` knows.
    pub(super) attributes: &'static [&'static str],
    /// The property that names it.
    pub(super) named_by: Option<&'static str>,
    pub(super) handler: &'static dyn Handler,
}

/// Every kind.
fn all() -> impl Iterator<Item = &'static Kind> {
    [
        s3::KINDS,
        iam::KINDS,
        kms::KINDS,
        glue::KINDS,
        sqs::KINDS,
        sns::KINDS,
        dynamodb::KINDS,
        events::KINDS,
        wait::KINDS,
    ]
    .into_iter()
    .flatten()
}

pub(super) fn find(name: &str) -> Option<&'static Kind> {
    all().find(|kind| kind.name == name)
}

impl Kind {
    pub(super) fn property(&self, name: &str) -> Option<&Property> {
        self.properties
            .iter()
            .find(|property| property.name == name)
    }

    /// Refuses properties that the kind does not have, and misses those that it needs.
    pub(super) fn check(&self, id: &str, properties: &Value) -> Result<(), InsideError> {
        let given: Vec<&str> = properties
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name.as_str())
            .collect();
        let wrong = |what: String| {
            plainly(format!(
                "Properties validation failed for resource {id} with message:\n[{what}]"
            ))
            .into()
        };
        if let Some(unknown) = given.iter().find(|name| self.property(name).is_none()) {
            return Err(wrong(format!(
                "#: extraneous key [{unknown}] is not permitted"
            )));
        }
        let missing = self
            .properties
            .iter()
            .find(|property| property.required && !given.contains(&property.name));
        match missing {
            Some(missing) => Err(wrong(format!(
                "#: required key [{}] not found",
                missing.name
            ))),
            None => Ok(()),
        }
    }

    /// The properties that differ, in the order of the kind.
    pub(super) fn changed(&self, old: &Value, new: &Value) -> Vec<&'static Property> {
        self.properties
            .iter()
            .filter(|property| old.get(property.name) != new.get(property.name))
            .collect()
    }

    /// Whether such a change makes another resource.
    pub(super) fn replaces(&self, old: &Value, new: &Value) -> bool {
        self.changed(old, new)
            .iter()
            .any(|property| property.change == Change::Replaces)
    }
}

/// The code of an error that is told without a service's trimmings.
pub(super) const SAID_PLAINLY: &str = "CloudFormationSays";

/// An error in CloudFormation's own words.
pub(super) fn plainly(message: impl Into<String>) -> ServiceError {
    ServiceError::bad_request(SAID_PLAINLY, message)
}

/// Whether a service says that something is not there.
pub(super) fn is_not_found(error: &ServiceError) -> bool {
    let code = error.code.as_ref();
    error.status == 404
        || code.contains("NotFound")
        || code.starts_with("NoSuch")
        || code == "QueueDoesNotExist"
}

/// The properties with the stack's tags, if the kind has a list of tags; its own come first.
pub(super) fn with_stack_tags(
    kind: &str,
    mut properties: Value,
    stack_tags: &BTreeMap<String, String>,
) -> Value {
    let has_tags = find(kind).is_some_and(|kind| kind.property("Tags").is_some());
    let is_list = properties.get("Tags").is_none_or(Value::is_array);
    if stack_tags.is_empty() || !has_tags || !is_list || kind.starts_with("AWS::Glue::") {
        return properties;
    }
    let own = tags_of(&properties);
    let mut tags: Vec<Value> = properties["Tags"].as_array().cloned().unwrap_or_default();
    let new = stack_tags.iter().filter(|(key, _)| !own.contains_key(*key));
    tags.extend(new.map(|(key, value)| json!({"Key": key, "Value": value})));
    properties["Tags"] = Value::Array(tags);
    properties
}

/// A list of `Key` and `Value` as a map.
fn tags_of(properties: &Value) -> BTreeMap<String, String> {
    let tags = properties
        .get("Tags")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    tags.filter_map(|tag| Some((text(&tag["Key"])?, text(&tag["Value"])?)))
        .collect()
}

/// A list of tags without AWS's own, sorted: what can be compared.
fn plain_tags(tags: impl IntoIterator<Item = (String, String)>) -> Value {
    let mut tags: Vec<(String, String)> = tags
        .into_iter()
        .filter(|(key, _)| !key.starts_with("aws:"))
        .collect();
    tags.sort();
    tags.iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect()
}

/// A text, number or flag as text.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

/// A policy document as text, whether it is written as an object or as a text.
fn document(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A whole number, whether it is written as one or as text.
fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A flag, whether it is written as one or as text.
fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A list of texts; one text is a list of one.
fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(items)) => items.iter().filter_map(text).collect(),
        Some(one) => text(one).into_iter().collect(),
        None => Vec::new(),
    }
}

/// What an answer that is a list of one or many says, whether XML had one element or several.
fn many(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(items) => items.clone(),
        Value::Null => Vec::new(),
        Value::String(text) if text.trim().is_empty() => Vec::new(),
        one => vec![one.clone()],
    }
}
