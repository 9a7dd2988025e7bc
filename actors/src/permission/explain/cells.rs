//! What a grant lets its principal read.

use std::collections::{BTreeMap, BTreeSet};

use super::Side;
use crate::access::{CellsFilter, Grant, Object, Permission, Rows, Tagged};
use crate::lakeformation::Facts;
use crate::permission::record::HeldBy;

/// Columns, each with the rows in which it is readable; all rows if empty.
pub(super) type Cells = BTreeMap<String, String>;

/// A grant that leads somewhere.
pub(super) struct Way<'a> {
    pub(super) grant: &'a Grant,
    pub(super) cells: Cells,
    pub(super) held_by: Vec<HeldBy>,
}

/// The grants of an account that let somebody read some of the table.
pub(super) fn ways<'a>(side: Side<'a>, table: &Facts) -> Vec<Way<'a>> {
    let grants = side.facts.grants.iter();
    let ways = grants.filter_map(|grant| {
        let cells = cells(grant, side.facts, table);
        (!cells.is_empty()).then(|| Way {
            grant,
            cells,
            held_by: held_by(side, grant),
        })
    });
    ways.collect()
}

fn held_by(side: Side<'_>, grant: &Grant) -> Vec<HeldBy> {
    let rows = side.held.iter().filter(|row| row.covers(grant));
    rows.flat_map(|row| row.holders.iter().cloned()).collect()
}

/// Whether it is SELECT, or includes it.
pub(super) fn reads(grant: &Grant) -> bool {
    matches!(grant.permission, Permission::Select | Permission::All) && !grant.grantable
}

/// What a grant lets its principal read.
fn cells(grant: &Grant, facts: &Facts, table: &Facts) -> Cells {
    if !reads(grant) {
        return Cells::new();
    }
    let columns = table.table.as_ref().map(|table| table.columns.as_slice());
    let columns = columns.unwrap_or_default().iter();
    let all = |keep: &dyn Fn(&str) -> bool| {
        let kept = columns.clone().filter(|name| keep(name));
        kept.map(|name| (name.clone(), String::new())).collect()
    };
    match &grant.on {
        Object::Table(_) | Object::AllTables => all(&|_| true),
        Object::Column { column, .. } => all(&|name| name == column),
        Object::ColumnsExcept { excluded, .. } => all(&|name| !excluded.contains(name)),
        Object::Filter { name, .. } => {
            let filter = facts.filters.iter().find(|filter| filter.name == *name);
            let Some(filter) = filter else {
                return Cells::new();
            };
            let kept = columns.filter(|name| lets_through(filter, name));
            kept.map(|name| (name.clone(), rows(filter))).collect()
        }
        Object::Expression {
            of: Tagged::Table,
            tags,
        } => all(&|name| has_tags(facts, name, tags)),
        Object::Expression {
            of: Tagged::Database,
            ..
        }
        | Object::Catalog
        | Object::Database
        | Object::Location(_)
        | Object::TagKey { .. } => Cells::new(),
    }
}

fn lets_through(filter: &CellsFilter, column: &str) -> bool {
    let named = filter.columns.is_empty() || filter.columns.contains(column);
    named && !filter.excluded.contains(column)
}

fn rows(filter: &CellsFilter) -> String {
    match &filter.rows {
        Rows::All => String::new(),
        Rows::Where(expression) => expression.clone(),
    }
}

/// Whether a column has one of the values for every key. Without tags of its own it has the table's.
fn has_tags(facts: &Facts, column: &str, wanted: &BTreeMap<String, BTreeSet<String>>) -> bool {
    let Some(tags) = facts.tags.get(column).or_else(|| facts.tags.get("")) else {
        return false;
    };
    wanted
        .iter()
        .all(|(key, values)| tags.get(key).is_some_and(|value| values.contains(value)))
}

/// What both let through.
pub(super) fn both(one: &Cells, other: &Cells) -> Cells {
    let common = one.iter().filter_map(|(column, rows)| {
        let more = other.get(column)?;
        let rows = match (rows.as_str(), more.as_str()) {
            ("", rows) | (rows, "") => rows.to_owned(),
            (one, other) if one == other => one.to_owned(),
            (one, other) => format!("({one}) AND ({other})"),
        };
        Some((column.clone(), rows))
    });
    common.collect()
}
