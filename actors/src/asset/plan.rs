//! What an asset does next: read from what is so, not from what was asked last. A deletion can overtake
//! anything; it waits for the end of the step under way, because only then it is known what has to be
//! removed.
//!
//! A publication is a [`Work`]: read the Glue table, give DataZone the content, have the catalogue show it,
//! and look until it does. A change of a published asset is the same work with another content.

use super::effects::AssetEffect;
use super::event::Event;
use super::publish_status::PublishStatus;
use super::record::AssetRecord;
use super::state::{State, Step, Work};
use super::{Asset, LISTING_TIMER, events};
use crate::life::Status;
use crate::reservations::fold;
use crate::turn::Turn;

pub(super) type AssetTurn<'c> = Turn<'c, Asset>;

/// Takes the next step, if none is under way and one is due.
pub(super) fn advance(turn: &mut AssetTurn<'_>) {
    if turn.state.step.is_some() {
        return;
    }
    let Some(record) = turn.state.record.clone() else {
        return;
    };
    match record.status {
        Status::Creating => create(turn, &record),
        Status::Active => match record.publish_status {
            PublishStatus::Publishing => publish(turn, &record),
            PublishStatus::Unpublishing => unpublish(turn, &record),
            // A deletion that overtook a change and was refused leaves a name that nobody needs.
            _ => {
                if let Some(name) = surplus(&turn.state, &record.asset_name) {
                    take(turn, &record, Step::Detach(name));
                }
            }
        },
        Status::Updating => update(turn, &record),
        Status::Deleting => delete(turn, &record),
        Status::Failed | Status::Deleted => {}
    }
}

fn create(turn: &mut AssetTurn<'_>, record: &AssetRecord) {
    let at_ms = turn.now_ms();
    if turn.state.home.is_none() {
        return match turn.state.failing.clone() {
            Some(reason) => turn.happen(Event::Failed { at_ms, reason }),
            None => take(turn, record, Step::Attach(record.asset_name.clone())),
        };
    }
    if turn.state.work.is_none() {
        turn.happen(Event::Activated { at_ms });
        return;
    }
    publish(turn, record);
}

/// Works on the publication to its end, and makes a new asset active then.
fn publish(turn: &mut AssetTurn<'_>, record: &AssetRecord) {
    let at_ms = turn.now_ms();
    let end = if let Some(reason) = turn.state.failing.clone() {
        Event::PublicationFailed { at_ms, reason }
    } else {
        match next(&turn.state, record) {
            Next::Take(step) => return take(turn, record, step),
            Next::Wait => return,
            Next::Done => Event::Published { at_ms },
        }
    };
    if record.status == Status::Creating {
        turn.happen(Event::Activated { at_ms });
    }
    let done = matches!(end, Event::Published { .. });
    turn.happen(end);
    if done {
        events::published(turn);
    }
}

fn unpublish(turn: &mut AssetTurn<'_>, record: &AssetRecord) {
    let at_ms = turn.now_ms();
    if turn.state.delisted {
        turn.happen(Event::Unpublished { at_ms });
        events::unpublished(turn);
    } else if turn.state.look.is_none() {
        take(turn, record, Step::UnpublishListing);
    }
}

fn update(turn: &mut AssetTurn<'_>, record: &AssetRecord) {
    let at_ms = turn.now_ms();
    let work = turn.state.work.clone().unwrap_or_default();
    if let Some(reason) = turn.state.failing.clone() {
        if let Some(name) = surplus(&turn.state, &record.asset_name) {
            return take(turn, record, Step::Detach(name));
        }
        if work.revision.is_none() {
            return turn.happen(Event::UpdateFailed { at_ms, reason });
        }
        // DataZone has the content; it is the catalogue that does not show it.
        turn.happen(Event::Updated { at_ms });
        events::updated(turn);
        return turn.happen(Event::PublicationFailed { at_ms, reason });
    }
    let name = &work.content.name;
    if !turn.state.names.contains(&fold(name)) {
        return take(turn, record, Step::Attach(name.clone()));
    }
    match next(&turn.state, record) {
        Next::Take(step) => return take(turn, record, step),
        Next::Wait => return,
        Next::Done => {}
    }
    if let Some(name) = surplus(&turn.state, name) {
        return take(turn, record, Step::Detach(name));
    }
    turn.happen(Event::Updated { at_ms });
    events::updated(turn);
    if work.list {
        turn.happen(Event::Published { at_ms });
        events::published(turn);
    }
}

fn delete(turn: &mut AssetTurn<'_>, record: &AssetRecord) {
    let step = if record.listing_id.is_some() && turn.state.delisted {
        Some(Step::DeleteListing)
    } else if record.listing_id.is_some() {
        if turn.state.look.is_some() {
            return;
        }
        Some(Step::UnpublishListing)
    } else if record.data_zone_asset_id.is_some() {
        Some(Step::DeleteDataZoneAsset)
    } else {
        turn.state.names.first().cloned().map(Step::Detach)
    };
    match step {
        Some(step) => take(turn, record, step),
        None => {
            let at_ms = turn.now_ms();
            turn.happen(Event::Deleted { at_ms });
            if turn.state.announced {
                events::deleted(turn);
            }
        }
    }
}

enum Next {
    Take(Step),
    /// A timer will go on.
    Wait,
    Done,
}

fn next(state: &State, record: &AssetRecord) -> Next {
    let Some(work) = &state.work else {
        return Next::Done;
    };
    let Work {
        check,
        revise,
        list,
        table,
        revision,
        listing_revision,
        listed,
        ..
    } = work;
    if *check && table.is_none() {
        Next::Take(Step::CheckGlueTable)
    } else if *revise && revision.is_none() {
        Next::Take(match &record.data_zone_asset_id {
            None => Step::CreateDataZoneAsset,
            Some(_) => Step::ReviseDataZoneAsset,
        })
    } else if *list && listing_revision.is_none() {
        Next::Take(Step::PublishListing)
    } else if *list && !listed {
        Next::Wait
    } else {
        Next::Done
    }
}

/// A name that the project keeps for us and that we do not need.
fn surplus(state: &State, needed: &str) -> Option<String> {
    let needed = fold(needed);
    state.names.iter().find(|name| **name != needed).cloned()
}

/// Looks at the listing, if a look is due.
pub(super) fn look(turn: &mut AssetTurn<'_>) {
    if turn.state.step.is_none()
        && turn.state.look.is_some()
        && let Some(record) = turn.state.record.clone()
    {
        take(turn, &record, Step::ReadListing);
    }
}

/// Has the entity woken when the next look is due.
pub(super) fn wake(turn: &mut AssetTurn<'_>) {
    if let Some(look) = turn.state.look {
        turn.wake(LISTING_TIMER, look.due_ms);
    }
}

fn take(turn: &mut AssetTurn<'_>, record: &AssetRecord, step: Step) {
    if let Some(effect) = AssetEffect::of(&step, record, &turn.state) {
        turn.happen(Event::StepTaken { step });
        turn.ask(effect);
    }
}
