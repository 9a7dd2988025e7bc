//! Who may give and take permissions, and change what permissions stand on.

use super::columns::Columns;
use super::error;
use super::grant::{self, Change, Grant};
use super::permission::{self, SELECT};
use super::principal;
use super::resource::{Resource, Target, tag_prefix};
use super::{received, settings};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

/// Is the caller the root or a data lake admin of its account?
pub(super) fn is_admin(tx: &Tx<'_>, call: &Call<'_>) -> Result<bool, ServiceError> {
    let caller = principal::caller(call);
    Ok(principal::is_root(caller) || settings::of(tx, &call.scope)?.is_admin(caller))
}

/// May the caller grant or revoke this?
///
/// An admin may on its own catalog; others may pass on what they hold with the grant option. On
/// another account's resource, the caller's account must hold it with the grant option first.
///
/// # Errors
/// `AccessDeniedException` that names what is missing.
pub(super) fn may_pass_on(
    tx: &Tx<'_>,
    call: &Call<'_>,
    resource: &Resource,
    change: &Change,
) -> Result<(), ServiceError> {
    if resource.catalog != call.scope.account {
        let received = received::by_account(tx, &call.scope, resource, call.now_ms)?;
        passes(&received, resource, change)?;
    }
    if is_admin(tx, call)? {
        return Ok(());
    }
    let caller = principal::caller(call);
    let mut held = Vec::new();
    for wider in wider(resource) {
        held.extend(grant::find(tx, &call.scope, &wider, caller)?);
    }
    passes(&held, resource, change)
}

/// Does one of the grants cover each permission with the grant option?
fn passes(held: &[Grant], resource: &Resource, change: &Change) -> Result<(), ServiceError> {
    for wanted in change.permissions.union(&change.grantable) {
        let covered = held.iter().any(|grant| {
            if wanted == SELECT {
                match resource.target {
                    Target::Filter { .. } => {
                        grant.grantable.contains(SELECT)
                            || Columns::all().within(&grant.select_grantable)
                    }
                    Target::Table { .. } | Target::AllTables { .. } => {
                        change.columns.within(&grant.select_grantable)
                    }
                    _ => grant.grantable.contains(SELECT),
                }
            } else {
                permission::covers(&grant.grantable, wanted)
            }
        });
        if !covered {
            return Err(insufficient(
                &format!("Grantable {}", words(wanted)),
                resource,
            ));
        }
    }
    Ok(())
}

/// May the caller do what needs this permission on this resource of its own catalog?
///
/// # Errors
/// `AccessDeniedException` that names what is missing.
pub(super) fn require(
    tx: &Tx<'_>,
    call: &Call<'_>,
    resource: &Resource,
    wanted: &str,
) -> Result<(), ServiceError> {
    if is_admin(tx, call)? {
        return Ok(());
    }
    let caller = principal::caller(call);
    for wider in wider(resource) {
        let held = grant::find(tx, &call.scope, &wider, caller)?;
        if held.is_some_and(|grant| permission::covers(&grant.permissions, wanted)) {
            return Ok(());
        }
    }
    if let Target::Tag { key, values } = &resource.target {
        for grant in grant::of(tx, &call.scope, caller, &tag_prefix(&resource.catalog, key))? {
            let Target::Tag { values: held, .. } = &grant.resource.target else {
                continue;
            };
            let all = held.contains("*") || values.is_subset(held);
            if all && permission::covers(&grant.permissions, wanted) {
                return Ok(());
            }
        }
    }
    Err(insufficient(&words(wanted), resource))
}

/// The resource and those that hold it: what is held there is held here.
pub(super) fn wider(resource: &Resource) -> Vec<Resource> {
    let mut all = vec![resource.clone()];
    match &resource.target {
        Target::Table { database, .. } => {
            all.push(Resource::all_tables(&resource.catalog, database));
        }
        Target::Filter {
            database, table, ..
        } => {
            all.push(Resource::table(&resource.catalog, database, table));
            all.push(Resource::all_tables(&resource.catalog, database));
        }
        _ => {}
    }
    all
}

fn insufficient(required: &str, resource: &Resource) -> ServiceError {
    error::denied(format!(
        "Insufficient Lake Formation permission(s): Required {required} on {}",
        resource.name()
    ))
}

/// `CREATE_TABLE` as messages write it: `Create Table`.
fn words(permission: &str) -> String {
    permission
        .split('_')
        .map(|word| {
            let (head, tail) = word.split_at(word.len().min(1));
            format!("{head}{}", tail.to_lowercase())
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// May the caller make and delete filters on a table? Who can pass its `SELECT` on can.
///
/// # Errors
/// `AccessDeniedException`.
pub(super) fn may_filter(
    tx: &Tx<'_>,
    call: &Call<'_>,
    table: &Resource,
) -> Result<(), ServiceError> {
    let select = [SELECT.to_owned()];
    let change = Change {
        permissions: select.clone().into(),
        grantable: select.into(),
        columns: Columns::all(),
    };
    may_pass_on(tx, call, table, &change)
}
