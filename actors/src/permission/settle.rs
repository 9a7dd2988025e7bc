//! What the end of an effect means to a ledger.

use datamesh_actor::Failure;

use super::effects::{LedgerEffect, Outcome, Put, Remove, See};
use super::event::{Event, Fate, Sight};
use super::holder::Holder;
use super::item::{Item, Phase};
use super::looking::Inspection;
use super::state::State;
use super::work::Work;
use super::{events, plan};
use crate::lakeformation::{Seen, ThingError, Trouble};

/// How long a read may lag a write.
const LAG_MS: i64 = 30_000;
/// The shortest and the longest pause between two reads of the same.
const READ_PAUSE_MS: (i64, i64) = (200, 5_000);
/// The pause before what cannot be reached is tried again: a role or an account seldom comes back.
const SLOW_MS: i64 = 15 * 60 * 1_000;
/// So many re-reads that do not show what was put end in a failure.
const MAX_DOUBTS: u32 = 3;
/// So many parts of a look in a row may see nothing.
const LOOK_FAILURES: u32 = 5;

/// Takes in the end of an effect.
pub(super) fn settle(work: &mut Work<'_>, effect: &LedgerEffect, result: Result<Outcome, Failure>) {
    match effect {
        LedgerEffect::Put(put) => settle_put(work, put, &answers(result, put.things.len())),
        LedgerEffect::Remove(remove) => {
            settle_remove(work, remove, &answers(result, remove.things.len()));
        }
        LedgerEffect::See(see) => {
            let seen = match result {
                Ok(Outcome::Seen(seen)) => seen,
                Ok(_) => Err(ThingError::default()),
                Err(failure) => Err(later(&failure)),
            };
            if see.look {
                looked(work, see, seen);
            } else {
                read(work, see, seen);
            }
        }
        LedgerEffect::InspectTable(inspect) => {
            let facts = match result {
                Ok(Outcome::Inspected(facts)) => facts.map(|facts| *facts),
                Ok(_) => Err(ThingError::default()),
                Err(failure) => Err(later(&failure)),
            };
            let (facts, error) = match facts {
                Ok(facts) => (Some(facts), None),
                Err(error) => (None, Some(error)),
            };
            work.happen(Event::Inspected {
                inspection: Box::new(Inspection {
                    number: inspect.number,
                    table: inspect.table.clone(),
                    facts,
                    error,
                }),
            });
        }
        // A holder that does not know us needs not be told; nothing here depends on the bus.
        LedgerEffect::TellHolder(_) | LedgerEffect::TellLook(_) | LedgerEffect::PutEvent(_) => {}
    }
}

fn later(failure: &Failure) -> ThingError {
    ThingError {
        trouble: Trouble::Later,
        code: failure.code.clone(),
        message: failure.message.clone(),
        retry_after_ms: 0,
    }
}

/// An answer for each thing, whatever came back.
fn answers(result: Result<Outcome, Failure>, count: usize) -> Vec<Result<(), ThingError>> {
    let (mut answers, rest) = match result {
        Ok(Outcome::Answered(answers)) => (answers, ThingError::default()),
        Ok(_) => (Vec::new(), ThingError::default()),
        Err(failure) => (Vec::new(), later(&failure)),
    };
    answers.resize(count, Err(rest));
    answers
}

fn settle_put(work: &mut Work<'_>, put: &Put, answers: &[Result<(), ThingError>]) {
    let at_ms = work.now_ms();
    let mut fates = Vec::new();
    for (number, answer) in put.numbers.iter().zip(answers) {
        let tries = tries(work.state(), *number);
        let pause_ms = plan::giving_pause_ms(tries, work.turn.ctx.random());
        fates.push((*number, fate(answer, at_ms, pause_ms)));
    }
    let failures = work.state().giving.failures;
    let pause_ms = plan::giving_pause_ms(failures, work.turn.ctx.random());
    let done = done(work.state(), &fates);
    work.happen(Event::PutEnded {
        not_before_ms: not_before(&fates, at_ms, pause_ms),
        fates,
        at_ms,
    });
    events::granted(work, &done);
}

fn settle_remove(work: &mut Work<'_>, remove: &Remove, answers: &[Result<(), ThingError>]) {
    let at_ms = work.now_ms();
    let mut fates = Vec::new();
    for (number, answer) in remove.numbers.iter().zip(answers) {
        let tries = tries(work.state(), *number);
        let pause_ms = plan::taking_pause_ms(tries, work.turn.ctx.random());
        fates.push((*number, fate(answer, at_ms, pause_ms)));
    }
    let failures = work.state().taking.failures;
    let pause_ms = plan::taking_pause_ms(failures, work.turn.ctx.random());
    let mut done = done(work.state(), &fates);
    done.retain(|item| item.told);
    work.happen(Event::RemoveEnded {
        not_before_ms: not_before(&fates, at_ms, pause_ms),
        fates,
        at_ms,
    });
    events::revoked(work, &done);
}

fn tries(state: &State, number: u32) -> u32 {
    state.item(number).map_or(0, |item| item.tries)
}

fn fate(answer: &Result<(), ThingError>, at_ms: i64, pause_ms: i64) -> Fate {
    let Err(error) = answer else {
        return Fate::Done;
    };
    let (code, message) = (error.code.clone(), error.message.clone());
    match error.trouble {
        Trouble::Later => Fate::Later {
            due_ms: at_ms + pause_ms.max(error.retry_after_ms),
            code,
            message,
        },
        Trouble::Refused | Trouble::Unreachable => Fate::Refused {
            due_ms: at_ms + SLOW_MS,
            code,
            message,
        },
    }
}

