//! `TagResource`, `UntagResource`, `ListTagsForResource`: of schedule groups only.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error;
use super::group::{self, Group};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

/// Tags per group.
const MOST: usize = 50;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Tag {
    key: String,
    value: String,
}

pub(super) fn check(constraints: &mut Constraints, tags: &[Tag]) {
    constraints.count("tags", Some(tags), 0, 200);
    for (index, tag) in tags.iter().enumerate() {
        let member = |name: &str| format!("tags.{}.member.{name}", index + 1);
        constraints.length(&member("key"), Some(&tag.key), 1, 128);
        constraints.length(&member("value"), Some(&tag.value), 1, 256);
    }
}

/// Adds tags, over those with the same keys.
pub(super) fn add(group: &mut Group, tags: Vec<Tag>) -> Result<(), ServiceError> {
    if tags.iter().any(|tag| tag.key.starts_with("aws:")) {
        return Err(error::validation("Tag keys cannot start with aws:."));
    }
    group
        .tags
        .extend(tags.into_iter().map(|tag| (tag.key, tag.value)));
    if group.tags.len() > MOST {
        return Err(error::validation(format!(
            "A schedule group cannot have more than {MOST} tags."
        )));
    }
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    resource_arn: String,
    #[serde(default)]
    tags: Vec<Tag>,
    #[serde(default, deserialize_with = "rest_json::list")]
    tag_keys: Vec<String>,
}

impl Input {
    fn group(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Group, ServiceError> {
        let mut constraints = Constraints::new();
        constraints.length("resourceArn", Some(&self.resource_arn), 1, 1011);
        constraints.pattern(
            "resourceArn",
            Some(&self.resource_arn),
            r"^arn:aws(-[a-z]+)?:scheduler:[a-z0-9\-]+:\d{12}:schedule-group\/[0-9a-zA-Z-_.]+$",
        );
        check(&mut constraints, &self.tags);
        constraints.count("tagKeys", Some(&self.tag_keys), 0, 200);
        constraints.check(error::VALIDATION)?;
        let (_, name) = self.resource_arn.rsplit_once('/').unwrap_or_default();
        if self.resource_arn != group::arn(&call.scope, name) {
            return Err(error::not_found(format!(
                "Resource {} does not exist.",
                self.resource_arn
            )));
        }
        group::require(name, call, tx)
    }
}

pub(super) fn tag(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut group = input.group(call, tx)?;
    add(&mut group, input.tags)?;
    group.save(&call.scope, tx)?;
    Ok(json!({}))
}

pub(super) fn untag(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut group = input.group(call, tx)?;
    group.tags.retain(|key, _| !input.tag_keys.contains(key));
    group.save(&call.scope, tx)?;
    Ok(json!({}))
}

pub(super) fn list(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let group = input.group(call, tx)?;
    let tags: Vec<Tag> = group
        .tags
        .into_iter()
        .map(|(key, value)| Tag { key, value })
        .collect();
    Ok(json!({"Tags": tags}))
}
