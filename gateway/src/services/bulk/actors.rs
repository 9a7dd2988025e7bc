use std::borrow::Cow;

use datamesh_actor::{ActorStatus, ControlError, Order, Runtime};
use datamesh_journal::{EntityKey, EntityQuery, JournalError, MarkKind};
use futures::{StreamExt, stream};

use super::filter::Filter;
use super::report::Report;
use super::{AT_ONCE, Call, MOST, PAGE, PAGES, UNANSWERED, answering, reason};

/// What is done to the actors that a filter chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Pause,
    Resume,
}

/// Which actors, beside the [`Filter`].
pub struct Choice {
    pub filter: Filter,
    /// Only those with this mark.
    pub mark: Option<MarkKind>,
    /// Only those in memory and not stopped.
    pub resident: bool,
    /// Only those with effects that wait for an operator.
    pub paused_effects: bool,
}

impl Choice {
    /// Whether it chooses every actor.
    pub fn is_empty(&self) -> bool {
        self.filter.is_empty() && self.mark.is_none() && !self.resident && !self.paused_effects
    }
}

/// What is known of an actor before anything is done to it.
struct Seen {
    key: EntityKey,
    status: ActorStatus,
    updated_ms: i64,
    effects: u32,
    paused_effects: u32,
    errors: Vec<String>,
}

/// Does it, from where the call before ended on, to about [`MOST`] actors; or says what it would do.
///
/// Each actor is a deed of its own: when the process dies in the middle, some are done and the call may be
/// repeated.
///
/// # Errors
/// When the journal cannot be read before anything was done; later it ends there, to be gone on with.
pub async fn run(
    runtime: &Runtime,
    choice: &Choice,
    deed: Deed,
    call: &Call,
) -> Result<Report, JournalError> {
    let mut report = Report::default();
    if !choice.filter.keys.is_empty() {
        let seen = named(runtime, choice, &mut report).await?;
        touch(runtime, seen, deed, call, &mut report).await;
        return Ok(report);
    }
    let mut query = EntityQuery {
        kind: (!choice.filter.kind.is_empty()).then(|| choice.filter.kind.clone()),
        mark: choice.mark,
        paused_effects: choice.paused_effects,
        after: call.after.clone(),
        limit: PAGE,
    };
    for page in 0..PAGES {
        let found = match runtime.list(&query).await {
            Ok(found) => found,
            Err(error) if page == 0 => return Err(error),
            Err(_) => break,
        };
        let mut chosen = Vec::new();
        for actor in found.items {
            if actor.status == ActorStatus::Unanswered {
                if choice.filter.in_time(actor.head.updated_ms) {
                    report.skip(actor.head.key.to_string(), UNANSWERED);
                }
                continue;
            }
            let reason = actor.head.mark.as_ref().map(|mark| mark.reason.clone());
            let seen = Seen {
                status: actor.status,
                updated_ms: actor.head.updated_ms,
                effects: actor.head.effects,
                paused_effects: actor.head.paused_effects,
                errors: actor.last_error.into_iter().chain(reason).collect(),
                key: actor.head.key,
            };
            if passes(runtime, choice, &seen).await {
                chosen.push(seen);
            }
        }
        touch(runtime, chosen, deed, call, &mut report).await;
        query.after = found.next;
        if query.after.is_none() || report.matched >= MOST {
            break;
        }
    }
    report.next = query.after;
    Ok(report)
}

async fn named(
    runtime: &Runtime,
    choice: &Choice,
    report: &mut Report,
) -> Result<Vec<Seen>, JournalError> {
    let mut chosen = Vec::new();
    for key in &answering(runtime, &choice.filter.keys, report).await {
        let actor = match runtime.actor(key).await {
            Ok(actor) => actor,
            Err(error) => {
                report.skip(key.to_string(), &reason(&error));
                continue;
            }
        };
        // One that is quarantined is not in memory: it changed last when it was stopped.
        let mut updated_ms = actor.stopped_ms.unwrap_or(0);
        if choice.filter.by_age() && actor.seq > 0 {
            let last = runtime.history(key, actor.seq.saturating_sub(1), 1).await?;
            updated_ms = last.first().map_or(0, |commit| commit.at_ms);
        }
        let mark = match actor.status {
            ActorStatus::Paused => Some(MarkKind::Paused),
            ActorStatus::Quarantined => Some(MarkKind::Quarantined),
            _ => None,
        };
        let paused = actor
            .effects
            .iter()
            .filter(|effect| effect.state == datamesh_actor::EffectState::Paused);
        let seen = Seen {
            key: key.clone(),
            status: actor.status,
            updated_ms,
            effects: u32::try_from(actor.effects.len()).unwrap_or(u32::MAX),
            paused_effects: u32::try_from(paused.count()).unwrap_or(u32::MAX),
            errors: actor.last_error.into_iter().chain(actor.reason).collect(),
        };
        let marked = choice.mark.is_none() || choice.mark == mark;
        let paused_effects = !choice.paused_effects || seen.paused_effects > 0;
        if marked && paused_effects && passes(runtime, choice, &seen).await {
            chosen.push(seen);
        }
    }
    Ok(chosen)
}

/// Whether the filter chooses it. An error may stand in an unsettled effect only, so that actors with such are
/// opened for it.
async fn passes(runtime: &Runtime, choice: &Choice, seen: &Seen) -> bool {
    let filter = &choice.filter;
    if !filter.in_time(seen.updated_ms) || (choice.resident && seen.status != ActorStatus::Resident)
    {
        return false;
    }
    if !filter.by_error() || seen.errors.iter().any(|e| filter.in_error(Some(e))) {
        return true;
    }
    if seen.effects == 0 {
        return false;
    }
    let opened = runtime.actor(&seen.key).await;
    opened.is_ok_and(|actor| {
        let mut errors = actor.effects.iter().map(|e| e.last_error.as_deref());
        errors.any(|error| filter.in_error(error))
    })
}

async fn touch(runtime: &Runtime, chosen: Vec<Seen>, deed: Deed, call: &Call, report: &mut Report) {
    let deeds = stream::iter(chosen).map(|seen| async move {
        let done = match needless(deed, seen.status) {
            Some(reason) => Err(Cow::Borrowed(reason)),
            None if call.dry => Ok(()),
            None => do_it(runtime, &seen.key, deed, &call.order)
                .await
                .map_err(|error| Cow::Owned(reason(&error).into_owned())),
        };
        (seen.key, done)
    });
    let mut ends = Box::pin(deeds.buffered(AT_ONCE));
    while let Some((key, done)) = ends.next().await {
        match done {
            Ok(()) => report.touch(key.to_string(), (&key.kind, "")),
            Err(reason) => report.skip(key.to_string(), &reason),
        }
    }
}

async fn do_it(
    runtime: &Runtime,
    key: &EntityKey,
    deed: Deed,
    order: &Order,
) -> Result<(), ControlError> {
    match deed {
        Deed::Pause => runtime.pause(key, order).await,
        Deed::Resume => runtime.resume(key, order).await,
    }
}

fn needless(deed: Deed, status: ActorStatus) -> Option<&'static str> {
    match (deed, status) {
        (Deed::Pause, ActorStatus::Paused) => Some("it is paused already"),
        (Deed::Pause, ActorStatus::Quarantined) => Some("it is quarantined, which is no less"),
        (Deed::Pause, _) | (Deed::Resume, ActorStatus::Paused | ActorStatus::Quarantined) => None,
        (Deed::Resume, _) => Some("it is neither paused nor quarantined"),
    }
}