/// A batch of which nothing came pauses its lane.
fn not_before(fates: &[(u32, Fate)], at_ms: i64, pause_ms: i64) -> i64 {
    let late = |(_, fate): &(u32, Fate)| matches!(fate, Fate::Later { .. });
    match fates.iter().all(late) {
        true => at_ms + pause_ms,
        false => at_ms,
    }
}

fn done(state: &State, fates: &[(u32, Fate)]) -> Vec<Item> {
    let done = fates.iter().filter(|(_, fate)| *fate == Fate::Done);
    done.filter_map(|(number, _)| state.item(*number).cloned())
        .collect()
}

fn read(work: &mut Work<'_>, see: &See, seen: Result<Seen, ThingError>) {
    let at_ms = work.now_ms();
    let mut sights = Vec::new();
    for (at, target) in see.targets.iter().enumerate() {
        let item = work.state().item(target.number);
        let Some(item) = item.filter(|item| item.epoch == target.epoch) else {
            continue;
        };
        let present = match &seen {
            // What an answer leaves out was not seen.
            Ok(seen) => seen
                .present
                .get(at)
                .copied()
                .ok_or_else(ThingError::default),
            Err(error) => Err(error.clone()),
        };
        let explained = present == Ok(true) && work.state().is_held_by_others(target.number);
        let sight = match item.phase {
            Phase::Removed { .. } if explained => Some(Sight::Right),
            _ => sight(item, present, at_ms),
        };
        if let Some(sight) = sight {
            sights.push((target.number, sight));
        }
    }
    work.happen(Event::ReadEnded { sights, at_ms });
}

fn sight(item: &Item, present: Result<bool, ThingError>, at_ms: i64) -> Option<Sight> {
    let put = match item.phase {
        Phase::Put { .. } => true,
        Phase::Removed { .. } => false,
        _ => return None,
    };
    let age_ms = at_ms.saturating_sub(item.answered_ms);
    let again = Sight::Again {
        due_ms: at_ms + (age_ms / 2).clamp(READ_PAUSE_MS.0, READ_PAUSE_MS.1),
    };
    Some(match present {
        Ok(present) if present == put => Sight::Right,
        Ok(_) if !put && item.thing.stays() => Sight::Right,
        Ok(_) if item.tried && age_ms < LAG_MS => again,
        Ok(_) if put && item.doubts >= MAX_DOUBTS => Sight::Failed {
            code: "NotThere".to_owned(),
            message: "Lake Formation says that it is put, again and again, and does not show it"
                .to_owned(),
        },
        Ok(_) if item.doubts >= MAX_DOUBTS => Sight::Wrong {
            due_ms: at_ms + SLOW_MS,
        },
        Ok(_) => Sight::Wrong { due_ms: 0 },
        Err(error) => match error.trouble {
            Trouble::Later => again,
            Trouble::Refused | Trouble::Unreachable => {
                let (code, message) = (error.code, error.message);
                match put {
                    true => Sight::Failed { code, message },
                    false => Sight::Stuck {
                        due_ms: at_ms + SLOW_MS,
                        code,
                        message,
                    },
                }
            }
        },
    })
}

fn looked(work: &mut Work<'_>, see: &See, seen: Result<Seen, ThingError>) {
    let at_ms = work.now_ms();
    let seen = match seen {
        Ok(seen) => seen,
        Err(error) => return look_failed(work, &error),
    };
    let state = work.state();
    let absent = |number: u32, at: usize, epoch: u32| {
        let item = state.item(number)?;
        let there = matches!(item.phase, Phase::There | Phase::Missing);
        let same = item.epoch == epoch && there && !state.is_in_flux(number);
        (same && seen.present.get(at) == Some(&false)).then_some(number)
    };
    let missing = (see.targets.iter().enumerate())
        .filter_map(|(at, target)| absent(target.number, at, target.epoch));
    let missing: Vec<u32> = missing.collect();
    let extra = (seen.extra.iter()).filter(|thing| !state.numbers.contains_key(&*thing.key()));
    let extra = extra.cloned().collect();
    // Somebody still waits to have it: it is no drift, it is work.
    let awaited = |number: &u32| {
        let holders = state
            .item(*number)
            .into_iter()
            .flat_map(|item| &item.holders);
        let mut holders = holders.filter_map(|id| state.holder(id));
        holders.any(|holder: &Holder| !holder.told.is_end())
    };
    let repair: Vec<u32> = missing.iter().copied().filter(awaited).collect();
    work.happen(Event::Looked {
        numbers: see.targets.iter().map(|target| target.number).collect(),
        missing,
        extra,
        at_ms,
    });
    if !repair.is_empty() {
        work.happen(Event::RepairAsked { numbers: repair });
    }
}

fn look_failed(work: &mut Work<'_>, error: &ThingError) {
    let failures = work.state().looks.front().map_or(0, |look| look.failures);
    if error.trouble == Trouble::Later && failures < LOOK_FAILURES {
        let pause_ms = plan::giving_pause_ms(failures, work.turn.ctx.random());
        let not_before_ms = work.now_ms() + pause_ms.max(error.retry_after_ms);
        return work.happen(Event::LookFailed { not_before_ms });
    }
    plan::end_look(work, error.to_string());
}
