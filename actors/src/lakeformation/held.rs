//! What principals hold, made of the rows of lists, in one form whatever the rows look like.
//!
//! A grant of SELECT with other permissions is listed as two rows, on the table and on its columns; SELECT on
//! all columns comes as a wildcard; columns that were given one after the other come as one row; `ALL` comes
//! with everything that it stands for. Here each principal has, for each object, the permissions but SELECT,
//! and the set of columns that it may select.

use std::collections::{BTreeMap, BTreeSet};

use datamesh_aws::lakeformation::{ListedGrant, ResourceKind, TagExpressionOf};

use super::columns::Columns;
use crate::access::{Grant, Object, Permission, Tagged};

/// Lists call every table of a database by this name where they speak of columns.
const ALL_TABLES: &str = "ALL_TABLES";

/// What principals hold on objects.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Held(BTreeMap<(String, Object), Holding>);

/// What one principal holds on one object. Columns and what is but for columns are held on their table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Holding {
    plain: Set,
    grantable: Set,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Set {
    /// All but the SELECT on tables.
    permissions: BTreeSet<Permission>,
    select: Columns,
}

impl Held {
    /// Takes in a row. A row about what has no name here is left out.
    pub(super) fn add_row(&mut self, row: &ListedGrant) {
        let Some((object, columns)) = object(&row.resource.kind) else {
            return;
        };
        let all = columns.unwrap_or_else(Columns::all);
        let known = |names: &[datamesh_aws::lakeformation::Permission]| -> Vec<Permission> {
            let names = names.iter();
            names
                .filter_map(|name| Permission::parse(name.as_str()))
                .collect()
        };
        let holding = self.holding(&row.principal, object.clone());
        for permission in known(&row.permissions) {
            holding.plain.add(&object, permission, &all);
        }
        for permission in known(&row.grantable) {
            holding.grantable.add(&object, permission, &all);
        }
    }

    /// Takes in an atom.
    pub(super) fn add(&mut self, grant: &Grant) {
        let (object, columns) = place(&grant.on);
        let holding = self.holding(&grant.principal, object.clone());
        let set = match grant.grantable {
            true => &mut holding.grantable,
            false => &mut holding.plain,
        };
        set.add(&object, grant.permission, &columns);
    }

    fn holding(&mut self, principal: &str, object: Object) -> &mut Holding {
        self.0.entry((principal.to_owned(), object)).or_default()
    }

    /// Whether the principal has what the atom allows, by this atom or by a wider one on the same object.
    pub(super) fn has(&self, grant: &Grant) -> bool {
        let (object, columns) = place(&grant.on);
        let holding = self.0.get(&(grant.principal.clone(), object.clone()));
        holding.is_some_and(|holding| {
            let set = match grant.grantable {
                true => &holding.grantable,
                false => &holding.plain,
            };
            set.has(&object, grant.permission, &columns)
        })
    }

    /// What is held beyond `wanted`, by principals that want something of it.
    pub(super) fn beyond(&self, wanted: &Self) -> Self {
        let principals: BTreeSet<&str> = wanted.0.keys().map(|(who, _)| who.as_str()).collect();
        let held = self.0.iter();
        let held = held.filter(|((who, _), _)| principals.contains(who.as_str()));
        Self(
            held.map(|(key, holding)| {
                let known = wanted.0.get(key).cloned().unwrap_or_default();
                let plain = known.plain.and(&known.grantable);
                let beyond = Holding {
                    plain: holding.plain.without(&plain),
                    grantable: holding.grantable.without(&known.grantable),
                };
                (key.clone(), beyond)
            })
            .collect(),
        )
    }

    /// The atoms, the fewest that say the same: `ALL` stands for itself alone, all columns for their table.
    pub(super) fn atoms(&self) -> Vec<Grant> {
        let mut atoms = Vec::new();
        for ((principal, object), holding) in &self.0 {
            for (set, grantable) in [(&holding.plain, false), (&holding.grantable, true)] {
                for (permission, on) in set.atoms(object) {
                    atoms.push(Grant {
                        principal: principal.clone(),
                        on,
                        permission,
                        grantable,
                    });
                }
            }
        }
        atoms
    }
}

impl Set {
    fn add(&mut self, object: &Object, permission: Permission, columns: &Columns) {
        if permission == Permission::Select && has_columns(object) {
            self.select = self.select.or(columns);
        } else {
            self.permissions.insert(permission);
        }
    }

