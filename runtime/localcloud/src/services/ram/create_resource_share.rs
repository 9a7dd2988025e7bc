//! `CreateResourceShare`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::admit::{self, delay_ms};
use super::consumer::Consumer;
use super::share::{Maker, Share};
use super::{error, idempotency};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    #[serde(default)]
    name: String,
    #[serde(default)]
    resource_arns: Vec<String>,
    #[serde(default)]
    principals: Vec<String>,
    #[serde(default)]
    tags: Vec<Tag>,
    allow_external_principals: Option<bool>,
    client_token: Option<String>,
    resource_share_configuration: Option<Configuration>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Tag {
    key: String,
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Configuration {
    retain_sharing_on_account_leave_organization: Option<bool>,
}

pub(super) fn create_resource_share(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let token = input.client_token.clone();
    idempotency::once(call, tx, token.as_deref(), || create(input, call, tx))
}

fn create(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    check_name(&input.name)?;
    let tags: BTreeMap<String, String> = input
        .tags
        .into_iter()
        .map(|tag| (tag.key, tag.value))
        .collect();
    if tags.len() > 50 {
        return Err(ServiceError::bad_request(
            "TagLimitExceededException",
            "A resource share can't have more than 50 tags.",
        ));
    }
    let share = Share {
        id: call.cloud.uuid(),
        owner: call.scope.account.clone(),
        region: call.scope.region.clone(),
        name: input.name,
        maker: Maker::Customer,
        allow_external: input.allow_external_principals.unwrap_or(true),
        retain_on_leave: input
            .resource_share_configuration
            .and_then(|chosen| chosen.retain_sharing_on_account_leave_organization)
            .unwrap_or(false),
        tags,
        created_ms: call.now_ms,
        updated_ms: call.now_ms,
        active_ms: call.now_ms + delay_ms(call),
        deletion: None,
    };
    share.save(tx)?;
    for arn in &input.resource_arns {
        admit::resource(tx, call, &share, arn)?;
    }
    for principal in &input.principals {
        admit::principal(tx, call, &share, &Consumer::parse(principal)?)?;
    }
    Ok(json!({"resourceShare": share.show(call.now_ms)}))
}

/// # Errors
/// `InvalidParameterException`.
pub(super) fn check_name(name: &str) -> Result<(), ServiceError> {
    if (1..=255).contains(&name.chars().count()) {
        return Ok(());
    }
    Err(error::invalid(
        "The name of a resource share must have 1 to 255 characters.",
    ))
}
