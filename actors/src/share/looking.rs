//! How access is looked at, and put again.
//!
//! Every ledger looks at all that it holds for the share, RAM is looked at, and queries are asked as the
//! consumer. What differs is the plan. Where that is wished, what is missing is put again, and what was given by
//! hand is first held, so that it is ours, and then let go of. Then all is looked at once more. What could not
//! be put leaves what works as it is.

use std::collections::BTreeMap;

use datamesh_actor::Failure;

use super::effects::{Look, ShareEffect};
use super::event::Event;
use super::events;
use super::fulfilment::{Health, HealthState, Phase, PlanAction, PlanLine, SharePlan};
use super::giving;
use super::plan::{self, Next};
use super::request::ShareTurn;
use super::state::{LookWish, Looking, Stage, State, Step};
use super::wants::Needs;
use crate::access::{self, Thing};
use crate::reason;

/// What a look does next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LookStep {
    /// It goes on to this stage.
    Move(Stage),
    /// It is over.
    End,
}

/// A look is wanted: now, or after what is under way.
pub(super) fn wish(turn: &mut ShareTurn<'_>, wish: LookWish) {
    let idle = turn.state.phase() == Phase::Granted && turn.state.look.is_none();
    if !idle {
        turn.happen(Event::LookWished { wish });
        return;
    }
    let at_ms = turn.now_ms();
    turn.happen(Event::LookBegun { at_ms, wish });
    ask_ledgers(turn);
}

fn ask_ledgers(turn: &mut ShareTurn<'_>) {
    let Some(looking) = turn.state.look.clone() else {
        return;
    };
    let holder = turn.ctx.id().to_owned();
    for post in looking.awaited {
        if let Some(held) = turn.state.posts.get(&post) {
            let look = Look {
                post,
                ledger: held.ledger.clone(),
                holder: holder.clone(),
                number: looking.number,
            };
            turn.ask(ShareEffect::Look(look));
        }
    }
}

/// What comes next of a look, once every ledger has what is needed of it.
pub(super) fn next(state: &State, look: &Looking, needs: &Needs<'_>) -> Next {
    match look.stage {
        Stage::Adopting => return Next::Look(LookStep::Move(Stage::Putting)),
        Stage::Putting => return Next::Look(LookStep::Move(Stage::Confirming)),
        Stage::Seeing | Stage::Confirming => {}
    }
    if !look.awaited.is_empty() {
        return Next::Rest;
    }
    if needs.resolved.is_cross_account() && state.ram.is_none() {
        return Next::Step(Step::LookAtRam);
    }
    if let Some(next) = giving::query(state, needs) {
        return next;
    }
    let missing = look.seen.values().any(|seen| !seen.missing.is_empty());
    let extra = look.seen.values().any(|seen| !seen.extra.is_empty());
    let LookWish {
        reapply,
        remove_extra,
    } = look.wish;
    let step = match look.stage {
        Stage::Seeing if reapply && remove_extra && extra => LookStep::Move(Stage::Adopting),
        Stage::Seeing if reapply && missing => LookStep::Move(Stage::Putting),
        _ => LookStep::End,
    };
    Next::Look(step)
}

/// Lets a look go on, or end.
pub(super) fn take(turn: &mut ShareTurn<'_>, step: LookStep) {
    let at_ms = turn.now_ms();
    let differs = differences(&turn.state, at_ms);
    match step {
        LookStep::Move(stage) => {
            let plan = match stage {
                Stage::Confirming => turn
                    .state
                    .record
                    .as_ref()
                    .map(|r| r.plan.clone())
                    .unwrap_or_default(),
                _ => differs,
            };
            turn.happen(Event::LookMoved { at_ms, stage, plan });
            if stage == Stage::Confirming {
                ask_ledgers(turn);
            }
        }
        LookStep::End => end(turn, differs),
    }
}

fn end(turn: &mut ShareTurn<'_>, plan: SharePlan) {
    let at_ms = turn.now_ms();
    let health = health(&turn.state, &plan, at_ms);
    let drifted = health.state == HealthState::Drifted;
    turn.happen(Event::LookEnded {
        at_ms,
        health,
        plan,
    });
    if drifted {
        events::drifted(turn);
    }
    plan::wake_for_look(turn);
    if let Some(again) = turn.state.look_again {
        wish(turn, again);
    }
}

fn health(state: &State, plan: &SharePlan, at_ms: i64) -> Health {
    let seen = super::health::of(state, at_ms);
    let count = |action: PlanAction| plan.lines.iter().filter(|l| l.action == action).count();
    let (missing, extra, other) = (
        count(PlanAction::Add),
        count(PlanAction::Remove),
        count(PlanAction::Change),
    );
    if !plan.unreachable.is_empty() {
        return Health {
            state: HealthState::Unreachable,
            detail: plan.unreachable.clone(),
            seen_ms: at_ms,
        };
    }
    if missing + extra + other == 0 {
        return seen;
    }
    let mut detail = format!("{missing} missing, {extra} given by hand, {other} changed");
    if seen.state == HealthState::Drifted {
        detail = format!("{detail}; {}", seen.detail);
    }
    Health {
        state: HealthState::Drifted,
        detail,
        seen_ms: at_ms,
    }
}

/// What differs between what is held and what the ledgers saw.
fn differences(state: &State, at_ms: i64) -> SharePlan {
    let mut plan = SharePlan {
        seen_ms: at_ms,
        ..SharePlan::default()
    };
    let mut unreachable = Vec::new();
    for (post, seen) in state.look.iter().flat_map(|looking| &looking.seen) {
        let account = state
            .posts
            .get(post)
            .map(|held| held.ledger.account.clone())
            .unwrap_or_default();
        if !seen.unreachable.is_empty() {
            unreachable.push(format!("{account}: {}", seen.unreachable));
        }
        plan.lines.extend(lines(&account, seen));
    }
    plan.unreachable = unreachable.join("; ");
    plan
}

fn lines(account: &str, seen: &access::Look) -> Vec<PlanLine> {
    let extra: BTreeMap<String, &Thing> = seen.extra.iter().map(|t| (t.key(), t)).collect();
    let line = |action, thing: &Thing| PlanLine {
        action,
        account: account.to_owned(),
        thing: thing.to_string(),
    };
    let mut lines = Vec::new();
    let mut changed = Vec::new();
    for thing in &seen.missing {
        let key = thing.key();
        let action = match extra.contains_key(&key) {
            true => PlanAction::Change,
            false => PlanAction::Add,
        };
        lines.push(line(action, thing));
        changed.push(key);
    }
    let rest = extra.iter().filter(|(key, _)| !changed.contains(key));
    lines.extend(rest.map(|(_, thing)| line(PlanAction::Remove, thing)));
    lines
}

/// A ledger refused to look.
pub(super) fn not_looked(turn: &mut ShareTurn<'_>, look: &Look, failure: &Failure) {
    let awaited = turn.state.look.as_ref().is_some_and(|looking| {
        looking.number == look.number && looking.awaited.contains(&look.post)
    });
    if awaited {
        let at_ms = turn.now_ms();
        turn.happen(Event::LookAnswered {
            post: look.post,
            look: access::Look {
                at_ms,
                unreachable: reason::of(failure),
                ..access::Look::default()
            },
        });
    }
}
