//! The process dies and comes up again: the end is the same as if it had not, no access is left where none must
//! be, and nothing that was answered is lost. It dies after a commit, or before the next, when what the commit
//! stands for is done and nobody knows. In the ordinary run it dies at every nth commit of a scenario, now so,
//! now so. With `DATAMESH_EVERY_COMMIT=1` in the environment (`make acceptance`) it dies at each in turn and in
//! both ways, and at every nth while AWS has bad days; that takes many minutes.

use crate::end::{End, play, thorough};
use crate::mortal::Death;
use crate::scenario;
use crate::stage::{Fate, Stage};
use crate::subscribers;

/// What goes wrong while AWS has bad days.
const SEED: u64 = 20_260_131;

/// Plays the scenario for every `nth` commit of a run in which nothing happens.
async fn dies_at_every(nth: usize, scenario: impl AsyncFn(&mut Stage)) {
    let (stage, expected) = play(&scenario, Fate::default()).await;
    let commits = stage.commits();
    stage.end().await;
    assert!(commits > 30, "{commits}");
    let some = (nth..=commits).step_by(nth).enumerate();
    let some = some.map(|(n, at)| match n % 2 {
        0 => Death::BeforeNext(at),
        _ => Death::After(at),
    });
    if !thorough() {
        return dies(some, None, &expected, &scenario).await;
    }
    let every = (1..=commits).flat_map(|at| [Death::After(at), Death::BeforeNext(at)]);
    dies(every, None, &expected, &scenario).await;
    dies(some, Some(SEED), &expected, &scenario).await;
}

async fn dies(
    deaths: impl Iterator<Item = Death>,
    bad_days: Option<u64>,
    expected: &End,
    scenario: &impl AsyncFn(&mut Stage),
) {
    let (mut lives, mut died) = (0, 0);
    for death in deaths {
        let fate = Fate {
            dies: Some(death),
            bad_days,
        };
        println!("{fate:?}");
        let (stage, end) = play(scenario, fate).await;
        assert_eq!(end, *expected, "{fate:?}");
        lives += 1;
        died += usize::from(stage.died());
        stage.end().await;
    }
    println!("{lives} lives, {died} deaths, one end; bad days: {bad_days:?}");
    // What happens at once is not always as many commits: the last of them may not come.
    assert!(lives - died <= 1 + lives / 10, "{died} of {lives}");
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

#[tokio::test(flavor = "multi_thread")]
async fn n11_two_readers_of_one_project_follow_each_other_in_data_zone_wherever_the_process_dies() {
    dies_at_every(19, subscribers::one_project_has_two_readers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n12_who_is_covered_asks_for_itself_when_the_place_is_free_wherever_the_process_dies() {
    dies_at_every(23, subscribers::two_subscribe_from_another_domain).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n13_another_that_comes_does_not_hold_up_a_certificate_wherever_the_process_dies() {
    dies_at_every(23, scenario::another_comes_while_one_is_revoked).await;
}
