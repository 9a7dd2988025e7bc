//! What a ledger does next: read from what is so, not from what was asked last.
//!
//! **Two lanes to write, one to read.** Taking away and giving each have at most one effect in flight. What is
//! to be taken is chosen first and never waits for what is to be given, but for one batch at most: the one in
//! flight, if it is of the same principal and table, for two calls on one thing may end in either order. A
//! batch that is given has a short deadline, and a throttle or an open circuit ends it: nothing that gives
//! sits in a queue while something that takes is due. Only what a taking cut goes first, where its principal and
//! table are the same (`overlap`).
//!
//! **What came to nothing waits by itself.** A thing that is late is due again after a pause; a batch of which
//! nothing came pauses its lane, and the next is smaller, down to one thing, so that a slow account still gets
//! on. Taking pauses 5 seconds at most, and is never given up.
//!
//! **An answer is not believed.** What was put or taken is read back before anybody is told.

use std::collections::BTreeSet;

use super::effects::{LedgerEffect, Put, Remove, See, Target, TellLook};
use super::event::Event;
use super::item::{Item, Phase};
use super::overlap::CUT;
use super::queues::Queues;
use super::state::{Lane, State};
use super::work::Work;
use super::{PLAN_TIMER, is_own};
use crate::access::{Look, LookEnd, Object, Thing};
use crate::backoff::pause_ms;

/// Most things of one batch that is put or taken away.
pub(super) const BATCH: usize = 20;
/// Most things that are read at once.
const READ_BATCH: usize = 50;
/// So many things of a queue are tried for a batch: those behind wait until these have moved.
const LOOK_AHEAD: usize = 400;
/// The first pause of a lane or a thing; it doubles.
const PAUSE_FIRST_MS: i64 = 100;
/// The longest pause of what is given.
const GIVING_PAUSE_MOST_MS: i64 = 30_000;
/// The longest pause of what is taken.
const TAKING_PAUSE_MOST_MS: i64 = 5_000;

/// The pause after `failures` failures, 0 for the first, with up to a quarter more so that many ledgers do not
/// come back at once.
pub(super) fn giving_pause_ms(failures: u32, random: u64) -> i64 {
    jittered(
        pause_ms(failures, PAUSE_FIRST_MS, GIVING_PAUSE_MOST_MS),
        random,
    )
}

/// As [`giving_pause_ms`], for what is taken away; the quarter is taken off.
pub(super) fn taking_pause_ms(failures: u32, random: u64) -> i64 {
    let pause_ms = pause_ms(failures, PAUSE_FIRST_MS, TAKING_PAUSE_MOST_MS);
    jittered(pause_ms - pause_ms / 5, random)
}

fn jittered(pause_ms: i64, random: u64) -> i64 {
    let quarter = u64::try_from(pause_ms / 4).unwrap_or_default();
    let more = random.checked_rem(quarter.saturating_add(1));
    pause_ms + more.and_then(|more| i64::try_from(more).ok()).unwrap_or(0)
}

/// Sets going whatever can go.
pub(super) fn advance(work: &mut Work<'_>) {
    take(work);
    give(work);
    read(work);
    wake(work);
}

fn take(work: &mut Work<'_>) {
    let (state, now_ms) = (work.state(), work.now_ms());
    if !is_free(&state.taking, now_ms) {
        return;
    }
    // What was cut is put again before more is taken from the same principal and table, if it can be now.
    let cut = state.queues.put.iter();
    let cut = cut.take_while(|(due_ms, ..)| *due_ms == CUT && is_free(&state.giving, now_ms));
    let cut: Vec<u32> = (cut.take(batch(&state.giving)))
        .map(|(_, _, number)| *number)
        .collect();
    let queue = state.queues.take.iter();
    let due = queue.take_while(|(due_ms, ..)| *due_ms <= now_ms);
    let numbers = due.take(LOOK_AHEAD).map(|(_, _, number)| *number);
    let numbers: Vec<u32> = numbers
        .filter(|number| is_apart(state, *number, &state.giving))
        .filter(|number| !cut.iter().any(|cut| collides(state, *number, *cut)))
        .take(batch(&state.taking))
        .collect();
    if numbers.is_empty() {
        return;
    }
    let things = state.things(numbers.iter().copied());
    work.happen(Event::RemoveBegun {
        numbers: numbers.clone(),
    });
    work.turn
        .ask(LedgerEffect::Remove(Remove { numbers, things }));
}

