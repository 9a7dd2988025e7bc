//! `TagResource`, `UntagResource`, `ListTagsForResource`: the tags of rules and buses, stored under
//! the ARN.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{arn, bus, error, rule};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::{Scope, Tx};

const TAGS: &str = "events.tags";
/// Tags per resource.
const MAX_TAGS: usize = 50;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    #[serde(default)]
    key: String,
    #[serde(default)]
    value: String,
}

/// Adds tags to a resource, over those with the same keys.
pub(super) fn set(
    scope: &Scope,
    tx: &Tx<'_>,
    arn: &str,
    tags: Vec<Tag>,
) -> Result<(), ServiceError> {
    let mut constraints = Constraints::new();
    for (index, tag) in tags.iter().enumerate() {
        let member = |name: &str| format!("tags.{}.member.{name}", index + 1);
        constraints.length(&member("key"), Some(&tag.key), 1, 128);
        constraints.length(&member("value"), Some(&tag.value), 0, 256);
    }
    constraints.check(error::VALIDATION)?;
    if tags.is_empty() {
        return Ok(());
    }
    let mut known = of(scope, tx, arn)?;
    known.extend(tags.into_iter().map(|tag| (tag.key, tag.value)));
    if known.len() > MAX_TAGS {
        return Err(error::validation(format!(
            "A resource can have at most {MAX_TAGS} tags."
        )));
    }
    tx.put(scope, TAGS, arn, &known)
}

/// Drops all tags of a resource that goes.
pub(super) fn forget(scope: &Scope, tx: &Tx<'_>, arn: &str) -> Result<(), ServiceError> {
    tx.delete(scope, TAGS, arn).map(|_| ())
}

fn of(scope: &Scope, tx: &Tx<'_>, arn: &str) -> Result<BTreeMap<String, String>, ServiceError> {
    Ok(tx.get(scope, TAGS, arn)?.unwrap_or_default())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    #[serde(rename = "ResourceARN")]
    resource_arn: Option<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default)]
    tag_keys: Vec<String>,
}

impl Input {
    /// The ARN, of a rule or a bus of the caller's that is there.
    fn resource(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<String, ServiceError> {
        let mut constraints = Constraints::new();
        let arn = constraints.required("resourceARN", self.resource_arn.clone());
        constraints.length("resourceARN", Some(&arn), 1, 1600);
        constraints.check(error::VALIDATION)?;
        if let Some((scope, path)) = arn::named(&arn, "rule/") {
            let (bus, name) = path.rsplit_once('/').unwrap_or((bus::DEFAULT, path));
            if scope != call.scope {
                return Err(error::not_found(format!(
                    "Rule {name} does not exist on EventBus {bus}."
                )));
            }
            rule::require(&scope, tx, bus, name)?;
            return Ok(arn);
        }
        if let Some((scope, name)) = arn::named(&arn, "event-bus/") {
            if scope != call.scope {
                return Err(error::not_found(format!(
                    "Event bus {name} does not exist."
                )));
            }
            bus::require(&scope, tx, name)?;
            return Ok(arn);
        }
        Err(error::validation(format!(
            "Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
        )))
    }
}

pub(super) fn tag_resource(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let arn = input.resource(call, tx)?;
    set(&call.scope, tx, &arn, input.tags)?;
    Ok(json!({}))
}

pub(super) fn untag_resource(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let arn = input.resource(call, tx)?;
    let mut tags = of(&call.scope, tx, &arn)?;
    tags.retain(|key, _| !input.tag_keys.contains(key));
    tx.put(&call.scope, TAGS, &arn, &tags)?;
    Ok(json!({}))
}

pub(super) fn list_tags_for_resource(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let arn = input.resource(call, tx)?;
    let tags: Vec<Value> = of(&call.scope, tx, &arn)?
        .into_iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect();
    Ok(json!({"Tags": tags}))
}
