//! What a project does next: read from what is so, not from what was asked last. A deletion can overtake a
//! creation or a change; it waits for the end of the step under way, because only then it is known what has
//! to be removed.
//!
//! Nothing leaks: a name is released whenever the record does not carry it; a DataZone project whose
//! creation ended in an error after an answer was lost is looked for and removed;
//! the bucket's prefixes are removed whenever a set-up was ever begun.

use datamesh_actor::{CANCELLED, Failure};

use super::effects::{DATAZONE_PROJECT_UNCERTAIN, Outcome, ProjectEffect};
use super::event::Event;
use super::record::{ProjectRecord, SetupStatus};
use super::state::{SETUP_TROUBLE, State, Step};
use super::{Project, SETUP_TIMER, events};
use crate::backoff::pause_ms;
use crate::life::Status;
use crate::reason;
use crate::reservations::fold;
use crate::turn::Turn;

/// How long the event that starts the set-up may be on its way before the project starts by itself.
const SETUP_OVERDUE_MS: i64 = 15 * 60 * 1_000;
/// The first pause before a failed set-up is tried again, doubling up to [`SETUP_RETRY_MOST_MS`].
const SETUP_RETRY_MS: i64 = 30 * 1_000;
const SETUP_RETRY_MOST_MS: i64 = 60 * 60 * 1_000;

type ProjectTurn<'c> = Turn<'c, Project>;

/// Takes the next step, if none is under way and one is due.
pub(super) fn advance(turn: &mut ProjectTurn<'_>) {
    if turn.state.step.is_some() {
        return;
    }
    let Some(record) = turn.state.record.clone() else {
        return;
    };
    match record.status {
        Status::Creating => create(turn, &record),
        Status::Updating => update(turn, &record),
        Status::Deleting => delete(turn, &record),
        // A deletion that overtook a change and was refused leaves a name that nobody needs.
        Status::Active => {
            if let Some(name) = surplus(&turn.state, &record.project_name) {
                take(turn, &record, Step::ReleaseName(name));
            }
        }
        Status::Failed | Status::Deleted => {}
    }
}

fn create(turn: &mut ProjectTurn<'_>, record: &ProjectRecord) {
    let at_ms = turn.now_ms();
    if let Some(reason) = turn.state.failing.clone() {
        match undo(&turn.state, record) {
            Some(step) => take(turn, record, step),
            None => turn.happen(Event::Failed { at_ms, reason }),
        }
    } else if record.home.is_none() {
        take(turn, record, Step::ReserveName(record.project_name.clone()));
    } else if record.data_zone_project_id.is_none() {
        turn.happen(Event::DataZoneProjectAsked { at_ms });
        take(turn, record, Step::CreateDataZoneProject);
    } else {
        turn.happen(Event::Activated { at_ms });
        events::created(turn);
        turn.wake(SETUP_TIMER, at_ms + SETUP_OVERDUE_MS);
    }
}

fn update(turn: &mut ProjectTurn<'_>, record: &ProjectRecord) {
    let at_ms = turn.now_ms();
    let wanted = match (&turn.state.change, &turn.state.failing) {
        (Some(change), None) => change.clone(),
        (_, failing) => {
            let reason = failing.clone().unwrap_or_default();
            return match surplus(&turn.state, &record.project_name) {
                Some(name) => take(turn, record, Step::ReleaseName(name)),
                None => turn.happen(Event::UpdateFailed { at_ms, reason }),
            };
        }
    };
    if !turn.state.names.contains(&fold(&wanted.name)) {
        take(turn, record, Step::ReserveName(wanted.name));
    } else if !wanted.applied {
        take(turn, record, Step::UpdateDataZoneProject);
    } else if let Some(name) = surplus(&turn.state, &wanted.name) {
        take(turn, record, Step::ReleaseName(name));
    } else {
        turn.happen(Event::Updated { at_ms });
        events::updated(turn);
    }
}