fn give(work: &mut Work<'_>) {
    let (state, now_ms) = (work.state(), work.now_ms());
    if !is_free(&state.giving, now_ms) {
        return;
    }
    let queue = state.queues.put.iter();
    let due = queue.take_while(|(due_ms, ..)| *due_ms <= now_ms);
    let numbers = due.take(LOOK_AHEAD).map(|(_, _, number)| *number);
    let mut numbers: Vec<u32> = numbers
        .filter(|number| is_apart(state, *number, &state.taking) && stands(state, *number))
        .take(batch(&state.giving))
        .collect();
    if numbers.is_empty() {
        return;
    }
    numbers.sort_by_key(|number| state.item(*number).map(Item::rank));
    let things = state.things(numbers.iter().copied());
    work.happen(Event::PutBegun {
        numbers: numbers.clone(),
    });
    work.turn.ask(LedgerEffect::Put(Put { numbers, things }));
}

fn is_free(lane: &Lane, now_ms: i64) -> bool {
    !lane.busy && lane.not_before_ms <= now_ms
}

fn batch(lane: &Lane) -> usize {
    (BATCH >> lane.failures.min(8)).max(1)
}

/// Whether nothing in flight on the other lane is of the same principal and table.
fn is_apart(state: &State, number: u32, other: &Lane) -> bool {
    let Some(item) = state.item(number) else {
        return false;
    };
    let mut others = other.in_flight.iter().filter_map(|n| state.item(*n));
    !others.any(|other| collide(&item.thing, &other.thing))
}

fn collides(state: &State, one: u32, other: u32) -> bool {
    let thing = |number: u32| state.item(number).map(|item| &*item.thing);
    let (one, other) = (thing(one), thing(other));
    one.zip(other)
        .is_some_and(|(one, other)| collide(one, other))
}

/// Whether what it stands on is not still to be put. A filter that failed is not waited for: the grant on it
/// fails with it.
fn stands(state: &State, number: u32) -> bool {
    let Some(Thing::Grant(grant)) = state.item(number).map(|item| &*item.thing) else {
        return true;
    };
    let Object::Filter { table, name } = &grant.on else {
        return true;
    };
    let filter = state.find(&format!("filter/{table}/{name}"));
    !filter.is_some_and(|(_, filter)| {
        matches!(
            filter.phase,
            Phase::Wanted { .. } | Phase::Putting | Phase::Removing
        ) && filter.is_wanted()
    })
}

/// Whether two things are of the same principal and table, so that their calls must not overlap.
fn collide(one: &Thing, other: &Thing) -> bool {
    let (one, other) = (reach(one), reach(other));
    let same_principal = one.0 == other.0 || one.0.is_none() || other.0.is_none();
    one.1 == other.1 && same_principal
}

/// Whom and what it is about; nobody in particular for what is about all.
fn reach(thing: &Thing) -> (Option<&str>, Option<&str>) {
    match thing {
        Thing::Sharing { .. } | Thing::Admin { .. } => (None, Some("settings of the account")),
        Thing::Location(location) => (None, Some(&location.arn)),
        Thing::TagKey { key, .. } => (None, Some(key)),
        Thing::Tag { on, .. } => (None, on.table()),
        Thing::Filter(filter) => (None, Some(&filter.table)),
        Thing::Link(link) => (None, Some(&link.table)),
        Thing::OptIn { principal, on } => (Some(principal), on.table()),
        Thing::Grant(grant) => (Some(&grant.principal), grant.on.table()),
    }
}

fn read(work: &mut Work<'_>) {
    let (state, now_ms) = (work.state(), work.now_ms());
    if state.reading.busy {
        return;
    }
    let due = |(due_ms, _): &&(i64, u32)| *due_ms <= now_ms;
    let proofs = state.queues.prove.iter().take_while(due);
    let confirmations = state.queues.confirm.iter().take_while(due);
    let numbers = proofs.chain(confirmations).map(|(_, number)| *number);
    let numbers: Vec<u32> = numbers.take(READ_BATCH).collect();
    if !numbers.is_empty() {
        return see(work, &numbers, false);
    }
    look(work);
}

