//! What a ledger tells the world.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::item::Item;
use super::record::{group_of, resource_arn};
use super::work::Work;
use crate::access::{Object, Thing};

/// The source of the events of permissions.
pub const SOURCE: &str = "management-app.permissions";

/// Tells that these things are there now.
pub(super) fn granted(work: &mut Work<'_>, items: &[Item]) {
    tell(work, "PermissionGranted", items);
}

/// Tells that these things are gone.
pub(super) fn revoked(work: &mut Work<'_>, items: &[Item]) {
    tell(work, "PermissionRevoked", items);
}

/// One event for each principal and object. Nobody but a person needs to know of the rest that a ledger
/// keeps.
fn tell(work: &mut Work<'_>, detail_type: &str, items: &[Item]) {
    let mut groups: BTreeMap<String, Vec<&Item>> = BTreeMap::new();
    for item in items {
        if let Some(group) = group_of(&item.thing) {
            groups.entry(group).or_default().push(item);
        }
    }
    for items in groups.values() {
        if let Some(detail) = detail(work, items) {
            work.turn.tell(SOURCE, detail_type, detail);
        }
    }
}

fn detail(work: &Work<'_>, items: &[&Item]) -> Option<Value> {
    let grants = items.iter().filter_map(|item| match &*item.thing {
        Thing::Grant(grant) => Some(grant),
        _ => None,
    });
    let grants: Vec<_> = grants.collect();
    let first = grants.first()?;
    let names = |grantable: bool| {
        let some = grants.iter().filter(|grant| grant.grantable == grantable);
        let mut names: Vec<&str> = some.map(|grant| grant.permission.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    };
    let columns = grants.iter().filter_map(|grant| match &grant.on {
        Object::Column { column, .. } => Some(column.as_str()),
        _ => None,
    });
    let mut columns: Vec<&str> = columns.collect();
    columns.sort_unstable();
    columns.dedup();
    let holders = items
        .iter()
        .flat_map(|item| item.holders.iter().chain(&item.leavers));
    let mut holders: Vec<&str> = holders.map(String::as_str).collect();
    holders.sort_unstable();
    holders.dedup();
    Some(json!({
        "principal": first.principal,
        "resource": resource_arn(&work.ledger, &first.on),
        "permissions": names(false),
        "grantable": names(true),
        "columns": columns,
        "account": work.ledger.account,
        "region": work.ledger.region,
        "database": work.ledger.database,
        "on": first.on.to_string(),
        "holders": holders,
    }))
}
