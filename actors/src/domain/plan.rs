//! What a domain does next: read from what is so, not from what was asked last, so that it goes on rightly
//! after any interruption, and a deletion can overtake a creation.
//!
//! One step is under way at a time. A deletion that comes meanwhile waits for the step's end, because only
//! then it is known what has to be removed.

use datamesh_actor::Failure;

use super::Domain;
use super::effects::{BUCKET_NOT_EMPTY, DomainEffect, Outcome};
use super::events;
use super::record::DomainRecord;
use super::state::{Event, Step};
use crate::life::Status;
use crate::reason;
use crate::turn::Turn;

type DomainTurn<'c> = Turn<'c, Domain>;

/// Takes the next step, if none is under way and one is due.
pub(super) fn advance(turn: &mut DomainTurn<'_>) {
    if turn.state.step.is_some() {
        return;
    }
    let Some(record) = turn.state.record.clone() else {
        return;
    };
    match record.status {
        Status::Creating => create(turn, &record),
        Status::Updating => {
            if turn.state.change.is_some() {
                take(turn, &record, Step::UpdateDataZoneDomain);
            }
        }
        Status::Deleting => delete(turn, &record),
        Status::Active | Status::Failed | Status::Deleted => {}
    }
}

fn create(turn: &mut DomainTurn<'_>, record: &DomainRecord) {
    let at_ms = turn.now_ms();
    if let Some(reason) = turn.state.failing.clone() {
        match undo(turn) {
            Some(step) => take(turn, record, step),
            None => turn.happen(Event::Failed { at_ms, reason }),
        }
    } else if !turn.state.named {
        take(turn, record, Step::ClaimName);
    } else if record.data_lake_bucket.is_none() && !turn.state.bucket_missing {
        take(turn, record, Step::LookForBucket);
    } else if record.data_lake_bucket.is_none() {
        take(turn, record, Step::CreateBucket);
    } else if record.data_zone_domain_id.is_none() {
        take(turn, record, Step::CreateDataZoneDomain);
    } else if !turn.state.ready {
        take(turn, record, Step::AwaitDataZoneDomain);
    } else {
        turn.happen(Event::Activated { at_ms });
        events::created(turn);
    }
}

fn delete(turn: &mut DomainTurn<'_>, record: &DomainRecord) {
    let at_ms = turn.now_ms();
    let doomed = record.data_lake_bucket.is_some() && !turn.state.bucket_adopted;
    if doomed && !turn.state.bucket_empty {
        return take(turn, record, Step::CheckBucket);
    }
    match undo(turn) {
        Some(step) => take(turn, record, step),
        None => {
            turn.happen(Event::Deleted { at_ms });
            if turn.state.announced {
                events::deleted(turn);
            }
        }
    }
}

/// What is still to be undone. The DataZone domain goes first: it is the one that may refuse. A bucket that
/// datamesh did not make is let go of.
fn undo(turn: &mut DomainTurn<'_>) -> Option<Step> {
    let record = turn.state.record.as_ref()?;
    if record.data_zone_domain_id.is_some() {
        return Some(Step::DeleteDataZoneDomain);
    }
    if record.data_lake_bucket.is_some() {
        if !turn.state.bucket_adopted {
            return Some(Step::DeleteBucket);
        }
        turn.happen(Event::BucketReleased);
    }
    if turn.state.named {
        Some(Step::ReleaseName)
    } else {
        None
    }
}

fn take(turn: &mut DomainTurn<'_>, record: &DomainRecord, step: Step) {
    if let Some(effect) = DomainEffect::of(step, record, turn.state.change.as_ref()) {
        turn.happen(Event::StepTaken { step });
        turn.ask(effect);
    }
}

/// Takes in the end of a step.
pub(super) fn settle(
    turn: &mut DomainTurn<'_>,
    effect: &DomainEffect,
    result: Result<Outcome, Failure>,
) {
    let Some(step) = effect.step() else {
        return;
    };
    match result {
        Ok(outcome) => succeeded(turn, outcome),
        Err(failure) => failed(turn, step, &failure),
    }
    advance(turn);
}