    fn has(&self, object: &Object, permission: Permission, columns: &Columns) -> bool {
        if self.permissions.contains(&Permission::All) {
            return true;
        }
        if permission == Permission::Select && has_columns(object) {
            return columns.within(&self.select);
        }
        self.permissions.contains(&permission)
    }

    fn and(&self, other: &Self) -> Self {
        Self {
            permissions: &self.permissions | &other.permissions,
            select: self.select.or(&other.select),
        }
    }

    fn without(&self, known: &Self) -> Self {
        if known.permissions.contains(&Permission::All) {
            return Self::default();
        }
        Self {
            permissions: &self.permissions - &known.permissions,
            select: self.select.without(&known.select),
        }
    }

    fn atoms(&self, object: &Object) -> Vec<(Permission, Object)> {
        if self.permissions.contains(&Permission::All) {
            return vec![(Permission::All, object.clone())];
        }
        let permissions = self.permissions.iter().copied();
        let mut atoms: Vec<_> = permissions
            .map(|permission| (permission, object.clone()))
            .collect();
        let select = |on| (Permission::Select, on);
        match (&self.select, object) {
            (Columns::Only(columns), Object::Table(table)) => {
                atoms.extend(columns.iter().map(|column| {
                    select(Object::Column {
                        table: table.clone(),
                        column: column.clone(),
                    })
                }));
            }
            (Columns::AllBut(excluded), Object::Table(table)) if !excluded.is_empty() => {
                atoms.push(select(Object::ColumnsExcept {
                    table: table.clone(),
                    excluded: excluded.clone(),
                }));
            }
            (Columns::AllBut(_), object) => atoms.push(select(object.clone())),
            (Columns::Only(_), _) => {}
        }
        atoms
    }
}

/// Whether SELECT on it is about columns.
fn has_columns(object: &Object) -> bool {
    matches!(object, Object::Table(_) | Object::AllTables)
}

/// On what a permission on this is held, and on which columns of it.
fn place(on: &Object) -> (Object, Columns) {
    match on {
        Object::Column { table, column } => (Object::Table(table.clone()), Columns::one(column)),
        Object::ColumnsExcept { table, excluded } => (
            Object::Table(table.clone()),
            Columns::AllBut(excluded.clone()),
        ),
        other => (other.clone(), Columns::all()),
    }
}

/// What a row is about; none for what has no name here.
fn object(kind: &ResourceKind) -> Option<(Object, Option<Columns>)> {
    let set = |names: &[String]| names.iter().cloned().collect::<BTreeSet<String>>();
    let of_table = |table: &str| match table {
        ALL_TABLES => Object::AllTables,
        table => Object::Table(table.to_owned()),
    };
    Some(match kind {
        ResourceKind::Catalog => (Object::Catalog, None),
        ResourceKind::Database { .. } => (Object::Database, None),
        ResourceKind::AllTables { .. } => (Object::AllTables, None),
        ResourceKind::Table { name, .. } => (Object::Table(name.clone()), None),
        ResourceKind::Columns { table, columns, .. } => {
            (of_table(table), Some(Columns::Only(set(columns))))
        }
        ResourceKind::ColumnsExcept {
            table, excluded, ..
        } => (of_table(table), Some(Columns::AllBut(set(excluded)))),
        ResourceKind::DataCellsFilter { table, name, .. } => (
            Object::Filter {
                table: table.clone(),
                name: name.clone(),
            },
            None,
        ),
        ResourceKind::DataLocation { arn } => (Object::Location(arn.clone()), None),
        ResourceKind::LfTag { key, values } => (
            Object::TagKey {
                key: key.clone(),
                values: set(values),
            },
            None,
        ),
        ResourceKind::LfTagPolicy {
            of,
            expression,
            expression_name: None,
        } => {
            let of = match of {
                TagExpressionOf::Database => Tagged::Database,
                TagExpressionOf::Table => Tagged::Table,
                TagExpressionOf::Other(_) => return None,
            };
            let tags = expression.iter();
            let tags = tags.map(|(key, values)| (key.clone(), set(values)));
            (
                Object::Expression {
                    of,
                    tags: tags.collect(),
                },
                None,
            )
        }
        ResourceKind::LfTagPolicy { .. }
        | ResourceKind::LfTagExpression { .. }
        | ResourceKind::Unknown => return None,
    })
}

#[cfg(test)]
#[path = "held_tests.rs"]
mod tests;
