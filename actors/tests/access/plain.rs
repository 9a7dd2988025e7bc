use crate::end::play;
use crate::mortal::Death;
use crate::scenario;
use crate::stage::{Fate, Stage};
use crate::subscribers;

async fn plainly(scenario: impl AsyncFn(&mut Stage)) {
    play(&scenario, Fate::default()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n01_a_share_that_fails_half_way_compensates_and_its_grant_never_outlives_its_record() {
    plainly(scenario::fails_half_way).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n02_revoke_works_when_the_consumer_deleted_the_link() {
    plainly(scenario::link_deleted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n03_adding_an_item_or_asking_for_an_extension_does_not_stop_expiry() {
    plainly(scenario::more_is_asked_before_it_expires).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n04_a_failed_reapply_leaves_a_live_share_live() {
    plainly(scenario::reapply_fails).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n05_a_lapsed_invitation_recovers() {
    plainly(scenario::invitation_lapses).await;
}

/// That the process dies wherever it can is in `crashes.rs`; here it dies once, with a task started.
#[tokio::test(flavor = "multi_thread")]
async fn n06_a_crash_with_a_task_started_is_resumed_not_refused() {
    let fate = Fate {
        dies: Some(Death::BeforeNext(12)),
        ..Fate::default()
    };
    let (stage, _) = play(&scenario::given_and_taken, fate).await;
    assert!(stage.died());
}

#[tokio::test(flavor = "multi_thread")]
async fn n07_a_dropped_source_table_does_not_block_a_revoke() {
    plainly(scenario::table_dropped).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n08_verification_reads_every_page() {
    plainly(scenario::many_pages).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n09_parallel_shares_of_one_table_to_ten_accounts_all_arrive() {
    plainly(scenario::ten_accounts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n10_a_deleted_consumer_role_does_not_block_a_revoke() {
    plainly(scenario::role_deleted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n11_two_readers_of_one_project_have_one_subscription_in_data_zone_after_each_other() {
    plainly(subscribers::one_project_has_two_readers).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n12_who_is_covered_in_data_zone_reads_and_asks_for_itself_when_the_place_is_free() {
    plainly(subscribers::two_subscribe_from_another_domain).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n13_a_share_that_comes_while_another_is_revoked_does_not_hold_up_its_certificate() {
    plainly(scenario::another_comes_while_one_is_revoked).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn n14_what_ends_in_data_zone_ends_although_reads_lag() {
    plainly(subscribers::reads_of_data_zone_lag).await;
}
