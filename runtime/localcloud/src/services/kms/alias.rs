//! Aliases: other names of keys.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{error, key};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

const ALIASES: &str = "kms.aliases";

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Alias {
    name: String,
    key: String,
    created_ms: i64,
    updated_ms: i64,
}

fn arn(call: &Call<'_>, name: &str) -> String {
    format!(
        "arn:aws:kms:{}:{}:{name}",
        call.scope.region, call.scope.account
    )
}

/// The id of the key that an alias stands for.
pub(super) fn target(
    call: &Call<'_>,
    tx: &Tx<'_>,
    name: &str,
) -> Result<Option<String>, ServiceError> {
    let alias: Option<Alias> = tx.get(&call.scope, ALIASES, name)?;
    Ok(alias.map(|alias| alias.key))
}

fn check(name: &str) -> Result<(), ServiceError> {
    let mut constraints = Constraints::new();
    constraints.length("aliasName", Some(name), 1, 256);
    constraints.pattern("aliasName", Some(name), "[a-zA-Z0-9:/_-]+");
    constraints.check("ValidationException")?;
    if !name.starts_with("alias/") || name.len() == "alias/".len() {
        // `InvalidAliasNameException` is in the service model; this is what the service answers.
        return Err(error::validation(
            "Alias must start with the prefix \"alias/\". Please see \
             https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html",
        ));
    }
    if name.starts_with("alias/aws/") {
        return Err(ServiceError::bad_request(
            "NotAuthorizedException",
            "The prefix alias/aws/ is reserved for AWS managed keys.",
        ));
    }
    Ok(())
}

fn require(call: &Call<'_>, tx: &Tx<'_>, name: &str) -> Result<Alias, ServiceError> {
    tx.get(&call.scope, ALIASES, name)?
        .ok_or_else(|| error::not_found(format!("Alias {} is not found.", arn(call, name))))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Target {
    alias_name: String,
    target_key_id: String,
}

/// `CreateAlias`.
pub(super) fn create(input: Target, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    check(&input.alias_name)?;
    let key = key::require(call, tx, &input.target_key_id)?;
    key.alive()?;
    let alias = Alias {
        name: input.alias_name,
        key: key.id,
        created_ms: call.now_ms,
        updated_ms: call.now_ms,
    };
    if !tx.insert(&call.scope, ALIASES, &alias.name, &alias)? {
        return Err(ServiceError::bad_request(
            "AlreadyExistsException",
            format!(
                "An alias with the name {} already exists",
                arn(call, &alias.name)
            ),
        ));
    }
    Ok(json!({}))
}

/// `UpdateAlias`: the same name for another key.
pub(super) fn update(input: Target, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    check(&input.alias_name)?;
    let mut alias = require(call, tx, &input.alias_name)?;
    let key = key::require(call, tx, &input.target_key_id)?;
    key.alive()?;
    alias.key = key.id;
    alias.updated_ms = call.now_ms;
    tx.put(&call.scope, ALIASES, &alias.name, &alias)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneAlias {
    alias_name: String,
}

/// `DeleteAlias`.
pub(super) fn delete(input: OneAlias, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    check(&input.alias_name)?;
    let alias = require(call, tx, &input.alias_name)?;
    tx.delete(&call.scope, ALIASES, &alias.name)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    key_id: Option<String>,
    limit: Option<i64>,
    marker: Option<String>,
}

/// `ListAliases`, by name, of one key or of all.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let wanted = match &input.key_id {
        Some(name) => Some(key::require(call, tx, name)?.id),
        None => None,
    };
    let (aliases, marker) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: ALIASES,
            prefix: "",
        },
        input.marker.as_deref(),
        key::page_size(input.limit, 50, 100)?,
        error::bad_marker,
        |alias: &Alias| wanted.as_ref().is_none_or(|key| *key == alias.key),
    )?;
    let aliases: Vec<Value> = aliases
        .iter()
        .map(|alias| {
            json!({
                "AliasName": alias.name,
                "AliasArn": arn(call, &alias.name),
                "TargetKeyId": alias.key,
                "CreationDate": epoch_seconds(alias.created_ms),
                "LastUpdatedDate": epoch_seconds(alias.updated_ms),
            })
        })
        .collect();
    let mut output = json!({"Aliases": aliases, "Truncated": marker.is_some()});
    if let Some(marker) = marker {
        output["NextMarker"] = Value::from(marker);
    }
    Ok(output)
}
