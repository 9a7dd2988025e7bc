//! When a generation of a holder has ended, and what its holder is told.

use super::effects::{LedgerEffect, TellHolder};
use super::event::Event;
use super::holder::{Holder, Told};
use super::is_own;
use super::state::State;
use super::work::Work;
use crate::access::{HoldEnd, HoldResult, Kept, LedgerId, Reread, Thing};

/// Tells those whose generation has ended with this decision.
pub(super) fn tell(work: &mut Work<'_>) {
    for id in work.holders.clone() {
        let Some(holder) = work.state().holder(&id) else {
            continue;
        };
        let Some((told, result)) = result(work.state(), holder, &work.ledger) else {
            continue;
        };
        let end = HoldEnd {
            ledger: work.ledger.clone(),
            holder: id.clone(),
            generation: holder.generation,
            result,
        };
        work.happen(Event::Told {
            holder: id.clone(),
            told,
        });
        if !is_own(&id) {
            work.turn.ask(LedgerEffect::TellHolder(TellHolder { end }));
        }
    }
}

/// `None` while there is nothing new to tell.
fn result(state: &State, holder: &Holder, ledger: &LedgerId) -> Option<(Told, HoldResult)> {
    if holder.told.is_end() || !holder.waiting.is_empty() {
        return None;
    }
    if let Some(first) = holder.stuck.first() {
        if holder.told == Told::Unreachable {
            return None;
        }
        let (code, message) = trouble(state, *first);
        let remains = state.things(holder.stuck.iter().copied());
        let result = HoldResult::Unreachable {
            code,
            message,
            remains,
        };
        return Some((Told::Unreachable, result));
    }
    if let Some(refused) = refused(state, holder) {
        return Some((Told::Refused, refused));
    }
    let gone = holder.removed.iter();
    let gone = gone.map(|(thing, at_ms)| reread(ledger, thing, "absent", *at_ms));
    if holder.wants.is_empty() {
        let result = HoldResult::Released {
            removed: (holder.removed.iter())
                .map(|(thing, _)| (**thing).clone())
                .collect(),
            kept: kept(state, holder),
            rereads: gone.collect(),
        };
        return Some((Told::Released, result));
    }
    let there = holder
        .wants
        .iter()
        .filter_map(|number| state.item(*number))
        .map(|item| reread(ledger, &item.thing, "present", item.read_ms));
    let rereads = there.chain(gone).collect();
    Some((Told::Held, HoldResult::Held { rereads }))
}

fn refused(state: &State, holder: &Holder) -> Option<HoldResult> {
    let queues = &state.queues;
    let cannot = |number: &&u32| queues.failed.contains(number) || queues.missing.contains(number);
    let failed: Vec<u32> = holder.wants.iter().filter(cannot).copied().collect();
    let mut things = state.things(failed.iter().copied());
    let (code, message) = match (failed.first(), holder.denied.first()) {
        (Some(first), _) => trouble(state, *first),
        (None, Some(thing)) => (
            "CONFLICTING_WANTS".to_owned(),
            format!("another holder needs something else in the place of {thing}: agree with it"),
        ),
        (None, None) => return None,
    };
    things.extend(holder.denied.iter().cloned());
    Some(HoldResult::Refused {
        code,
        message,
        things,
    })
}

fn kept(state: &State, holder: &Holder) -> Vec<Kept> {
    let items = holder.kept.iter().filter_map(|number| state.item(*number));
    items
        .map(|item| Kept {
            thing: (*item.thing).clone(),
            by: item.holders.iter().cloned().collect(),
        })
        .collect()
}

fn trouble(state: &State, number: u32) -> (String, String) {
    state
        .item(number)
        .map(|item| item.trouble.clone())
        .unwrap_or_default()
}

fn reread(ledger: &LedgerId, thing: &Thing, found: &str, at_ms: i64) -> Reread {
    Reread {
        account: ledger.account.clone(),
        operation: match thing {
            Thing::Link(_) => "glue:GetTable",
            Thing::Filter(_) => "lakeformation:GetDataCellsFilter",
            Thing::OptIn { .. } => "lakeformation:ListLakeFormationOptIns",
            Thing::Location(_) => "lakeformation:DescribeResource",
            Thing::TagKey { .. } => "lakeformation:GetLFTag",
            Thing::Tag { .. } => "lakeformation:GetResourceLFTags",
            Thing::Sharing { .. } | Thing::Admin { .. } => "lakeformation:GetDataLakeSettings",
            Thing::Grant(_) => "lakeformation:ListPermissions",
        }
        .to_owned(),
        about: thing.to_string(),
        found: found.to_owned(),
        at_ms,
    }
}
