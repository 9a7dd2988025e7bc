//! The tree of organizational units: `CreateOrganizationalUnit`, `MoveAccount`, `ListParents`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::organization::{self, Organization};
use super::{account, error};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

/// Units by `organization/unit`.
const UNITS: &str = "organizations.units";

/// A branch of the organization's tree.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Unit {
    id: String,
    name: String,
    /// The root or another unit.
    parent: String,
}

fn find(tx: &Tx<'_>, organization: &str, id: &str) -> Result<Option<Unit>, ServiceError> {
    tx.get(&Scope::global(), UNITS, &format!("{organization}/{id}"))
}

/// Is this the organization's root or one of its units?
fn is_parent(tx: &Tx<'_>, organization: &Organization, id: &str) -> Result<bool, ServiceError> {
    Ok(id == organization.root_id || find(tx, &organization.id, id)?.is_some())
}

/// Whether the organization has this unit.
pub(super) fn exists(tx: &Tx<'_>, organization: &str, id: &str) -> Result<bool, ServiceError> {
    Ok(find(tx, organization, id)?.is_some())
}

/// The units above a member, the nearest first, without the root.
pub(super) fn above(
    tx: &Tx<'_>,
    organization: &str,
    parent: &str,
) -> Result<Vec<String>, ServiceError> {
    let mut units = Vec::new();
    let mut at = parent.to_owned();
    while let Some(unit) = find(tx, organization, &at)? {
        units.push(unit.id);
        at = unit.parent;
    }
    Ok(units)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    #[serde(default)]
    parent_id: String,
    #[serde(default)]
    name: String,
}

/// `CreateOrganizationalUnit`. A name is taken once below a parent.
pub(super) fn create(
    input: CreateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let organization = organization::require_managed(call, tx)?;
    if !(1..=128).contains(&input.name.chars().count()) {
        return Err(error::invalid("Name must have 1 to 128 characters."));
    }
    if !is_parent(tx, &organization, &input.parent_id)? {
        return Err(ServiceError::bad_request(
            "ParentNotFoundException",
            "You specified parent that doesn't exist.",
        ));
    }
    let prefix = format!("{}/", organization.id);
    let units: Vec<Unit> = paging::all(
        tx,
        Listing {
            scope: &Scope::global(),
            collection: UNITS,
            prefix: &prefix,
        },
    )?;
    let taken = |unit: &Unit| unit.parent == input.parent_id && unit.name == input.name;
    if units.iter().any(taken) {
        return Err(ServiceError::bad_request(
            "DuplicateOrganizationalUnitException",
            "An organizational unit with this name exists below this parent.",
        ));
    }
    let root = organization.root_id.trim_start_matches("r-");
    let unit = Unit {
        id: format!("ou-{root}-{}", call.cloud.lower(8)),
        name: input.name,
        parent: input.parent_id,
    };
    tx.put(&Scope::global(), UNITS, &(prefix + &unit.id), &unit)?;
    Ok(json!({"OrganizationalUnit": {
        "Id": unit.id,
        "Arn": organization.arn_of("ou", &unit.id),
        "Name": unit.name,
    }}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct MoveInput {
    #[serde(default)]
    account_id: String,
    #[serde(default)]
    source_parent_id: String,
    #[serde(default)]
    destination_parent_id: String,
}

/// `MoveAccount`. What is shared with a unit follows at once.
pub(super) fn move_account(
    input: MoveInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let organization = organization::require_managed(call, tx)?;
    let mut member = account::require(tx, &organization.id, &input.account_id)?;
    if member.parent != input.source_parent_id {
        return Err(ServiceError::bad_request(
            "SourceParentNotFoundException",
            "The source is not the account's parent.",
        ));
    }
    if !is_parent(tx, &organization, &input.destination_parent_id)? {
        return Err(ServiceError::bad_request(
            "DestinationParentNotFoundException",
            "You specified a destination that doesn't exist.",
        ));
    }
    if member.parent == input.destination_parent_id {
        return Err(ServiceError::bad_request(
            "DuplicateAccountException",
            "That account is already present in the specified destination.",
        ));
    }
    member.parent = input.destination_parent_id;
    member.save(tx)?;
    Ok(json!({}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ParentsInput {
    #[serde(default)]
    child_id: String,
}

/// `ListParents` of an account or a unit: there is one.
pub(super) fn list_parents(
    input: ParentsInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let organization = organization::require_managed(call, tx)?;
    let member = account::find(tx, &organization.id, &input.child_id)?;
    let parent = match member {
        Some(member) => member.parent,
        None => {
            find(tx, &organization.id, &input.child_id)?
                .ok_or_else(|| {
                    ServiceError::bad_request(
                        "ChildNotFoundException",
                        "You specified a child that doesn't exist.",
                    )
                })?
                .parent
        }
    };
    let kind = if parent == organization.root_id {
        "ROOT"
    } else {
        "ORGANIZATIONAL_UNIT"
    };
    Ok(json!({"Parents": [{"Id": parent, "Type": kind}]}))
}