/// Goes on with the first look that was asked for.
fn look(work: &mut Work<'_>) {
    while let Some(look) = work.state().looks.front() {
        if work.state().reading.not_before_ms > work.now_ms() {
            return;
        }
        let remaining = look.remaining.iter().copied();
        let known = remaining.filter(|number| work.state().item(*number).is_some());
        let numbers: Vec<u32> = known.take(READ_BATCH).collect();
        if !numbers.is_empty() {
            return see(work, &numbers, true);
        }
        end_look(work, String::new());
    }
}

/// Ends the first look, and tells who asked for it.
pub(super) fn end_look(work: &mut Work<'_>, unreachable: String) {
    let Some(look) = work.state().looks.front().cloned() else {
        return;
    };
    let at_ms = work.now_ms();
    let state = work.state();
    let extra = (look.extra.iter()).filter(|(key, _)| !state.numbers.contains_key(key.as_str()));
    let seen = Look {
        missing: state.things(look.missing.iter().copied()),
        extra: extra.map(|(_, thing)| thing.clone()).collect(),
        at_ms,
        unreachable,
    };
    super::rows::touch_extras(work);
    work.happen(Event::LookEnded {
        whole: seen.unreachable.is_empty(),
        at_ms,
    });
    super::rows::touch_extras(work);
    if !look.holder.is_empty() && !is_own(&look.holder) {
        let end = LookEnd {
            ledger: work.ledger.clone(),
            holder: look.holder,
            number: look.number,
            look: seen,
        };
        work.turn.ask(LedgerEffect::TellLook(TellLook { end }));
    }
}

fn see(work: &mut Work<'_>, numbers: &[u32], look: bool) {
    let items = numbers.iter().filter_map(|number| {
        let item = work.state().item(*number)?;
        let epoch = item.epoch;
        let number = *number;
        Some((Target { number, epoch }, (*item.thing).clone()))
    });
    let (targets, things) = items.unzip();
    work.happen(Event::ReadBegun);
    work.turn.ask(LedgerEffect::See(See {
        targets,
        things,
        look,
    }));
}

/// Ends the ledger's own holders whose time is over.
pub(super) fn expire(work: &mut Work<'_>) {
    let at_ms = work.now_ms();
    while let Some((until_ms, holder)) = work.state().expiries.first().cloned() {
        if until_ms > at_ms {
            return;
        }
        let holder = holder.to_string();
        work.happen(Event::Expired { holder, at_ms });
    }
}

/// Has the ledger woken when the next thing is due. What is due and cannot go waits for an effect in flight,
/// whose end is a decision too.
fn wake(work: &mut Work<'_>) {
    if let Some(due_ms) = next_ms(work.state(), work.now_ms()) {
        work.turn.wake(PLAN_TIMER, due_ms);
    }
}

fn next_ms(state: &State, now_ms: i64) -> Option<i64> {
    let soon = now_ms.saturating_add(1);
    let Queues {
        put,
        take,
        confirm,
        prove,
        ..
    } = &state.queues;
    let lane = |lane: &Lane, queue: &BTreeSet<(i64, u8, u32)>| {
        if lane.busy || queue.is_empty() {
            None
        } else if lane.not_before_ms > now_ms {
            Some(lane.not_before_ms)
        } else {
            queue.range((soon, 0, 0)..).next().map(|first| first.0)
        }
    };
    let read = |queue: &BTreeSet<(i64, u32)>| {
        let next = queue.range((soon, 0)..).next();
        next.map(|first| first.0).filter(|_| !state.reading.busy)
    };
    let look = state.looks.front().map(|_| state.reading.not_before_ms);
    let all = [
        lane(&state.giving, put),
        lane(&state.taking, take),
        read(confirm),
        read(prove),
        look.filter(|due_ms| !state.reading.busy && *due_ms > now_ms),
        state.expiries.first().map(|(until_ms, _)| *until_ms),
    ];
    all.into_iter().flatten().min()
}
