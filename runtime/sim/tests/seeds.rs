//! Plays seeds: the same one gives the same trace, good runtimes come through, and planted bugs are found.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use datamesh_journal::Journal;
use datamesh_journal::conformance::{appends, closing, loads, work};
use datamesh_sim::journal::SimJournal;
use datamesh_sim::{Bug, Outcome, Plan, Side, run, trace};
use futures::FutureExt;

#[track_caller]
fn good(plan: Plan) -> Outcome {
    let what = format!("{plan:?}");
    let replay = plan.replay();
    let outcome = run(plan);
    assert!(
        outcome.wrong.is_empty(),
        "{}\n{what}\n{}\nagain: {replay}",
        outcome.trace.join("\n"),
        outcome.wrong.join("\n"),
    );
    outcome
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in 1..=20 {
        let [first, second] = [1, 2].map(|_| trace(Plan::troubled(seed)).trace.join("\n"));
        assert_eq!(first, second, "seed {seed}");
    }
    let [one, two] = [1, 2].map(|seed| trace(Plan::troubled(seed)).trace);
    assert_ne!(one, two, "another seed is another run");
}

#[test]
fn whatever_fails_everything_comes_to_its_end() {
    let outcomes: Vec<Outcome> = (1..=300).map(|seed| good(Plan::troubled(seed))).collect();
    let sum = |count: fn(&Outcome) -> u32| outcomes.iter().map(count).sum::<u32>();
    assert!(sum(|o| o.crashes) > 300, "processes die");
    assert!(sum(|o| o.drained) > 300, "and go down in order");
    assert!(sum(|o| o.given_up) > 100, "tries are given up");
    assert!(sum(|o| o.counted_again) > 30, "late repeats count again");
    assert!(sum(|o| o.stopped) > 30, "what kills is stopped");
    assert!(sum(|o| o.busy) > 300, "commands find no place");
    assert!(sum(|o| o.turned_away) > 100, "and some are not sent again");
    assert!(sum(|o| o.cancelled) > 100, "effects are cancelled");
    assert!(sum(|o| o.wished) > 50, "also while they are tried");
    assert!(sum(|o| o.withdrawn) > 10, "of which some are withdrawn");
    assert!(
        sum(|o| o.kept) > 10,
        "and some are kept, for their ledger panics"
    );
    assert!(sum(|o| o.replays) > 30, "processes die while they replay");
    assert!(sum(|o| o.timers) > 30, "and while they decide on a timer");
}

/// Plays the run once for each side of each of its commits.
fn die_at_every_commit(plan: &Plan) {
    let commits = good(plan.clone()).commits;
    assert!(commits > 5, "{plan:?} writes something");
    let mut crashed = 0;
    for commit in 1..=commits {
        for side in [Side::Before, Side::After] {
            let outcome = good(plan.clone().crashing_at(commit, side));
            crashed += usize::from(outcome.crashes > 0);
        }
    }
    // A commit whose writer is gone already when it arrives kills nobody.
    assert!(crashed > commits, "{crashed} of {commits} commits");
}

#[test]
fn a_process_may_die_before_and_after_every_commit() {
    for seed in 1..=3 {
        die_at_every_commit(&Plan::calm(seed));
    }
}

#[test]
fn a_process_in_trouble_may_die_before_and_after_every_commit() {
    for seed in [1, 2, 9] {
        die_at_every_commit(&Plan::troubled(seed));
    }
}

#[test]
fn every_planted_bug_is_found() {
    const SEEDS: u64 = 100;
    let mut missed = Vec::new();
    for bug in Bug::all() {
        let wrong = |seed: &u64| !run(Plan::troubled(*seed).with(Some(bug))).wrong.is_empty();
        match (1..=SEEDS).find(wrong) {
            Some(seeds) => println!("{bug}: found with seed {seeds}"),
            None => missed.push(bug.to_string()),
        }
    }
    assert!(missed.is_empty(), "not found in {SEEDS} seeds: {missed:?}");
}

#[test]
fn a_bad_run_says_what_happened_and_how_to_see_it_again() {
    let plan = Plan::troubled(1).with(Bug::named("reply-before-commit"));
    let outcome = run(plan.clone());
    assert!(outcome.trace.iter().any(|line| line.contains("WRONG: ")));
    assert_eq!(
        plan.replay(),
        "cargo run -p datamesh-sim --bin sim -- --seed 1 --bug reply-before-commit --trace"
    );
}

#[test]
fn the_simulated_journal_keeps_what_every_journal_promises() {
    let make = || -> Arc<dyn Journal> { Arc::new(SimJournal::new(512, None)) };
    macro_rules! each {
        ($($promise:path,)*) => {$(
            let journal = make();
            $promise(journal.as_ref()).now_or_never().expect("it answers at once");
        )*};
    }
    each![
        appends::commits_of_an_entity_are_numbered_in_the_order_of_their_appends,
        appends::of_two_writers_one_is_fenced,
        appends::a_commit_ahead_of_the_journal_is_fenced,
        appends::a_repeat_of_ones_own_commit_is_told_from_a_fence,
        appends::what_stands_on_a_refused_commit_is_refused,
        appends::a_commit_with_another_parent_is_fenced,
        appends::a_commit_without_events_is_a_commit,
        loads::replay_starts_at_the_newest_snapshot,
        loads::receipts_come_back_oldest_first,
        loads::history_is_read_in_pages,
        loads::the_trace_of_a_commit_comes_back,
        loads::tail_shows_all_commits_in_the_order_they_were_written,
        work::due_work_comes_earliest_first_in_pages,
        work::due_effects_come_in_the_order_of_their_rank,
        work::paused_work_is_never_due,
        closing::appends_are_answered_before_the_close_and_unavailable_after,
    ];
}
