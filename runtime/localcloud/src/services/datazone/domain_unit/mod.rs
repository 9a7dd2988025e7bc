//! Domain units: a tree below the root that a domain begins with.
//!
//! A name is taken once below a parent. A unit with units or projects in it is not deleted; the root never
//! is. Units are stored under `domain/unit`, their names under `domain/parent/name`.

mod change;
mod owners;
mod policy_grant;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(crate) use change::{create, delete, update};
pub(crate) use owners::{add_owner, list_owners, remove_owner, replace_root_owner};
pub(crate) use policy_grant::{add_grant, list_grants, remove_grant};

use super::domain::{self, Domain};
use super::kind::{Kind, Named, Page, listed};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::store::Tx;

pub(crate) const UNITS: Kind = Kind::new("datazone.domain-units", "Domain unit");
/// The ids of units by their parents and names.
const NAMES: Kind = Kind::new("datazone.domain-unit-names", "Domain unit");
/// Projects by their units: `domain/unit/project`.
const PROJECTS: Kind = Kind::new("datazone.domain-unit-projects", "Project");

/// An owner, by the id of the profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Owner {
    User(String),
    Group(String),
}

impl Owner {
    fn shown(&self) -> Value {
        match self {
            Self::User(id) => json!({"user": {"userId": id}}),
            Self::Group(id) => json!({"group": {"groupId": id}}),
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DomainUnit {
    pub(crate) id: String,
    domain_id: String,
    /// `None` for the root.
    parent: Option<String>,
    name: String,
    description: Option<String>,
    owners: Vec<Owner>,
    created_by: String,
    created_ms: i64,
    updated_by: Option<String>,
    updated_ms: Option<i64>,
}

impl DomainUnit {
    fn root(domain: &Domain, owners: Vec<Owner>, by: &str) -> Self {
        Self {
            id: domain.root_domain_unit_id.clone(),
            domain_id: domain.id.clone(),
            parent: None,
            name: domain.name.clone(),
            description: None,
            owners,
            created_by: by.to_owned(),
            created_ms: domain.created_ms,
            updated_by: None,
            updated_ms: None,
        }
    }

    fn write(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        UNITS.put(call, tx, &[&self.domain_id, &self.id], self)
    }

    /// `ancestorDomainUnitIds`: the parent first, the root last.
    fn ancestors(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Vec<String>, ServiceError> {
        let mut ancestors = Vec::new();
        let mut parent = self.parent.clone();
        while let Some(id) = parent {
            let unit: Option<Self> = UNITS.find(call, tx, &[&self.domain_id, &id])?;
            parent = unit.and_then(|unit| unit.parent);
            ancestors.push(id);
        }
        Ok(ancestors)
    }

    fn shown(&self) -> Value {
        let owners: Vec<Value> = self.owners.iter().map(Owner::shown).collect();
        json!({
            "id": self.id,
            "domainId": self.domain_id,
            "name": self.name,
            "parentDomainUnitId": self.parent,
            "description": self.description,
            "owners": owners,
            "createdBy": self.created_by,
            "createdAt": epoch_seconds(self.created_ms),
            "lastUpdatedBy": self.updated_by,
            "lastUpdatedAt": self.updated_ms.map(epoch_seconds),
        })
    }
}

/// Writes the root of a new domain, which its creator owns.
pub(crate) fn plant(domain: &Domain, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let owner = super::profile::user::of_caller(&domain.id, call, tx)?;
    DomainUnit::root(domain, vec![Owner::User(owner)], &call.principal.arn).write(call, tx)
}

/// A unit of the domain. The root of a domain that was made before units were kept has no owner.
pub(crate) fn require(
    domain: &Domain,
    id: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<DomainUnit, ServiceError> {
    if id == domain.root_domain_unit_id {
        let root: Option<DomainUnit> = UNITS.find(call, tx, &[&domain.id, id])?;
        return Ok(root.unwrap_or_else(|| DomainUnit::root(domain, Vec::new(), &domain.account)));
    }
    UNITS.require(call, tx, &[&domain.id, id])
}

/// Notes that a project is in a unit, so that the unit stays.
pub(crate) fn enter(
    domain: &str,
    unit: &str,
    project: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    PROJECTS.put(call, tx, &[domain, unit, project], &())
}

/// Notes that a project is not in a unit any more.
pub(crate) fn leave(
    domain: &str,
    unit: &str,
    project: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    PROJECTS
        .delete(call, tx, &[domain, unit, project])
        .map(drop)
}

/// `GetDomainUnit`.
pub(crate) fn get(input: Named, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    require(&domain, &input.identifier, call, tx).map(|unit| unit.shown())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct List {
    domain_identifier: String,
    parent_domain_unit_identifier: String,
    #[serde(flatten)]
    page: Page,
}

/// `ListDomainUnitsForParent`, in the order of their names.
pub(crate) fn list(input: List, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let domain = domain::require(call, tx, &input.domain_identifier)?;
    let parent = require(&domain, &input.parent_domain_unit_identifier, call, tx)?;
    let below = [domain.id.as_str(), &parent.id];
    let (ids, next_token) = NAMES.page(call, tx, &below, &input.page, |_: &String| true)?;
    let mut items = Vec::new();
    for id in ids {
        let unit: DomainUnit = UNITS.require(call, tx, &[&domain.id, &id])?;
        items.push(json!({"id": unit.id, "name": unit.name}));
    }
    Ok(listed("items", items, next_token))
}
