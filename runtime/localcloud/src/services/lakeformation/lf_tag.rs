//! LF-Tags: `CreateLFTag`, `GetLFTag`, `UpdateLFTag`, `DeleteLFTag`, `ListLFTags`.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::list_permissions::page_size;
use super::resource::{Resource, Target, lowered};
use super::{authority, error, own_catalog, tagging};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

const TAGS: &str = "lakeformation.tags";
/// Lake Formation's limits: values in one request, and of one tag.
const MOST_VALUES_AT_ONCE: usize = 50;
const MOST_VALUES: usize = 1000;

/// A tag with the values that it can take, all in lower case.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Tag {
    key: String,
    pub(super) values: BTreeSet<String>,
}

impl Tag {
    fn show(&self, catalog: &str) -> Value {
        json!({"CatalogId": catalog, "TagKey": self.key, "TagValues": self.values})
    }
}

/// The tag of this key.
pub(super) fn find(tx: &Tx<'_>, scope: &Scope, key: &str) -> Result<Option<Tag>, ServiceError> {
    tx.get(scope, TAGS, key)
}

/// # Errors
/// `EntityNotFoundException`.
pub(super) fn require(tx: &Tx<'_>, scope: &Scope, key: &str) -> Result<Tag, ServiceError> {
    find(tx, scope, key)?.ok_or_else(|| error::not_found(format!("Tag key {key} does not exist")))
}

/// The tag is there and can take the values.
///
/// # Errors
/// `EntityNotFoundException`.
pub(super) fn require_values(
    tx: &Tx<'_>,
    scope: &Scope,
    key: &str,
    values: &BTreeSet<String>,
) -> Result<(), ServiceError> {
    let tag = require(tx, scope, key)?;
    match values
        .iter()
        .find(|value| *value != "*" && !tag.values.contains(*value))
    {
        Some(unknown) => Err(error::not_found(format!(
            "Tag key {key} has no value {unknown}"
        ))),
        None => Ok(()),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    catalog_id: Option<String>,
    tag_key: Option<String>,
    tag_values: Option<Vec<String>>,
}

/// `CreateLFTag`.
pub(super) fn create(
    input: CreateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    own_catalog(input.catalog_id.as_deref(), call)?;
    let mut constraints = Constraints::new();
    let key = constraints.required("tagKey", input.tag_key);
    constraints.length("tagKey", Some(&key), 1, 128);
    constraints.pattern("tagKey", Some(&key), r"[^\n,&=]*");
    let values = constraints.required("tagValues", input.tag_values);
    check_values(&mut constraints, "tagValues", &values);
    constraints.check(error::INVALID_INPUT)?;
    let catalog = Resource::new(&call.scope.account, Target::Catalog);
    authority::require(tx, call, &catalog, "CREATE_LF_TAG")?;
    let tag = Tag {
        key: key.to_lowercase(),
        values: lowered(&values),
    };
    if !tx.insert(&call.scope, TAGS, &tag.key, &tag)? {
        return Err(error::exists(format!("Tag key {} already exists", tag.key)));
    }
    Ok(json!({}))
}

fn check_values(constraints: &mut Constraints, member: &str, values: &[String]) {
    constraints.count(member, Some(values), 1, MOST_VALUES_AT_ONCE);
    for value in values {
        constraints.length(member, Some(value), 1, 256);
        constraints.pattern(member, Some(value), r"[^\n,&=]*");
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneInput {
    catalog_id: Option<String>,
    #[serde(default)]
    tag_key: String,
}

/// `GetLFTag`.
pub(super) fn get(input: OneInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    own_catalog(input.catalog_id.as_deref(), call)?;
    let tag = require(tx, &call.scope, &input.tag_key.to_lowercase())?;
    Ok(tag.show(&call.scope.account))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    catalog_id: Option<String>,
    #[serde(default)]
    tag_key: String,
    tag_values_to_delete: Option<Vec<String>>,
    tag_values_to_add: Option<Vec<String>>,
}

/// `UpdateLFTag`. A value that a resource has cannot go.
pub(super) fn update(
    input: UpdateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    own_catalog(input.catalog_id.as_deref(), call)?;
    let mut tag = require(tx, &call.scope, &input.tag_key.to_lowercase())?;
    let mut constraints = Constraints::new();
    for (member, values) in [
        ("tagValuesToDelete", &input.tag_values_to_delete),
        ("tagValuesToAdd", &input.tag_values_to_add),
    ] {
        if let Some(values) = values {
            check_values(&mut constraints, member, values);
        }
    }
    constraints.check(error::INVALID_INPUT)?;
    authority::require(tx, call, &key_resource(call, &tag.key), "ALTER")?;
    for value in lowered(&input.tag_values_to_delete.unwrap_or_default()) {
        if tagging::is_used(tx, &call.scope, &tag.key, Some(&value))? {
            return Err(error::invalid(format!(
                "Update not allowed. Tag value {value} is assigned to a resource: remove it there \
                 first."
            )));
        }
        tag.values.remove(&value);
    }
    tag.values
        .extend(lowered(&input.tag_values_to_add.unwrap_or_default()));
    if tag.values.is_empty() {
        return Err(error::invalid("A tag needs at least one value."));
    }
    if tag.values.len() > MOST_VALUES {
        return Err(error::too_many(format!(
            "A tag can have at most {MOST_VALUES} values."
        )));
    }
    tx.put(&call.scope, TAGS, &tag.key, &tag)?;
    Ok(json!({}))
}

/// The tag without values: what permissions on the tag itself are looked up by.
fn key_resource(call: &Call<'_>, key: &str) -> Resource {
    Resource::new(
        &call.scope.account,
        Target::Tag {
            key: key.to_owned(),
            values: BTreeSet::new(),
        },
    )
}

/// `DeleteLFTag`. The resources that had the tag lose it.
pub(super) fn delete(input: OneInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    own_catalog(input.catalog_id.as_deref(), call)?;
    let tag = require(tx, &call.scope, &input.tag_key.to_lowercase())?;
    authority::require(tx, call, &key_resource(call, &tag.key), "DROP")?;
    tagging::forget(tx, &call.scope, &tag.key)?;
    tx.delete(&call.scope, TAGS, &tag.key)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    catalog_id: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

/// `ListLFTags`, by key.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    own_catalog(input.catalog_id.as_deref(), call)?;
    let (tags, next) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: TAGS,
            prefix: "",
        },
        input.next_token.as_deref(),
        page_size(input.max_results)?,
        error::bad_token,
        |_: &Tag| true,
    )?;
    let shown: Vec<Value> = tags
        .iter()
        .map(|tag| tag.show(&call.scope.account))
        .collect();
    Ok(json!({"LFTags": shown, "NextToken": next}))
}
