//! One run, from its plan to its outcome.

use crate::plan::Plan;
use crate::world::{START_MS, TROUBLE_MS, World, say};

/// What has not come to its end so long after the trouble never will.
const REST_MS: i64 = 5 * 60_000;

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What went wrong, in sentences; empty for a good run.
    pub wrong: Vec<String>,
    /// What happened, a line each: of a run that went wrong, and of one that was to be traced.
    pub trace: Vec<String>,
    /// Commits written.
    pub commits: usize,
    /// Events that happened.
    pub events: u64,
    /// Processes that died.
    pub crashes: u32,
    /// Processes that went down in order.
    pub drained: u32,
    /// Commands that counted again, because their receipts were gone as promised.
    pub counted_again: u32,
    /// Commands that were refused because there was no place for them.
    pub busy: u32,
    /// Commands that were refused and not sent again.
    pub turned_away: u32,
    /// Effects and ledgers that were stopped because processes died of them.
    pub stopped: u32,
    /// Tries of effects that were given up.
    pub given_up: u32,
    /// Effects that were cancelled.
    pub cancelled: u32,
    /// Of these, and of those that ended before, how many were to be cancelled while they were tried.
    pub wished: u32,
    /// Wishes to cancel that were withdrawn.
    pub withdrawn: u32,
    /// Effects that were kept because their ledgers panicked on their cancellation.
    pub kept: u32,
    /// Processes that died while they replayed.
    pub replays: u32,
    /// Processes that died while they decided on a timer.
    pub timers: u32,
}

/// What a run had of what is rare.
#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) crashes: u32,
    pub(crate) drained: u32,
    pub(crate) counted_again: u32,
    pub(crate) busy: u32,
    pub(crate) turned_away: u32,
    pub(crate) stopped: u32,
    pub(crate) given_up: u32,
    pub(crate) cancelled: u32,
    pub(crate) wished: u32,
    pub(crate) kept: u32,
    pub(crate) replays: u32,
    pub(crate) timers: u32,
}

/// Plays one run. One that goes wrong is played again, for its trace.
pub fn run(plan: Plan) -> Outcome {
    let outcome = play(plan.clone(), false);
    match outcome.wrong.is_empty() {
        true => outcome,
        false => play(plan, true),
    }
}

/// Plays one run and writes down what happens.
pub fn trace(plan: Plan) -> Outcome {
    play(plan, true)
}

fn play(plan: Plan, traced: bool) -> Outcome {
    let mut world = World::new(plan, traced);
    say!(world, None, "{}", world.plan.describe());
    world.wish();
    let mut rested = false;
    while let Some(((at_ms, made), event)) = world.events.pop_first() {
        if at_ms > START_MS + TROUBLE_MS + REST_MS {
            break;
        }
        world.events_so_far += 1;
        world.now_ms = at_ms;
        if let Some(event) = world.awake(made, event) {
            world.happen(event);
            world.look();
        }
        if world.at_rest() {
            rested = true;
            break;
        }
    }
    match rested {
        true => world.judge_rest(),
        false => world.never_rested(),
    }
    world.judge();
    Outcome {
        commits: world.journal.len(),
        events: world.events_so_far,
        crashes: world.counts.crashes,
        drained: world.counts.drained,
        counted_again: world.counts.counted_again,
        busy: world.counts.busy,
        turned_away: world.counts.turned_away,
        stopped: world.counts.stopped,
        given_up: world.counts.given_up,
        cancelled: world.counts.cancelled,
        wished: world.counts.wished,
        withdrawn: world.histories.values().map(|h| h.withdrawn).sum(),
        kept: world.counts.kept,
        replays: world.counts.replays,
        timers: world.counts.timers,
        wrong: world.wrong,
        trace: world.trace,
    }
}
