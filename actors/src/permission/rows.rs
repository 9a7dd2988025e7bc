//! What the list of permissions shows: only the rows of what changed are written, for a ledger may have
//! thousands.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::item::{Item, Phase};
use super::record::{
    HeldBy, PERMISSIONS, PermissionRecord, PermissionStatus, group_of, id_of_group,
};
use super::work::Work;
use crate::access::{Grant, Thing};
use crate::{reason, row};

/// Has the rows of what was given by hand shown with this decision.
pub(super) fn touch_extras(work: &mut Work<'_>) {
    let extras = work.state().extras.values();
    let groups: Vec<String> = extras.filter_map(|thing| group_of(thing)).collect();
    for group in groups {
        work.groups.entry(group).or_default();
    }
}

/// Shows the rows of all that changed.
pub(super) fn show(work: &mut Work<'_>) {
    let changed = std::mem::take(&mut work.groups);
    let mut extras: BTreeMap<String, Vec<Arc<Thing>>> = BTreeMap::new();
    for thing in work.state().extras.values() {
        if let Some(group) = group_of(thing).filter(|group| changed.contains_key(group)) {
            extras.entry(group).or_default().push(thing.clone());
        }
    }
    for (group, before) in changed {
        let by_hand = extras.remove(&group).unwrap_or_default();
        let row = record(work, &group, &by_hand)
            .or_else(|| revoked(work, &before))
            .map_or_else(
                // What was given by hand and taken by hand leaves no row.
                || id_of_group(&work.ledger, &group).map(|id| row::delete(PERMISSIONS, &id)),
                |mut record| {
                    record.updated_ms = work.now_ms();
                    record.row()
                },
            );
        work.turn.show(row);
    }
}

fn grants<'t>(things: impl IntoIterator<Item = &'t Thing>) -> Vec<&'t Grant> {
    let grants = things.into_iter().filter_map(|thing| match thing {
        Thing::Grant(grant) => Some(grant),
        _ => None,
    });
    grants.collect()
}

fn record(work: &Work<'_>, group: &str, by_hand: &[Arc<Thing>]) -> Option<PermissionRecord> {
    let state = work.state();
    let numbers = state.groups.get(group).cloned().unwrap_or_default();
    let items: Vec<&Item> = numbers.iter().filter_map(|n| state.item(*n)).collect();
    let things = items.iter().map(|item| &*item.thing);
    let things = grants(things.chain(by_hand.iter().map(|thing| &**thing)));
    let mut record = PermissionRecord::of(&work.ledger, &things)?;
    let holders: BTreeSet<&String> = items.iter().flat_map(|item| &item.holders).collect();
    let holders = holders.into_iter().filter_map(|id| {
        let why = state.holder(id)?.why.clone();
        let holder = id.clone();
        Some(HeldBy { holder, why })
    });
    record.holders = holders.collect();
    let until = record.holders.iter().map(|held| held.why.until_ms);
    record.until_ms = until
        .collect::<Option<Vec<i64>>>()
        .and_then(|until| until.into_iter().max());
    let since = items.iter().map(|item| item.since_ms);
    record.since_ms = since.min().unwrap_or_default();
    record.status = status(&items, !by_hand.is_empty());
    let mut troubles = items.iter().map(|item| &item.trouble);
    if let Some((code, message)) = troubles.find(|(code, _)| !code.is_empty()) {
        record.status_reason = reason::sentence(code, message);
    } else if !by_hand.is_empty() {
        let given = "some of it was given by hand: nobody here asked for it";
        record.status_reason = reason::sentence("GIVEN_BY_HAND", given);
    } else if record.status == PermissionStatus::Drifted {
        let taken = "some of it was taken away by hand: repair puts it again";
        record.status_reason = reason::sentence("MISSING", taken);
    }
    Some(record)
}

pub(super) fn status(items: &[&Item], by_hand: bool) -> PermissionStatus {
    let some = |is: fn(Phase) -> bool| items.iter().any(|item| is(item.phase));
    if some(|phase| phase == Phase::Failed) {
        PermissionStatus::Failed
    } else if by_hand || some(|phase| phase == Phase::Missing) {
        PermissionStatus::Drifted
    } else if items.iter().any(|item| !item.is_wanted()) {
        PermissionStatus::Revoking
    } else if items.iter().all(|item| item.phase == Phase::There) {
        PermissionStatus::Granted
    } else {
        PermissionStatus::Granting
    }
}

/// What is left to show of what is gone.
fn revoked(work: &Work<'_>, before: &[Arc<Item>]) -> Option<PermissionRecord> {
    let things = grants(before.iter().map(|item| &*item.thing));
    let mut record = PermissionRecord::of(&work.ledger, &things)?;
    record.status = PermissionStatus::Revoked;
    let since = before.iter().map(|item| item.since_ms);
    record.since_ms = since.min().unwrap_or_default();
    Some(record)
}
