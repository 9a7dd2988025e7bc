//! Registered locations: `RegisterResource`, `UpdateResource`, `DescribeResource`, `ListResources`,
//! `DeregisterResource`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::error;
use super::list_permissions::page_size;
use crate::error::ServiceError;
use crate::identity::is_account;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

const LOCATIONS: &str = "lakeformation.locations";

/// `ResourceInfo`, stored and shown alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Location {
    resource_arn: String,
    role_arn: String,
    /// Seconds since the Unix epoch.
    last_modified: f64,
    with_federation: bool,
    hybrid_access_enabled: bool,
    with_privileged_access: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected_resource_owner_account: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RegisterInput {
    #[serde(default)]
    resource_arn: String,
    role_arn: Option<String>,
    use_service_linked_role: Option<bool>,
    with_federation: Option<bool>,
    hybrid_access_enabled: Option<bool>,
    with_privileged_access: Option<bool>,
    expected_resource_owner_account: Option<String>,
}

/// `RegisterResource`.
pub(super) fn register(
    input: RegisterInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let arn = check_arn(&input.resource_arn)?;
    let role = match (input.role_arn, input.use_service_linked_role) {
        (Some(_), Some(true)) => {
            return Err(error::invalid(
                "RoleArn and UseServiceLinkedRole cannot be set together.",
            ));
        }
        (Some(role), _) => check_role(role)?,
        (None, Some(true)) => format!(
            "arn:aws:iam::{}:role/aws-service-role/lakeformation.amazonaws.com/\
             AWSServiceRoleForLakeFormationDataAccess",
            call.scope.account
        ),
        (None, _) => {
            return Err(error::invalid(
                "Either RoleArn or UseServiceLinkedRole is mandatory.",
            ));
        }
    };
    let location = Location {
        resource_arn: arn.clone(),
        role_arn: role,
        last_modified: epoch_seconds(call.now_ms),
        with_federation: input.with_federation.unwrap_or_default(),
        hybrid_access_enabled: input.hybrid_access_enabled.unwrap_or_default(),
        with_privileged_access: input.with_privileged_access.unwrap_or_default(),
        expected_resource_owner_account: input.expected_resource_owner_account,
    };
    if !tx.insert(&call.scope, LOCATIONS, &arn, &location)? {
        return Err(error::exists("Resource is already registered"));
    }
    Ok(json!({}))
}

fn check_arn(arn: &str) -> Result<String, ServiceError> {
    let arn = arn.trim_end_matches('/');
    let bucket = arn.strip_prefix("arn:aws:s3:::");
    if bucket.is_none_or(str::is_empty) || arn.contains('\n') {
        return Err(error::invalid(format!(
            "Invalid resource ARN {arn}: arn:aws:s3:::<bucket>[/<prefix>] is wanted."
        )));
    }
    Ok(arn.to_owned())
}

fn check_role(role: String) -> Result<String, ServiceError> {
    let parts: Vec<&str> = role.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", "", account, name]
            if is_account(account) && name.starts_with("role/") =>
        {
            Ok(role)
        }
        _ => Err(error::invalid(format!("Invalid role ARN {role}."))),
    }
}

fn require(tx: &Tx<'_>, scope: &Scope, arn: &str) -> Result<Location, ServiceError> {
    tx.get(scope, LOCATIONS, arn.trim_end_matches('/'))?
        .ok_or_else(|| error::not_found("Resource is not registered with Lake Formation."))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    #[serde(default)]
    resource_arn: String,
    role_arn: Option<String>,
    with_federation: Option<bool>,
    hybrid_access_enabled: Option<bool>,
    expected_resource_owner_account: Option<String>,
}

