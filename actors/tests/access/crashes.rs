//! The process dies after a commit, and comes up again: the end is the same, and no access is left where none
//! must be. The commits are those of a run in which nothing happens; a few of them, evenly spread, are tried
//! each time, and every single one with `DATAMESH_EVERY_COMMIT=1` in the environment, which takes minutes.

use crate::scenario;
use crate::stage::{Fate, Stage};

/// So many deaths of each scenario.
const DEATHS: usize = 5;

async fn at_commits(scenario: impl AsyncFn(&mut Stage)) {
    let mut stage = Stage::set(Fate::default()).await;
    scenario(&mut stage).await;
    let commits = stage.commits();
    drop(stage);
    assert!(commits > 30, "{commits}");
    let stride = match std::env::var_os("DATAMESH_EVERY_COMMIT") {
        Some(_) => 1,
        None => commits / DEATHS,
    };
    for at in (1..=commits).rev().step_by(stride) {
        let fate = Fate {
            dies_after: Some(at),
            ..Fate::default()
        };
        scenario(&mut Stage::set(fate).await).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn n01_a_share_that_fails_half_way_compensates_wherever_the_process_dies() {
    at_commits(scenario::fails_half_way).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn n02_revoke_works_without_the_link_wherever_the_process_dies() {
    at_commits(scenario::link_deleted).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn n04_a_failed_reapply_leaves_a_live_share_live_wherever_the_process_dies() {
    at_commits(scenario::reapply_fails).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn n06_what_was_started_is_resumed_wherever_the_process_dies() {
    at_commits(scenario::given_and_taken).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes"]
async fn n10_a_deleted_role_does_not_block_a_revoke_wherever_the_process_dies() {
    at_commits(scenario::role_deleted).await;
}
