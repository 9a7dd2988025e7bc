//! The process dies after each commit in turn, and comes up again: the end is the same, and no access is left
//! where none must be.

use crate::scenario;
use crate::stage::{Fate, Stage};

/// So many runs go on at once: most of a run is waiting.
const LANES: usize = 4;

async fn at_every_commit(scenario: impl AsyncFn(&mut Stage)) {
    let mut stage = Stage::set(Fate::default()).await;
    scenario(&mut stage).await;
    let commits = stage.commits();
    drop(stage);
    assert!(commits > 30, "{commits}");
    let lane = async |first: usize| {
        for at in (first..=commits).step_by(LANES) {
            let fate = Fate {
                dies_after: Some(at),
                ..Fate::default()
            };
            let mut stage = Stage::set(fate).await;
            scenario(&mut stage).await;
        }
    };
    tokio::join!(lane(1), lane(2), lane(3), lane(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn n01_a_share_that_fails_half_way_compensates_wherever_the_process_dies() {
    at_every_commit(scenario::fails_half_way).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n02_revoke_works_without_the_link_wherever_the_process_dies() {
    at_every_commit(scenario::link_deleted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n04_a_failed_reapply_leaves_a_live_share_live_wherever_the_process_dies() {
    at_every_commit(scenario::reapply_fails).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n06_what_was_started_is_resumed_wherever_the_process_dies() {
    at_every_commit(scenario::given_and_taken).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n10_a_deleted_role_does_not_block_a_revoke_wherever_the_process_dies() {
    at_every_commit(scenario::role_deleted).await;
}