fn delete(turn: &mut ProjectTurn<'_>, record: &ProjectRecord) {
    if turn.state.setting_up() {
        return;
    }
    match undo(&turn.state, record) {
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

/// A name that the domain keeps for us and that we do not need.
fn surplus(state: &State, needed: &str) -> Option<String> {
    let needed = fold(needed);
    state.names.iter().find(|name| **name != needed).cloned()
}

/// What is still to be undone. DataZone goes first: it is the one that may refuse.
fn undo(state: &State, record: &ProjectRecord) -> Option<Step> {
    if record.data_zone_project_id.is_some() {
        Some(Step::DeleteDataZoneProject)
    } else if state.stray {
        Some(Step::SweepDataZoneProject)
    } else if state.prefixes {
        Some(Step::RemovePrefixes)
    } else {
        state.names.first().cloned().map(Step::ReleaseName)
    }
}

fn take(turn: &mut ProjectTurn<'_>, record: &ProjectRecord, step: Step) {
    if let Some(effect) = ProjectEffect::of(&step, record, &turn.state) {
        turn.happen(Event::StepTaken { step });
        turn.ask(effect);
    }
}

/// Begins the set-up, if it is due.
pub(super) fn set_up(turn: &mut ProjectTurn<'_>) {
    let Some(record) = turn.state.record.clone() else {
        return;
    };
    let ready = matches!(record.status, Status::Active | Status::Updating);
    if ready
        && record.setup_status == SetupStatus::Pending
        && let Some(effect) = ProjectEffect::put_prefixes(&record)
    {
        let at_ms = turn.now_ms();
        turn.happen(Event::SetupStarted { at_ms });
        turn.let_sleep(SETUP_TIMER);
        turn.ask(effect);
    }
}

/// Takes in the end of an effect.
pub(super) fn settle(
    turn: &mut ProjectTurn<'_>,
    effect: &ProjectEffect,
    result: Result<Outcome, Failure>,
) {
    match (effect, result) {
        (ProjectEffect::PutEvent(_), _) => return,
        (ProjectEffect::PutPrefixes(_), Ok(Outcome::PrefixesPut { location })) => {
            setup_completed(turn, location);
        }
        (ProjectEffect::PutPrefixes(_), Ok(_)) => return,
        (ProjectEffect::PutPrefixes(_), Err(failure)) => setup_failed(turn, &failure),
        (_, Ok(outcome)) => succeeded(turn, outcome),
        (_, Err(failure)) => failed(turn, &failure),
    }
    advance(turn);
}

fn succeeded(turn: &mut ProjectTurn<'_>, outcome: Outcome) {
    let at_ms = turn.now_ms();
    turn.happen(match outcome {
        Outcome::NameReserved { name, home } => Event::NameReserved { name, home },
        Outcome::NameReleased { name } => Event::NameReleased { name },
        Outcome::DataZoneProjectCreated { id } => Event::DataZoneProjectCreated { id },
        Outcome::DataZoneProjectUpdated => Event::DataZoneProjectUpdated { at_ms },
        Outcome::DataZoneProjectDeleted => Event::DataZoneProjectDeleted,
        Outcome::DataZoneProjectSwept => Event::DataZoneProjectSwept,
        Outcome::PrefixesRemoved { left } => Event::PrefixesRemoved { left },
        Outcome::PrefixesPut { .. } | Outcome::EventPut => return,
    });
}

fn failed(turn: &mut ProjectTurn<'_>, failure: &Failure) {
    let at_ms = turn.now_ms();
    let reason = reason::of(failure);
    let Some(step) = turn.state.step.clone() else {
        return;
    };
    let creating = turn.state.status() == Some(Status::Creating);
    let deleting = turn.state.status() == Some(Status::Deleting);
    turn.happen(match step {
        Step::ReserveName(_) | Step::UpdateDataZoneProject => Event::StepFailed {
            reason,
            stray: false,
        },
        Step::CreateDataZoneProject => Event::StepFailed {
            reason,
            // What an operator gave up may have been done at an earlier try.
            stray: [DATAZONE_PROJECT_UNCERTAIN, CANCELLED].contains(&failure.code.as_str()),
        },
        // A domain that does not know the name does not keep it.
        Step::ReleaseName(name) => Event::NameReleased { name },
        Step::SweepDataZoneProject | Step::DeleteDataZoneProject | Step::RemovePrefixes
            if creating =>
        {
            let first = turn.state.failing.clone().unwrap_or_default();
            Event::Failed {
                at_ms,
                reason: format!("{first}; and undoing it stopped: {reason}"),
            }
        }
        Step::DeleteDataZoneProject if turn.state.announced => {
            Event::DeletionRefused { at_ms, reason }
        }
        Step::DeleteDataZoneProject | Step::SweepDataZoneProject | Step::RemovePrefixes => {
            Event::DeletionStuck { at_ms, reason }
        }
    });
    // The event that starts the set-up may have come and gone during a deletion that was refused.
    let kept = deleting && turn.state.status() == Some(Status::Active);
    if kept && turn.state.setup_is_pending() {
        turn.wake(SETUP_TIMER, at_ms);
    }
}

fn setup_completed(turn: &mut ProjectTurn<'_>, location: String) {
    let at_ms = turn.now_ms();
    turn.happen(Event::SetupCompleted { at_ms, location });
    events::set_up(turn);
}

fn setup_failed(turn: &mut ProjectTurn<'_>, failure: &Failure) {
    let at_ms = turn.now_ms();
    let reason = format!("{SETUP_TROUBLE}{}", reason::of(failure));
    let pause = pause_ms(
        turn.state.setup_failures,
        SETUP_RETRY_MS,
        SETUP_RETRY_MOST_MS,
    );
    turn.happen(Event::SetupFailed { at_ms, reason });
    turn.wake(SETUP_TIMER, at_ms + pause);
}
