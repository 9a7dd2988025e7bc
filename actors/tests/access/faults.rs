//! Every fifth request to AWS is throttled, answered with a 500, or done and its answer lost: the end is the
//! same as if none was.

use crate::end::{play, thorough};
use crate::scenario;
use crate::stage::{Fate, Stage};
use crate::subscribers;

/// What goes wrong when, drawn from the first two of these in the ordinary run.
const SEEDS: [u64; 12] = [
    20_260_131, 7_411, 3, 14, 159, 2_653, 58_979, 323, 846, 2_643, 3_832, 795,
];

async fn on_bad_days(scenario: impl AsyncFn(&mut Stage)) {
    let (_, expected) = play(&scenario, Fate::default()).await;
    let seeds = if thorough() { SEEDS.len() } else { 2 };
    for seed in SEEDS.into_iter().take(seeds) {
        println!("the seed is {seed}");
        let fate = Fate {
            bad_days: Some(seed),
            ..Fate::default()
        };
        let (_, end) = play(&scenario, fate).await;
        assert_eq!(end, expected, "the seed was {seed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn n01_a_share_that_fails_half_way_compensates_on_bad_days() {
    on_bad_days(scenario::fails_half_way).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n02_revoke_works_without_the_link_on_bad_days() {
    on_bad_days(scenario::link_deleted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n03_an_extension_does_not_stop_expiry_on_bad_days() {
    on_bad_days(scenario::more_is_asked_before_it_expires).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n04_a_failed_reapply_leaves_a_live_share_live_on_bad_days() {
    on_bad_days(scenario::reapply_fails).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n05_a_lapsed_invitation_recovers_on_bad_days() {
    on_bad_days(scenario::invitation_lapses).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n06_what_is_given_is_taken_on_bad_days() {
    on_bad_days(scenario::given_and_taken).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n07_a_dropped_source_table_does_not_block_a_revoke_on_bad_days() {
    on_bad_days(scenario::table_dropped).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n08_verification_reads_every_page_on_bad_days() {
    on_bad_days(scenario::many_pages).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n09_parallel_shares_to_ten_accounts_all_arrive_on_bad_days() {
    on_bad_days(scenario::ten_accounts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n10_a_deleted_role_does_not_block_a_revoke_on_bad_days() {
    on_bad_days(scenario::role_deleted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n11_two_readers_of_one_project_follow_each_other_in_data_zone_on_bad_days() {
    on_bad_days(subscribers::one_project_has_two_readers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n12_who_is_covered_asks_for_itself_when_the_place_is_free_on_bad_days() {
    on_bad_days(subscribers::two_subscribe_from_another_domain).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n13_another_that_comes_does_not_hold_up_a_certificate_on_bad_days() {
    on_bad_days(scenario::another_comes_while_one_is_revoked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n14_what_ends_in_data_zone_ends_although_reads_lag_on_bad_days() {
    on_bad_days(subscribers::reads_of_data_zone_lag).await;
}