fn succeeded(turn: &mut DomainTurn<'_>, outcome: Outcome) {
    let at_ms = turn.now_ms();
    match outcome {
        Outcome::NameClaimed => turn.happen(Event::NameClaimed),
        Outcome::NameReleased => turn.happen(Event::NameReleased),
        Outcome::BucketLookedFor { there: false, .. } => turn.happen(Event::BucketMissing),
        Outcome::BucketLookedFor {
            bucket,
            there: true,
        } => turn.happen(Event::BucketCreated {
            bucket,
            adopted: true,
        }),
        Outcome::BucketCreated { bucket, adopted } => {
            turn.happen(Event::BucketCreated { bucket, adopted });
        }
        Outcome::DataZoneDomainCreated { id, ready } => {
            turn.happen(Event::DataZoneDomainCreated { id, ready });
        }
        Outcome::DataZoneDomainReady => turn.happen(Event::DataZoneDomainReady),
        Outcome::DataZoneDomainUpdated => {
            if let Some(change) = turn.state.change.clone() {
                turn.happen(Event::Updated { at_ms, change });
                events::updated(turn);
            }
        }
        Outcome::BucketChecked { foreign: None } => turn.happen(Event::BucketFoundEmpty),
        Outcome::BucketChecked { foreign: Some(key) } => {
            let reason = format!(
                "BUCKET_NOT_EMPTY: the bucket holds data that datamesh did not put there, such as \
                 '{key}': remove or move it, then delete again"
            );
            refuse(turn, reason);
        }
        Outcome::DataZoneDomainDeleted => turn.happen(Event::DataZoneDomainDeleted),
        Outcome::BucketDeleted => turn.happen(Event::BucketReleased),
        Outcome::EventPut => {}
    }
}

fn failed(turn: &mut DomainTurn<'_>, step: Step, failure: &Failure) {
    let at_ms = turn.now_ms();
    let reason = reason::of(failure);
    let creating = turn
        .state
        .record
        .as_ref()
        .is_some_and(|r| r.status == Status::Creating);
    match step {
        Step::ClaimName
        | Step::LookForBucket
        | Step::CreateBucket
        | Step::CreateDataZoneDomain
        | Step::AwaitDataZoneDomain => turn.happen(Event::CreationFailed { reason }),
        Step::UpdateDataZoneDomain => turn.happen(Event::UpdateFailed { at_ms, reason }),
        Step::CheckBucket => refuse(turn, reason),
        // A bucket that somebody filled meanwhile is theirs.
        Step::DeleteBucket if creating && failure.code == BUCKET_NOT_EMPTY => {
            turn.happen(Event::BucketReleased);
        }
        Step::DeleteDataZoneDomain | Step::DeleteBucket | Step::ReleaseName if creating => {
            let first = turn.state.failing.clone().unwrap_or_default();
            let reason = format!("{first}; and undoing it stopped: {reason}");
            turn.happen(Event::Failed { at_ms, reason });
        }
        Step::DeleteDataZoneDomain => refuse(turn, reason),
        Step::DeleteBucket | Step::ReleaseName => {
            turn.happen(Event::DeletionStuck { at_ms, reason });
        }
    }
}

/// A deletion that removed nothing yet leaves the domain as it was, unless it never was whole.
fn refuse(turn: &mut DomainTurn<'_>, reason: String) {
    let at_ms = turn.now_ms();
    let record = turn.state.record.as_ref();
    let whole = turn.state.announced
        && record.is_some_and(|r| r.data_zone_domain_id.is_some() && r.data_lake_bucket.is_some());
    turn.happen(if whole {
        Event::DeletionRefused { at_ms, reason }
    } else {
        Event::DeletionStuck { at_ms, reason }
    });
}
