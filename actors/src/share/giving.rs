//! How access is given: look the asset up, read the table, tell the producer's ledgers, wait until the consumer
//! is associated in RAM, tell the consumer's ledgers, ask as the consumer.
//!
//! What is refused for good is answered by wanting nothing: all that was given is taken, and the share has
//! failed. Where access with this scope was there before, a failure takes nothing away; the health says what is
//! wrong.

use std::collections::BTreeSet;

use super::fulfilment::Phase;
use super::looking;
use super::plan::{Next, TRIES};
use super::post::{HeldEnd, Post};
use super::state::{Answer, Association, Stage, State, Step, Wanted};
use super::wants::Needs;
use crate::access::Permission;

/// An invitation that was not accepted so often will not be.
const MAX_REISSUES: u32 = 10;

/// What is needed, as far as it is known.
pub(super) fn needs<'a>(state: &'a State, wanted: &'a Wanted) -> Option<Needs<'a>> {
    Some(Needs {
        resolved: state.resolved.as_ref()?,
        table: state.table.as_ref()?,
        scope: &wanted.scope,
        permissions: &state.record.as_ref()?.permissions,
    })
}

/// What comes next while access is given.
pub(super) fn next(state: &State, wanted: &Wanted) -> Next {
    if state.resolved.is_none() {
        return Next::Step(Step::Resolve);
    }
    if !state.table_read {
        return Next::Step(Step::ReadTable);
    }
    let Some(needs) = needs(state, wanted) else {
        return fail("TABLE_NOT_FOUND", "the table is not there");
    };
    if let Some(unknown) = needs.unknown().filter(|_| !state.given) {
        return fail(
            "COLUMN_NOT_FOUND",
            format!("the table has no column {unknown}: ask for columns that it has"),
        );
    }
    if needs.permitted().is_empty() && !state.given {
        return fail("NO_COLUMNS", "nothing is left of the table's columns");
    }
    let fresh = state.phase() == Phase::Granting;
    for post in Post::GIVING {
        if let Some(next) = held(state, &needs, post) {
            return next;
        }
        if post == Post::ProducerDatabase
            && fresh
            && needs.resolved.is_cross_account()
            && let Some(next) = association(state)
        {
            return next;
        }
    }
    if fresh {
        return query(state, &needs).unwrap_or(Next::Given);
    }
    match &state.look {
        Some(look) => looking::next(state, look, &needs),
        None => Next::Rest,
    }
}

/// What is still to be done for a ledger to have what is needed of it.
fn held(state: &State, needs: &Needs<'_>, post: Post) -> Option<Next> {
    let held = state.posts.get(&post);
    let reissuing = state.reissuing && post == Post::ProducerDatabase;
    let mut wants = match reissuing {
        true => BTreeSet::new(),
        false => needs.of(post),
    };
    if let Some(look) = &state.look
        && look.stage == Stage::Adopting
        && let Some(seen) = look.seen.get(&post)
    {
        wants.extend(seen.extra.iter().cloned());
    }
    let Some(held) = held else {
        return (!wants.is_empty()).then_some(Next::Hold(post, wants));
    };
    if held.generation != state.generation() || held.wants != wants {
        return Some(Next::Hold(post, wants));
    }
    match &held.end {
        None => Some(Next::Rest),
        Some(HeldEnd::Settled) => reissuing.then_some(Next::Reissue(false)),
        // What works is left as it is; the health says what is wrong.
        Some(_) if state.given => None,
        Some(HeldEnd::Refused { code, message })
            if needs.resolved.is_cross_account()
                && post.may_not_see(code, message)
                && state.doubts < TRIES =>
        {
            Some(Next::Doubt(format!("NOT_SHARED_YET: {code}: {message}")))
        }
        Some(HeldEnd::Refused { code, message }) => Some(fail(code, message)),
        // What is too much could not be taken: it is told again.
        Some(HeldEnd::Unreachable { code, message, .. }) => {
            Some(Next::Pause(format!("{code}: {message}")))
        }
    }
}

/// What is still to be done for the consumer to be associated in RAM; `None` if it is.
fn association(state: &State) -> Option<Next> {
    let Some(seen) = &state.ram else {
        return Some(Next::Step(Step::Accept));
    };
    let reissues = state.record.as_ref().map_or(0, |r| r.fulfilment.reissues);
    match seen.association {
        Association::Associated => None,
        Association::Lapsed if state.given => None,
        Association::Lapsed if reissues >= MAX_REISSUES => Some(fail(
            "NOT_ACCEPTED",
            format!("the invitation was not accepted {reissues} times"),
        )),
        Association::Lapsed => Some(Next::Reissue(true)),
        Association::None | Association::Waiting | Association::Suspended | Association::Unseen => {
            // Access that was there is not waited for: the query shows whether it still is.
            let patient = !state.given || state.pauses < TRIES;
            patient.then(|| Next::Pause(format!("WAITING_FOR_ACCEPTANCE: {}", seen.detail)))
        }
    }
}

/// What is still to be asked as the consumer; `None` if all was answered.
pub(super) fn query(state: &State, needs: &Needs<'_>) -> Option<Next> {
    if !needs.permissions.contains(&Permission::Select) {
        return None;
    }
    match &state.permitted {
        None => return Some(Next::Step(Step::AskPermitted)),
        Some(Answer::Refused { message, .. }) => {
            let waits = state.doubts < TRIES && state.look.is_none();
            if waits {
                return Some(Next::Doubt(format!("NOT_READABLE: {message}")));
            }
            if !state.given {
                return Some(fail("NOT_READABLE", message));
            }
            return None;
        }
        Some(Answer::NotTried { .. }) => return None,
        Some(Answer::Readable { .. }) => {}
    }
    match &state.left_out {
        None if !needs.left_out().is_empty() => Some(Next::Step(Step::AskLeftOut)),
        // Reads lag writes, and less may be given than before.
        Some(Answer::Readable { .. }) if state.doubts < TRIES && state.look.is_none() => Some(
            Next::Doubt("LEFT_OUT_READABLE: a column that is left out can be read".to_owned()),
        ),
        _ => None,
    }
}

fn fail(code: &str, message: impl Into<String>) -> Next {
    Next::Fail(code.to_owned(), message.into())
}
