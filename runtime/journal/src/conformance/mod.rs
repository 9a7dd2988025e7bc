//! What every backend promises, as tests against the [`Journal`] trait.
//!
//! A backend runs [`run_all`] in its own tests. One function is one promise; each gets an empty journal
//! and can be run alone.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a promise that is broken fails a test"
)]

pub mod appends;
pub mod closing;
pub mod entities;
pub mod loads;
mod samples;
pub mod views;
pub mod work;

use std::sync::Arc;

use crate::journal::Journal;

pub use samples::{Writer, append, json, submit};

/// How many receipts an entity must keep at least: what [`run_all`] is given has to keep these.
pub const RECEIPTS_KEPT: usize = 16;

/// Runs every promise, each on a new, empty journal from `make`. Panics at the first that is broken.
pub async fn run_all<F, R>(make: F)
where
    F: Fn() -> R,
    R: Future<Output = Arc<dyn Journal>>,
{
    macro_rules! each {
        ($($promise:path,)*) => {$(
            let journal = make().await;
            $promise(journal.as_ref()).await;
            journal.close().await;
        )*};
    }
    each![
        appends::commits_of_an_entity_are_numbered_in_the_order_of_their_appends,
        appends::of_two_writers_one_is_fenced,
        appends::a_commit_ahead_of_the_journal_is_fenced,
        appends::a_repeat_of_ones_own_commit_is_told_from_a_fence,
        appends::what_stands_on_a_refused_commit_is_refused,
        appends::a_commit_with_another_parent_is_fenced,
        appends::a_refused_commit_changes_nothing_and_hinders_nobody,
        appends::a_commit_without_events_is_a_commit,
        loads::an_unknown_entity_is_empty,
        loads::replay_starts_at_the_newest_snapshot,
        loads::receipts_come_back_oldest_first,
        loads::history_is_read_in_pages,
        loads::the_trace_of_a_commit_comes_back,
        loads::json_comes_back_byte_for_byte,
        loads::text_in_any_script_comes_back,
        loads::an_event_of_one_mebibyte_comes_back,
        loads::tail_shows_all_commits_in_the_order_they_were_written,
        work::work_is_replaced_and_removed,
        work::due_work_comes_earliest_first_in_pages,
        work::due_effects_come_in_the_order_of_their_rank,
        work::paused_work_is_never_due,
        work::work_is_listed_by_kind_entity_and_pause,
        views::a_document_is_put_replaced_and_deleted,
        views::lists_are_in_the_order_of_sort_and_key,
        views::a_range_has_its_beginning_and_not_its_end,
        views::every_field_of_a_query_must_match,
        views::a_change_of_sort_or_fields_leaves_no_trace_of_the_old,
        views::a_page_token_is_good_for_its_own_query_only,
        views::page_sizes_have_a_default_and_a_limit,
        entities::entities_are_listed_in_the_order_of_their_keys,
        entities::entities_are_filtered_by_kind_mark_and_paused_effects,
        entities::marks_are_set_replaced_and_lifted,
        closing::appends_are_answered_before_the_close_and_unavailable_after,
    ];
}
