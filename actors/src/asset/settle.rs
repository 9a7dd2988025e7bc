//! What the end of an effect means to an asset.

use datamesh_actor::Failure;

use super::effects::{AssetEffect, ListingState, Outcome};
use super::event::Event;
use super::plan::{AssetTurn, advance, wake};
use super::publish_status::PublishStatus;
use super::state::{Look, Step};
use crate::backoff::pause_ms;
use crate::life::Status;
use crate::reason;

/// The first pause between two looks at a listing; it doubles up to [`LOOK_MOST_MS`].
const LOOK_FIRST_MS: i64 = 200;
const LOOK_MOST_MS: i64 = 5_000;
/// How long a listing may take.
const LISTING_PATIENCE_MS: i64 = 10 * 60 * 1_000;

/// What a step is part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Publish,
    Unpublish,
    Delete,
}

fn purpose(turn: &AssetTurn<'_>) -> Purpose {
    match &turn.state.record {
        Some(record) if record.status == Status::Deleting => Purpose::Delete,
        Some(record) if record.publish_status == PublishStatus::Unpublishing => Purpose::Unpublish,
        _ => Purpose::Publish,
    }
}

/// Takes in the end of an effect.
pub(super) fn settle(
    turn: &mut AssetTurn<'_>,
    effect: &AssetEffect,
    result: Result<Outcome, Failure>,
) {
    if matches!(effect, AssetEffect::PutEvent(_)) {
        return;
    }
    match result {
        Ok(outcome) => succeeded(turn, outcome),
        Err(failure) => failed(turn, &failure),
    }
    advance(turn);
}

fn succeeded(turn: &mut AssetTurn<'_>, outcome: Outcome) {
    match outcome {
        Outcome::Attached { name, home } => turn.happen(Event::Attached { name, home }),
        Outcome::Detached { name } => turn.happen(Event::Detached { name }),
        Outcome::GlueTableFound { table } => turn.happen(Event::GlueTableFound { table }),
        Outcome::DataZoneAssetCreated { id, revision } => {
            turn.happen(Event::DataZoneAssetCreated { id, revision });
        }
        Outcome::DataZoneAssetRevised { id, revision } => {
            turn.happen(Event::DataZoneAssetRevised { id, revision });
        }
        Outcome::ListingRequested {
            listing_id,
            listing_revision,
            state,
        } => {
            let awaited = purpose(turn) == Purpose::Publish;
            let look = awaited.then(|| first_look(turn));
            turn.happen(Event::ListingRequested {
                listing_id,
                listing_revision,
                look,
            });
            if awaited {
                seen(turn, &state);
            }
        }
        Outcome::DelistingRequested { state } => {
            let look = first_look(turn);
            turn.happen(Event::DelistingRequested { look });
            seen(turn, &state);
        }
        Outcome::ListingRead { state } if turn.state.look.is_some() => {
            turn.happen(Event::StepEnded);
            seen(turn, &state);
        }
        Outcome::ListingRead { .. } => turn.happen(Event::StepEnded),
        Outcome::ListingDeleted => turn.happen(Event::ListingDeleted),
        Outcome::DataZoneAssetDeleted => turn.happen(Event::DataZoneAssetDeleted),
        Outcome::EventPut => {}
    }
}

fn first_look(turn: &AssetTurn<'_>) -> Look {
    let now_ms = turn.now_ms();
    Look {
        since_ms: now_ms,
        looks: 0,
        due_ms: now_ms + LOOK_FIRST_MS,
    }
}

/// A listing was seen: it is as wanted, or it will be looked at again, or patience is over.
fn seen(turn: &mut AssetTurn<'_>, state: &ListingState) {
    let now_ms = turn.now_ms();
    let Some(look) = turn.state.look else {
        return;
    };
    match (purpose(turn), state) {
        (Purpose::Publish, ListingState::Active) => turn.happen(Event::Listed),
        (Purpose::Unpublish | Purpose::Delete, ListingState::Inactive | ListingState::Gone) => {
            turn.happen(Event::Delisted);
        }
        (purpose, state) if now_ms - look.since_ms >= LISTING_PATIENCE_MS => {
            let reason = format!(
                "LISTING_TIMEOUT: the listing is {} after 10 minutes",
                state.as_str()
            );
            give_up(turn, purpose, reason);
        }
        _ => {
            let looks = look.looks.saturating_add(1);
            let due_ms = now_ms + pause_ms(look.looks, LOOK_FIRST_MS, LOOK_MOST_MS);
            turn.happen(Event::LookDue {
                look: Look {
                    looks,
                    due_ms,
                    ..look
                },
            });
            wake(turn);
        }
    }
}

fn give_up(turn: &mut AssetTurn<'_>, purpose: Purpose, reason: String) {
    let at_ms = turn.now_ms();
    turn.happen(match purpose {
        Purpose::Publish => Event::StepFailed { reason },
        Purpose::Unpublish => Event::UnpublicationRefused { at_ms, reason },
        Purpose::Delete if turn.state.announced => Event::DeletionRefused { at_ms, reason },
        Purpose::Delete => Event::DeletionStuck { at_ms, reason },
    });
}

fn failed(turn: &mut AssetTurn<'_>, failure: &Failure) {
    let reason = reason::of(failure);
    let Some(step) = turn.state.step.clone() else {
        return;
    };
    let purpose = purpose(turn);
    match step {
        // A project that does not know the name does not keep it.
        Step::Detach(name) => turn.happen(Event::Detached { name }),
        Step::Attach(_)
        | Step::CheckGlueTable
        | Step::CreateDataZoneAsset
        | Step::ReviseDataZoneAsset
        | Step::PublishListing
            if purpose == Purpose::Delete =>
        {
            turn.happen(Event::StepEnded);
        }
        Step::ReadListing if turn.state.look.is_none() => turn.happen(Event::StepEnded),
        Step::Attach(_)
        | Step::CheckGlueTable
        | Step::CreateDataZoneAsset
        | Step::ReviseDataZoneAsset
        | Step::PublishListing
        | Step::ReadListing
        | Step::UnpublishListing
        | Step::DeleteListing
        | Step::DeleteDataZoneAsset => give_up(turn, purpose, reason),
    }
}
