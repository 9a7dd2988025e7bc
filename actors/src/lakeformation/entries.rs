//! From atoms to what one call takes, and nothing lost on the way.
//!
//! Lake Formation takes several permissions of a principal on a resource in one entry, and 20 entries in one
//! call. Columns of a table go together; columns that are given with the grant option stand apart, for an
//! entry has one set of columns for all its permissions.

use std::collections::{BTreeMap, BTreeSet};

use datamesh_aws::lakeformation::{self, Entry, ResourceKind};

use super::lake::Lake;
use crate::access::{Grant, Object, Permission};

/// An entry, and which of the atoms it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) entry: Entry,
    pub(super) members: Vec<usize>,
}

/// Whether entries give or take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    Give,
    Take,
}

/// What the atoms of one entry have in common.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place<'a> {
    Object(&'a Object),
    Columns { table: &'a str, grantable: bool },
}

#[derive(Default)]
struct Group {
    members: Vec<usize>,
    permissions: BTreeSet<Permission>,
    grantable: BTreeSet<Permission>,
    columns: BTreeSet<String>,
}

/// The entries for these atoms, each with its place in the caller's list. Entries come in the order of their
/// first atoms; of what is taken, grant options come first, for they go with their permission.
pub(super) fn plan(lake: &Lake<'_>, deed: Deed, atoms: &[(usize, &Grant)]) -> Vec<Planned> {
    let mut groups: BTreeMap<(&str, Place<'_>), Group> = BTreeMap::new();
    for (at, grant) in atoms {
        let place = match &grant.on {
            Object::Column { table, .. } => Place::Columns {
                table,
                grantable: grant.grantable,
            },
            object => Place::Object(object),
        };
        let group = groups.entry((&grant.principal, place)).or_default();
        group.members.push(*at);
        if let Object::Column { column, .. } = &grant.on {
            group.columns.insert(column.clone());
        }
        // What may be passed on must be held; but taking back the right to pass on leaves the permission.
        if grant.grantable {
            group.grantable.insert(grant.permission);
        }
        if !grant.grantable || deed == Deed::Give {
            group.permissions.insert(grant.permission);
        }
    }
    let mut planned: Vec<Planned> = groups
        .into_iter()
        .map(|((principal, place), group)| Planned {
            entry: Entry {
                principal: principal.to_owned(),
                resource: match place {
                    Place::Object(object) => lake.resource(object),
                    Place::Columns { table, .. } => lake.named(ResourceKind::Columns {
                        database: lake.ledger.database.clone(),
                        table: table.to_owned(),
                        columns: group.columns.into_iter().collect(),
                    }),
                },
                permissions: names(&group.permissions),
                grantable: names(&group.grantable),
            },
            members: group.members,
        })
        .collect();
    planned.sort_by_key(|planned| {
        let keeps = !planned.entry.permissions.is_empty();
        (keeps, planned.members.first().copied())
    });
    planned
}

fn names(permissions: &BTreeSet<Permission>) -> Vec<lakeformation::Permission> {
    permissions
        .iter()
        .map(|permission| lakeformation::Permission::from_name(permission.as_str()))
        .collect()
}
