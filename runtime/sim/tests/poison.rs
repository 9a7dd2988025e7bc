//! A deed or a command that kills every process that touches it is found out and stopped, with nobody's help and
//! nobody else hurt. The judge of the run says so; what it says stands in `judge_left` and `onlooker.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use datamesh_sim::{Bug, Outcome, Plan, Poison, run};

/// Plays this poison with so many seeds.
fn poisoned(poison: Poison, seeds: u64) -> Vec<Outcome> {
    let plans = (1..=seeds).map(|seed| Plan {
        poison: Some(poison),
        ..Plan::poisoned(seed)
    });
    plans.map(run).collect()
}

#[track_caller]
fn stopped_alone(outcomes: &[Outcome]) {
    for outcome in outcomes {
        let (trace, wrong) = (outcome.trace.join("\n"), outcome.wrong.join("\n"));
        assert!(outcome.wrong.is_empty(), "{trace}\n{wrong}");
        assert_eq!((outcome.crashes, outcome.stopped), (3, 1));
    }
}

#[test]
fn a_deadly_deed_is_paused_and_the_others_are_done() {
    stopped_alone(&poisoned(Poison::Deed, 60));
}

#[test]
fn a_ledger_with_a_deadly_command_is_quarantined_and_the_others_go_on() {
    stopped_alone(&poisoned(Poison::Command, 60));
}

#[test]
fn a_ledger_with_a_deadly_timer_is_quarantined_and_the_others_go_on() {
    stopped_alone(&poisoned(Poison::Timer, 60));
}

#[test]
fn a_recorder_that_forgets_stops_nothing() {
    let plan = Plan::poisoned(1).with(Bug::named("crashes-forgotten"));
    let outcome = run(plan);
    let says = |what: &str| outcome.wrong.iter().any(|wrong| wrong.contains(what));
    assert!(
        says("has killed 4 processes, and is not stopped"),
        "{:?}",
        outcome.wrong
    );
}
