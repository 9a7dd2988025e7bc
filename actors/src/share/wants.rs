//! What a share needs of each ledger, for some terms. Pure.
//!
//! To another account the producer grants with grant option, to the account: what the account's own
//! administrators can give on, they can take back on both sides. The consumer's side gives on to the
//! principal. A row filter is the producer's: to the consumer its table looks like one with fewer columns and
//! rows, so there the grant is on the columns that the filter lets through.

use std::collections::BTreeSet;

use super::post::Post;
use super::state::{Resolved, TableSeen};
use crate::access::{CellsFilter, Grant, Link, Location, Object, Permission, Rows, Thing};
use crate::agreement::Scope;
use crate::audit::sha256;

/// The sharing version that is needed at least.
const SHARING_VERSION: u8 = 4;

/// Where a share is and what it gives.
pub(super) struct Needs<'a> {
    pub(super) resolved: &'a Resolved,
    pub(super) table: &'a TableSeen,
    pub(super) scope: &'a Scope,
    pub(super) permissions: &'a BTreeSet<Permission>,
}

impl Needs<'_> {
    /// What is needed of a ledger; nothing if the ledger has no part in it.
    pub(super) fn of(&self, post: Post) -> BTreeSet<Thing> {
        match (post, self.resolved.is_cross_account()) {
            (Post::ProducerAccount, cross) => self.of_account(cross),
            (Post::ProducerDatabase, _) => self.of_producer(),
            (Post::ConsumerDatabase, true) => self.of_consumer(),
            (Post::LinkDatabase, true) => self.of_link(),
            (Post::ConsumerDatabase | Post::LinkDatabase, false) => BTreeSet::new(),
        }
    }

    /// The columns that are given, in the table's order.
    pub(super) fn permitted(&self) -> Vec<&str> {
        let given = |column: &&String| {
            let Scope {
                columns, excluded, ..
            } = self.scope;
            (columns.is_empty() || columns.contains(*column)) && !excluded.contains(*column)
        };
        let columns = self.table.columns.iter().filter(given);
        columns.map(String::as_str).collect()
    }

    /// The columns that are left out, in the table's order.
    pub(super) fn left_out(&self) -> Vec<&str> {
        let permitted = self.permitted();
        let columns = self.table.columns.iter().map(String::as_str);
        columns.filter(|c| !permitted.contains(c)).collect()
    }

    /// What the scope names and the table does not have; `None` if it has all.
    pub(super) fn unknown(&self) -> Option<String> {
        let named = self.scope.columns.iter().chain(&self.scope.excluded);
        let unknown: Vec<&str> = named
            .filter(|column| !self.table.columns.contains(column))
            .map(String::as_str)
            .collect();
        (!unknown.is_empty()).then(|| unknown.join(", "))
    }

    fn of_account(&self, cross: bool) -> BTreeSet<Thing> {
        let sharing = cross.then_some(Thing::Sharing {
            version: SHARING_VERSION,
        });
        let location = self
            .table
            .location
            .strip_prefix("s3://")
            .filter(|_| self.resolved.register_location)
            .map(|path| {
                Thing::Location(Location {
                    arn: format!("arn:aws:s3:::{}", path.trim_end_matches('/')),
                    role_arn: String::new(),
                    hybrid: true,
                })
            });
        sharing.into_iter().chain(location).collect()
    }

    fn of_producer(&self) -> BTreeSet<Thing> {
        let cross = self.resolved.is_cross_account();
        let principal = match cross {
            true => &self.resolved.target.account,
            false => &self.resolved.principal,
        };
        // Where the table is open to IAM, only what is granted counts for who has opted in.
        let mut things = BTreeSet::from([Thing::OptIn {
            principal: self.resolved.principal.clone(),
            on: Object::Table(self.resolved.table.clone()),
        }]);
        let objects = match self.scope.row_filter.as_str() {
            "" => self.columns(),
            rows => {
                let filter = self.filter(rows);
                let on = Object::Filter {
                    table: filter.table.clone(),
                    name: filter.name.clone(),
                };
                if self.permissions.contains(&Permission::Select) {
                    things.insert(Thing::Filter(filter));
                }
                vec![on]
            }
        };
        things.extend(self.grants(principal, objects, cross));
        things
    }

    fn of_consumer(&self) -> BTreeSet<Thing> {
        let table = &self.resolved.table;
        let objects = match (self.scope.row_filter.as_str(), &self.scope.excluded) {
            (rows, excluded) if !rows.is_empty() && !excluded.is_empty() => self
                .permitted()
                .into_iter()
                .map(|column| self.column(column))
                .collect(),
            _ => self.columns(),
        };
        let mut things: BTreeSet<Thing> = self
            .grants(&self.resolved.principal, objects, false)
            .collect();
        things.insert(Thing::Link(Link {
            database: self.resolved.link_database.clone(),
            name: table.clone(),
            table: table.clone(),
        }));
        things
    }

    fn of_link(&self) -> BTreeSet<Thing> {
        BTreeSet::from([Thing::Grant(Grant {
            principal: self.resolved.principal.clone(),
            on: Object::Table(self.resolved.table.clone()),
            permission: Permission::Describe,
            grantable: false,
        })])
    }

    fn grants(
        &self,
        principal: &str,
        objects: Vec<Object>,
        grantable: bool,
    ) -> impl Iterator<Item = Thing> {
        let select = objects.into_iter().map(|on| (Permission::Select, on));
        let describe = (
            Permission::Describe,
            Object::Table(self.resolved.table.clone()),
        );
        let grants: Vec<Thing> = select
            .chain([describe])
            .filter(|(permission, _)| self.permissions.contains(permission))
            .flat_map(|(permission, on)| {
                let grant = move |grantable| {
                    Thing::Grant(Grant {
                        principal: principal.to_owned(),
                        on: on.clone(),
                        permission,
                        grantable,
                    })
                };
                // Who may give on holds the permission too: they are two grants.
                let option = grantable.then(|| grant(true));
                [grant(false)].into_iter().chain(option).collect::<Vec<_>>()
            })
            .collect();
        grants.into_iter()
    }

    /// What SELECT is on where rows do not matter.
    fn columns(&self) -> Vec<Object> {
        let table = self.resolved.table.clone();
        let Scope {
            columns, excluded, ..
        } = self.scope;
        if !columns.is_empty() {
            return columns.iter().map(|column| self.column(column)).collect();
        }
        vec![match excluded.is_empty() {
            true => Object::Table(table),
            false => Object::ColumnsExcept {
                table,
                excluded: excluded.clone(),
            },
        }]
    }

    fn column(&self, column: &str) -> Object {
        Object::Column {
            table: self.resolved.table.clone(),
            column: column.to_owned(),
        }
    }

    /// The filter, named after its content: another content is another filter.
    fn filter(&self, rows: &str) -> CellsFilter {
        let Scope {
            columns, excluded, ..
        } = self.scope;
        let table = self.resolved.table.clone();
        let content = serde_json::json!([table, columns, excluded, rows]).to_string();
        let digest = sha256(&content);
        CellsFilter {
            name: format!("datamesh-{}", &digest[..16]),
            table,
            columns: columns.clone(),
            excluded: excluded.clone(),
            rows: Rows::Where(rows.to_owned()),
        }
    }
}
