//! Tags of databases, tables and crawlers, kept under the ARN: `TagResource`, `UntagResource`,
//! `GetTags`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::crawler::CRAWLERS;
use super::database::DATABASES;
use super::table::TABLES;
use super::{catalog, error};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

const TAGS: &str = "glue.tags";
/// How many tags a resource has at most.
const MOST: usize = 50;

pub(super) type Tags = BTreeMap<String, String>;

/// The ARN of a resource of the caller: `database/sales`.
pub(super) fn arn(call: &Call<'_>, resource: &str) -> String {
    format!(
        "arn:aws:glue:{}:{}:{resource}",
        call.scope.region, call.scope.account
    )
}

pub(super) fn check(constraints: &mut Constraints, member: &str, tags: &Tags) {
    let keys: Vec<&String> = tags.keys().collect();
    constraints.count(member, Some(&keys), 0, MOST);
    for (key, value) in tags {
        constraints.length(&format!("{member}.key"), Some(key), 1, 128);
        constraints.length(&format!("{member}.value"), Some(value), 0, 256);
    }
}

/// Sets the tags of something that was just made.
pub(super) fn set(
    call: &Call<'_>,
    tx: &Tx<'_>,
    arn: &str,
    tags: Option<Tags>,
) -> Result<(), ServiceError> {
    match tags.filter(|tags| !tags.is_empty()) {
        Some(tags) => tx.put(&call.scope, TAGS, arn, &tags),
        None => Ok(()),
    }
}

/// Forgets the tags of something that is gone.
pub(super) fn drop_of(call: &Call<'_>, tx: &Tx<'_>, arn: &str) -> Result<(), ServiceError> {
    tx.delete(&call.scope, TAGS, arn).map(drop)
}

/// Refuses the ARN of what is not there.
fn require(call: &Call<'_>, tx: &Tx<'_>, arn: &str) -> Result<(), ServiceError> {
    let own = self::arn(call, "");
    let resource = arn
        .strip_prefix(&own)
        .ok_or_else(|| error::invalid(format!("{arn} is not an ARN of this catalog.")))?;
    let mut parts = resource.splitn(3, '/');
    let (collection, key) = match (parts.next(), parts.next(), parts.next()) {
        (Some("database"), Some(name), None) => (DATABASES, name.to_owned()),
        (Some("table"), Some(database), Some(table)) => {
            (TABLES, catalog::table_key(database, table))
        }
        (Some("crawler"), Some(name), None) => (CRAWLERS, name.to_owned()),
        _ => {
            return Err(error::invalid(format!(
                "The embedded Glue keeps tags of databases, tables and crawlers, not of {arn}."
            )));
        }
    };
    match tx.get::<Value>(&call.scope, collection, &key)? {
        Some(_) => Ok(()),
        None => Err(error::not_found(format!("Entity not found: {arn}"))),
    }
}

fn of(call: &Call<'_>, tx: &Tx<'_>, arn: &str) -> Result<Tags, ServiceError> {
    Ok(tx.get(&call.scope, TAGS, arn)?.unwrap_or_default())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TagInput {
    resource_arn: Option<String>,
    tags_to_add: Option<Tags>,
}

/// `TagResource`: adds tags, or gives them other values.
pub(super) fn tag_resource(
    input: TagInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let arn = constraints.required("resourceArn", input.resource_arn);
    let added = constraints.required("tagsToAdd", input.tags_to_add);
    check(&mut constraints, "tagsToAdd", &added);
    constraints.check(error::INVALID_INPUT)?;
    require(call, tx, &arn)?;
    let mut tags = of(call, tx, &arn)?;
    tags.extend(added);
    if tags.len() > MOST {
        return Err(error::invalid(format!(
            "A resource has {MOST} tags at most."
        )));
    }
    tx.put(&call.scope, TAGS, &arn, &tags)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UntagInput {
    resource_arn: Option<String>,
    tags_to_remove: Option<Vec<String>>,
}

/// `UntagResource`. A tag that is not there is no error.
pub(super) fn untag_resource(
    input: UntagInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let arn = constraints.required("resourceArn", input.resource_arn);
    let removed = constraints.required("tagsToRemove", input.tags_to_remove);
    constraints.count("tagsToRemove", Some(&removed), 0, MOST);
    constraints.check(error::INVALID_INPUT)?;
    require(call, tx, &arn)?;
    let mut tags = of(call, tx, &arn)?;
    tags.retain(|key, _| !removed.contains(key));
    tx.put(&call.scope, TAGS, &arn, &tags)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetInput {
    resource_arn: Option<String>,
}

/// `GetTags`.
pub(super) fn get_tags(
    input: GetInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let arn = constraints.required("resourceArn", input.resource_arn);
    constraints.check(error::INVALID_INPUT)?;
    require(call, tx, &arn)?;
    Ok(json!({"Tags": of(call, tx, &arn)?}))
}
