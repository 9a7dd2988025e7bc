//! The process dies after a commit, and comes up again: the end is the same as if it had not, no access is
//! left where none must be, and nothing that was answered is lost. In the ordinary run it dies after every
//! nth commit of a scenario; with `DATAMESH_EVERY_COMMIT=1` in the environment (`make acceptance`) after each in
//! turn, which takes minutes.

use crate::end::play;
use crate::scenario;
use crate::stage::{Fate, Stage};

/// Plays the scenario once for every `nth` commit of a run in which nothing happens.
async fn dies_at_every(nth: usize, scenario: impl AsyncFn(&mut Stage)) {
    let (stage, expected) = play(&scenario, Fate::default()).await;
    let commits = stage.commits();
    drop(stage);
    assert!(commits > 30, "{commits}");
    let nth = match std::env::var_os("DATAMESH_EVERY_COMMIT") {
        Some(_) => 1,
        None => nth,
    };
    let mut lives = 0;
    let mut deaths = 0;
    for at in (nth..=commits).step_by(nth) {
        println!("the process dies after commit {at} of {commits}");
        let fate = Fate {
            dies_after: Some(at),
            ..Fate::default()
        };
        let (stage, end) = play(&scenario, fate).await;
        assert_eq!(end, expected, "it died after commit {at} of {commits}");
        lives += 1;
        deaths += usize::from(stage.died());
    }
    println!("{commits} commits, {lives} lives, {deaths} deaths, one end");
    // What happens at once is not always as many commits: the last of them may not come.
    assert!(deaths * 10 >= lives * 9, "{deaths} of {lives}");
}

#[tokio::test(flavor = "multi_thread")]
async fn n01_a_share_that_fails_half_way_compensates_wherever_the_process_dies() {
    dies_at_every(11, scenario::fails_half_way).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n02_revoke_works_without_the_link_wherever_the_process_dies() {
    dies_at_every(13, scenario::link_deleted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n03_an_extension_does_not_stop_expiry_wherever_the_process_dies() {
    dies_at_every(17, scenario::more_is_asked_before_it_expires).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n04_a_failed_reapply_leaves_a_live_share_live_wherever_the_process_dies() {
    dies_at_every(13, scenario::reapply_fails).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n05_a_lapsed_invitation_recovers_wherever_the_process_dies() {
    dies_at_every(11, scenario::invitation_lapses).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n06_what_is_given_is_taken_wherever_the_process_dies() {
    dies_at_every(7, scenario::given_and_taken).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n07_a_dropped_source_table_does_not_block_a_revoke_wherever_the_process_dies() {
    dies_at_every(13, scenario::table_dropped).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n08_verification_reads_every_page_wherever_the_process_dies() {
    dies_at_every(17, scenario::many_pages).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n09_parallel_shares_to_ten_accounts_all_arrive_wherever_the_process_dies() {
    dies_at_every(101, scenario::ten_accounts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n10_a_deleted_role_does_not_block_a_revoke_wherever_the_process_dies() {
    dies_at_every(11, scenario::role_deleted).await;
}
