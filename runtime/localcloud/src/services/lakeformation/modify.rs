//! Grants and revokes, one at a time: what the four operations that change permissions share.

use serde::Deserialize;
use serde_json::Value;

use super::columns::Columns;
use super::grant::{self, Change, Grant};
use super::principal::{IAM_ALLOWED, Principal, PrincipalInput};
use super::resource::{self, Named, Resource, ResourceInput, Target};
use super::{authority, error, existence, location, permission, settings, sharing};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::role_deleted;
use crate::store::Tx;

/// One principal, one resource, some permissions.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Modification {
    catalog_id: Option<String>,
    principal: Option<PrincipalInput>,
    resource: Option<ResourceInput>,
    #[serde(default)]
    permissions: Vec<String>,
    #[serde(default)]
    permissions_with_grant_option: Vec<String>,
    condition: Option<Value>,
}

/// A modification whose words are understood.
struct Understood {
    principal: Principal,
    named: Named,
    change: Change,
}

fn understand(input: Modification, call: &Call<'_>) -> Result<Understood, ServiceError> {
    let identifier = input
        .principal
        .map(|principal| principal.data_lake_principal_identifier)
        .unwrap_or_default();
    let principal = Principal::parse(&identifier)?;
    let own = input.catalog_id.as_deref().unwrap_or(&call.scope.account);
    let named = resource::parse(input.resource, own)?;
    // A grant whose condition is not kept would give more than was asked.
    if input.condition.is_some() {
        return Err(error::invalid(
            "The embedded Lake Formation does not support a Condition.",
        ));
    }
    if input.permissions.is_empty() && input.permissions_with_grant_option.is_empty() {
        return Err(error::invalid("Permissions cannot be empty."));
    }
    let target = &named.resource.target;
    let of_columns = named.columns.is_some();
    permission::check(&input.permissions, target, of_columns)?;
    permission::check(&input.permissions_with_grant_option, target, of_columns)?;
    let change = Change {
        permissions: permission::expand(&input.permissions, target),
        grantable: permission::expand(&input.permissions_with_grant_option, target),
        columns: named.columns.clone().unwrap_or_else(Columns::all),
    };
    Ok(Understood {
        principal,
        named,
        change,
    })
}

/// Adds permissions to what the principal holds. What it holds already is no error.
///
/// # Errors
/// `InvalidInputException`, `EntityNotFoundException`, `AccessDeniedException`, and RAM's.
pub(super) fn grant(input: Modification, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let Understood {
        principal,
        named,
        mut change,
    } = understand(input, call)?;
    if !change.grantable.is_subset(&change.permissions) {
        return Err(error::invalid(
            "PermissionsWithGrantOption must be a subset of Permissions.",
        ));
    }
    if is_gone(tx, &principal)? {
        return Err(error::invalid(format!(
            "Invalid principal, {}",
            principal.text()
        )));
    }
    let resource = &named.resource;
    let is_link = existence::require(tx, &call.scope.region, &named)?;
    if is_link {
        check_link(&change)?;
    }
    authority::may_pass_on(tx, call, resource, &change)?;
    if principal == Principal::IamAllowed && change.permissions.contains(permission::ALL) {
        change.permissions = [permission::ALL.to_owned()].into();
    }
    let text = principal.text();
    let held = grant::find(tx, &call.scope, resource, &text)?;
    let mut grant = held.unwrap_or_else(|| Grant::empty(resource, &text));
    grant.add(&change);
    if principal.is_foreign(&call.scope.account) {
        let version = check_crossing(tx, call, resource, &principal)?;
        sharing::share(tx, call, &grant, &principal, version)?;
    }
    grant::save(tx, call, &call.scope, grant)
}

/// On a resource link only the link itself can be granted.
fn check_link(change: &Change) -> Result<(), ServiceError> {
    let beyond = change
        .permissions
        .iter()
        .find(|name| !["DESCRIBE", "DROP"].contains(&name.as_str()));
    match beyond {
        Some(beyond) => Err(error::invalid(format!(
            "Permissions modification is invalid. {beyond} cannot be held on a resource link: grant \
             it on the target."
        ))),
        None => Ok(()),
    }
}

/// A grant to another account: is it allowed by the settings, and not undone by IAM's? The version of
/// sharing.
fn check_crossing(
    tx: &Tx<'_>,
    call: &Call<'_>,
    resource: &Resource,
    principal: &Principal,
) -> Result<u8, ServiceError> {
    if resource.catalog != call.scope.account {
        return Err(error::invalid(format!(
            "Resource {} belongs to account {}: only its owner can share it with {}.",
            resource.name(),
            resource.catalog,
            principal.text()
        )));
    }
    let version = settings::of(tx, &call.scope)?.sharing_version();
    let needed = match principal {
        Principal::Account { .. } => 1,
        _ => 3,
    };
    if version < needed {
        return Err(error::invalid(format!(
            "Cross account version {version} does not support sharing with {}: set \
             CROSS_ACCOUNT_VERSION to 3 or above in the data lake settings.",
            principal.text()
        )));
    }
    let Target::Table { database, table } = &resource.target else {
        return Ok(version);
    };
    let open = grant::find(tx, &call.scope, resource, IAM_ALLOWED)?;
    let facts = existence::table(tx, &call.scope, database, table)?;
    if open.is_some() && !location::is_hybrid(tx, &call.scope, facts.location.as_deref())? {
        return Err(error::invalid(format!(
            "Cross account sharing of {table} is not possible while {IAM_ALLOWED} has permissions \
             on it: revoke them, or register the table's location in hybrid access mode."
        )));
    }
    Ok(version)
}

/// Takes permissions from what the principal holds: all that are asked, or none.
///
/// A principal that is gone can lose what it holds. So can the holder of a grant whose resource is
/// gone in another account.
///
/// # Errors
/// `InvalidInputException` "No permissions revoked" if one of them is not held, else as [`grant`].
pub(super) fn revoke(
    input: Modification,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let Understood {
        principal,
        named,
        change,
    } = understand(input, call)?;
    let resource = &named.resource;
    let held = grant::find(tx, &call.scope, resource, &principal.text())?;
    if held.is_none() {
        existence::require(tx, &call.scope.region, &named)?;
    }
    // Passing on takes the producer's grant; taking back does not.
    if resource.catalog == call.scope.account || !authority::is_admin(tx, call)? {
        authority::may_pass_on(tx, call, resource, &change)?;
    }
    let mut grant = held.unwrap_or_else(|| Grant::empty(resource, &principal.text()));
    let missing = grant.lacks(&change);
    if !missing.is_empty() {
        return Err(error::invalid(format!(
            "No permissions revoked. Grantee does not have: [{}]",
            missing.join(", ")
        )));
    }
    grant.take(&change);
    remove_if_empty(tx, call, &grant, &principal)?;
    grant::save(tx, call, &call.scope, grant)
}

fn remove_if_empty(
    tx: &Tx<'_>,
    call: &Call<'_>,
    grant: &Grant,
    principal: &Principal,
) -> Result<(), ServiceError> {
    if !grant.describes() && principal.is_foreign(&call.scope.account) {
        return sharing::unshare(tx, call, grant);
    }
    Ok(())
}

/// Was the principal a role that IAM has deleted?
fn is_gone(tx: &Tx<'_>, principal: &Principal) -> Result<bool, ServiceError> {
    match principal {
        Principal::Iam { arn, .. } => role_deleted(tx, arn),
        _ => Ok(false),
    }
}