/// `UpdateResource`.
pub(super) fn update(
    input: UpdateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut location = require(tx, &call.scope, &input.resource_arn)?;
    let role = input
        .role_arn
        .ok_or_else(|| error::invalid("RoleArn is mandatory."))?;
    location.role_arn = check_role(role)?;
    location.with_federation = input.with_federation.unwrap_or(location.with_federation);
    location.hybrid_access_enabled = input
        .hybrid_access_enabled
        .unwrap_or(location.hybrid_access_enabled);
    if input.expected_resource_owner_account.is_some() {
        location.expected_resource_owner_account = input.expected_resource_owner_account;
    }
    location.last_modified = epoch_seconds(call.now_ms);
    tx.put(&call.scope, LOCATIONS, &location.resource_arn, &location)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneInput {
    #[serde(default)]
    resource_arn: String,
}

/// `DescribeResource`.
pub(super) fn describe(
    input: OneInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    Ok(json!({"ResourceInfo": require(tx, &call.scope, &input.resource_arn)?}))
}

/// `DeregisterResource`. Grants on the location stay.
pub(super) fn deregister(
    input: OneInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let location = require(tx, &call.scope, &input.resource_arn)?;
    tx.delete(&call.scope, LOCATIONS, &location.resource_arn)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    max_results: Option<i64>,
    next_token: Option<String>,
    #[serde(default)]
    filter_condition_list: Vec<Condition>,
}

/// `FilterCondition`: a field, compared with text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Condition {
    field: Option<String>,
    comparison_operator: Option<String>,
    #[serde(default)]
    string_value_list: Vec<String>,
}

impl Condition {
    fn takes(&self, location: &Location) -> bool {
        let value = match self.field.as_deref() {
            Some("RESOURCE_ARN") => location.resource_arn.as_str(),
            Some("ROLE_ARN") => location.role_arn.as_str(),
            _ => return true,
        };
        let any = |test: fn(&str, &str) -> bool| {
            self.string_value_list
                .iter()
                .any(|wanted| test(value, wanted))
        };
        match self.comparison_operator.as_deref() {
            Some("NE") => !any(|value, wanted| value == wanted),
            Some("CONTAINS") => any(|value, wanted| value.contains(wanted)),
            Some("NOT_CONTAINS") => !any(|value, wanted| value.contains(wanted)),
            Some("BEGINS_WITH") => any(|value, wanted| value.starts_with(wanted)),
            _ => any(|value, wanted| value == wanted),
        }
    }
}

/// `ListResources`, by ARN.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let (locations, next) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: LOCATIONS,
            prefix: "",
        },
        input.next_token.as_deref(),
        page_size(input.max_results)?,
        error::bad_token,
        |location: &Location| {
            input
                .filter_condition_list
                .iter()
                .all(|condition| condition.takes(location))
        },
    )?;
    Ok(json!({"ResourceInfoList": locations, "NextToken": next}))
}

/// The registered location that holds a path, the innermost.
fn holding(tx: &Tx<'_>, scope: &Scope, arn: &str) -> Result<Option<Location>, ServiceError> {
    let mut path = arn.trim_end_matches('/');
    loop {
        if let Some(location) = tx.get(scope, LOCATIONS, path)? {
            return Ok(Some(location));
        }
        match path.rsplit_once('/') {
            Some((above, _)) => path = above,
            None => return Ok(None),
        }
    }
}

/// # Errors
/// `InvalidInputException` if neither the path nor anything above it is registered.
pub(super) fn require_registered(
    tx: &Tx<'_>,
    scope: &Scope,
    arn: &str,
) -> Result<(), ServiceError> {
    match holding(tx, scope, arn)? {
        Some(_) => Ok(()),
        None => Err(error::invalid(format!(
            "Resource {arn} is not registered with Lake Formation: register it first."
        ))),
    }
}

/// Is a table's location registered in hybrid access mode?
pub(super) fn is_hybrid(
    tx: &Tx<'_>,
    scope: &Scope,
    location: Option<&str>,
) -> Result<bool, ServiceError> {
    let Some(path) = location.and_then(|location| location.strip_prefix("s3://")) else {
        return Ok(false);
    };
    let held = holding(tx, scope, &format!("arn:aws:s3:::{path}"))?;
    Ok(held.is_some_and(|location| location.hybrid_access_enabled))
}

/// Is a table's location registered at all?
pub(crate) fn is_registered(
    tx: &Tx<'_>,
    scope: &Scope,
    location: Option<&str>,
) -> Result<bool, ServiceError> {
    let Some(path) = location.and_then(|location| location.strip_prefix("s3://")) else {
        return Ok(false);
    };
    Ok(holding(tx, scope, &format!("arn:aws:s3:::{path}"))?.is_some())
}
