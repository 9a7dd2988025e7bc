//! `AddEntityOwner`, `ListEntityOwners`, `RemoveEntityOwner` and `UpdateRootDomainUnitOwner`: who owns a
//! domain unit. The last owner stays.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{DomainUnit, Owner, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::datazone::kind::{Page, listed};
use crate::services::datazone::profile::{group, user};
use crate::services::datazone::{domain, error, idempotency};
use crate::store::Tx;

/// Owners of one unit.
const MOST: usize = 20;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum OwnerInput {
    #[serde(rename_all = "camelCase")]
    User { user_identifier: String },
    #[serde(rename_all = "camelCase")]
    Group { group_identifier: String },
}

impl OwnerInput {
    fn known(&self, domain: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<Owner, ServiceError> {
        Ok(match self {
            Self::User { user_identifier } => {
                Owner::User(user::require(domain, user_identifier, call, tx)?.id)
            }
            Self::Group { group_identifier } => {
                Owner::Group(group::require(domain, group_identifier, call, tx)?.id)
            }
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Owned {
    domain_identifier: String,
    entity_identifier: String,
    owner: OwnerInput,
    client_token: Option<String>,
}

impl Owned {
    fn read(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(DomainUnit, Owner), ServiceError> {
        let domain = domain::require(call, tx, &self.domain_identifier)?;
        let unit = require(&domain, &self.entity_identifier, call, tx)?;
        Ok((unit, self.owner.known(&domain.id, call, tx)?))
    }
}

/// Adding an owner twice is a `ConflictException`.
pub(crate) fn add_owner(input: Owned, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let (mut unit, owner) = input.read(call, tx)?;
        if unit.owners.contains(&owner) {
            return Err(error::conflict(format!(
                "The owner is an owner of domain unit {} already",
                unit.id
            )));
        }
        if unit.owners.len() >= MOST {
            return Err(error::quota(format!(
                "Domain unit {} has {MOST} owners, which is the most",
                unit.id
            )));
        }
        unit.owners.push(owner);
        unit.write(call, tx)?;
        Ok(json!({}))
    })
}

pub(crate) fn remove_owner(
    input: Owned,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let (mut unit, owner) = input.read(call, tx)?;
        if !unit.owners.contains(&owner) {
            return Err(error::not_found("Owner of domain unit", &unit.id));
        }
        if unit.owners.len() == 1 {
            return Err(error::validation(format!(
                "The last owner of domain unit {} cannot be removed",
                unit.id
            )));
        }
        unit.owners.retain(|known| *known != owner);
        unit.write(call, tx)?;
        Ok(json!({}))
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    domain_identifier: String,
    entity_identifier: String,
    #[serde(flatten)]
    page: Page,
}

pub(crate) fn list_owners(
    input: List,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let unit = require(&domain, &input.entity_identifier, call, tx)?;
    let owners: Vec<Value> = unit.owners.iter().map(Owner::shown).collect();
    let (owners, next_token) = input.page.of(&format!("owners/{}", unit.id), owners)?;
    Ok(listed("owners", owners, next_token))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Replace {
    domain_identifier: String,
    current_owner: String,
    new_owner: String,
    client_token: Option<String>,
}

/// The root goes from one user to another.
pub(crate) fn replace_root_owner(
    input: Replace,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    idempotency::once(call, tx, input.client_token.as_deref(), || {
        let domain = domain::require(call, tx, &input.domain_identifier)?;
        let mut root = require(&domain, &domain.root_domain_unit_id, call, tx)?;
        let current = Owner::User(user::require(&domain.id, &input.current_owner, call, tx)?.id);
        let new = Owner::User(user::require(&domain.id, &input.new_owner, call, tx)?.id);
        let Some(place) = root.owners.iter_mut().find(|owner| **owner == current) else {
            return Err(error::not_found("Owner", &input.current_owner));
        };
        *place = new.clone();
        let mut first = true;
        root.owners
            .retain(|owner| *owner != new || std::mem::take(&mut first));
        root.write(call, tx)?;
        Ok(json!({}))
    })
}
