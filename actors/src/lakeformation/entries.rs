//! From atoms to what one call takes, and nothing lost on the way.
//!
//! Lake Formation takes several permissions of a principal on a resource in one entry, and 20 entries in one
//! call. Columns of a table go together; columns that are given with the grant option stand apart, for an
//! entry has one set of columns for all its permissions.

use std::collections::{BTreeMap, BTreeSet};

use datamesh_aws::lakeformation::{self, Entry, ResourceKind};

use super::resource::{in_catalog, resource};
use crate::access::{Grant, LedgerId, Object, Permission};

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
pub(super) fn plan(ledger: &LedgerId, deed: Deed, atoms: &[(usize, &Grant)]) -> Vec<Planned> {
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
                    Place::Object(object) => resource(ledger, object),
                    Place::Columns { table, .. } => in_catalog(
                        ledger,
                        ResourceKind::Columns {
                            database: ledger.database.clone(),
                            table: table.to_owned(),
                            columns: group.columns.into_iter().collect(),
                        },
                    ),
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn ledger() -> LedgerId {
        LedgerId {
            account: "111122223333".to_owned(),
            region: "eu-central-1".to_owned(),
            catalog: "111122223333".to_owned(),
            database: "sales".to_owned(),
        }
    }

    fn grant(on: Object, permission: Permission, grantable: bool) -> Grant {
        Grant {
            principal: "ann".to_owned(),
            on,
            permission,
            grantable,
        }
    }

    fn column(column: &str) -> Object {
        Object::Column {
            table: "orders".to_owned(),
            column: column.to_owned(),
        }
    }

    fn planned(deed: Deed, grants: &[Grant]) -> Vec<(String, String, Vec<usize>)> {
        let atoms: Vec<_> = grants.iter().enumerate().collect();
        let names = |names: &[lakeformation::Permission]| {
            let names: Vec<&str> = names
                .iter()
                .map(lakeformation::Permission::as_str)
                .collect();
            names.join(" ")
        };
        plan(&ledger(), deed, &atoms)
            .into_iter()
            .map(|it| {
                (
                    names(&it.entry.permissions),
                    names(&it.entry.grantable),
                    it.members,
                )
            })
            .collect()
    }

    #[test]
    fn columns_go_together_and_so_do_the_permissions_on_a_table() {
        let table = || Object::Table("orders".to_owned());
        let grants = [
            grant(column("id"), Permission::Select, false),
            grant(table(), Permission::Describe, false),
            grant(column("total"), Permission::Select, false),
            grant(table(), Permission::Alter, false),
        ];
        assert_eq!(
            planned(Deed::Give, &grants),
            [
                ("SELECT".to_owned(), String::new(), vec![0, 2]),
                ("ALTER DESCRIBE".to_owned(), String::new(), vec![1, 3]),
            ]
        );
    }

    #[test]
    fn a_grant_option_is_given_with_its_permission_and_taken_alone() {
        let option = [grant(column("id"), Permission::Select, true)];
        assert_eq!(
            planned(Deed::Give, &option),
            [("SELECT".to_owned(), "SELECT".to_owned(), vec![0])]
        );
        assert_eq!(
            planned(Deed::Take, &option),
            [(String::new(), "SELECT".to_owned(), vec![0])]
        );
    }

    #[test]
    fn of_what_is_taken_the_grant_options_go_first() {
        let grants = [
            grant(column("id"), Permission::Select, false),
            grant(column("id"), Permission::Select, true),
        ];
        let order: Vec<_> = planned(Deed::Take, &grants)
            .into_iter()
            .map(|(.., members)| members)
            .collect();
        assert_eq!(order, [[1], [0]]);
    }
}
