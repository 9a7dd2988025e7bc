//! Actors, effects and histories, as the protos show them to an operator.

use datamesh_actor::{ActorDetail, ActorStatus, ActorSummary, EffectDetail, EffectState};
use datamesh_actors::deployment::MASK;
use datamesh_journal::{Committed, EntityKey, Record};
use datamesh_proto::v1;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::json::{timestamp, to_struct, to_value};
use super::secret::masked;

fn shown_status(status: ActorStatus) -> i32 {
    use v1::actor::Status as Shown;
    let shown = match status {
        ActorStatus::Passive => Shown::Passive,
        ActorStatus::Resident => Shown::Resident,
        ActorStatus::Loading => Shown::Loading,
        ActorStatus::BackingOff => Shown::BackingOff,
        ActorStatus::Quarantined => Shown::Quarantined,
        ActorStatus::Paused => Shown::Paused,
        ActorStatus::Unanswered => Shown::Unanswered,
    };
    shown.into()
}

/// An actor in a list.
pub fn summary(actor: ActorSummary) -> v1::Actor {
    let head = actor.head;
    v1::Actor {
        kind: head.key.kind.to_string(),
        id: head.key.id.to_string(),
        status: shown_status(actor.status),
        stopped_at: head.mark.as_ref().map(|mark| timestamp(mark.at_ms)),
        stopped_by: head
            .mark
            .as_ref()
            .and_then(|mark| mark.cause.clone())
            .unwrap_or_default(),
        reason: head.mark.map(|mark| mark.reason).unwrap_or_default(),
        sequence: head.seq,
        updated_at: Some(timestamp(head.updated_ms)),
        mailbox: count(actor.mailbox),
        pending_effects: head.effects,
        paused_effects: head.paused_effects,
        last_error: actor.last_error.unwrap_or_default(),
        ..v1::Actor::default()
    }
}

/// An actor that was opened.
pub fn opened(key: &EntityKey, actor: ActorDetail, updated_ms: Option<i64>) -> v1::Actor {
    let paused = actor
        .effects
        .iter()
        .filter(|effect| effect.state == EffectState::Paused)
        .count();
    v1::Actor {
        kind: key.kind.to_string(),
        id: key.id.to_string(),
        status: shown_status(actor.status),
        reason: actor.reason.unwrap_or_default(),
        sequence: actor.seq,
        updated_at: updated_ms.map(timestamp),
        mailbox: count(actor.mailbox),
        state: actor.state.map(|state| to_struct(parsed(&state))),
        pending_effects: count(actor.effects.len()),
        paused_effects: count(paused),
        effects: actor.effects.into_iter().map(effect).collect(),
        timers: actor
            .timers
            .into_iter()
            .map(|(name, due_ms)| v1::Timer {
                name,
                due_at: Some(timestamp(due_ms)),
            })
            .collect(),
        last_error: actor.last_error.unwrap_or_default(),
        stuck: String::new(),
        stopped_at: actor.stopped_ms.map(timestamp),
        stopped_by: actor.cause.unwrap_or_default(),
    }
}

/// An effect that is not settled.
pub fn effect(effect: EffectDetail) -> v1::Effect {
    use v1::effect::Status as Shown;
    let idempotency = serde_json::to_value(effect.idempotency).unwrap_or_default();
    let status = match effect.state {
        EffectState::Waiting => Shown::Waiting,
        EffectState::Running => Shown::Running,
        EffectState::Paused => Shown::Paused,
        EffectState::Unanswered => Shown::Unanswered,
    };
    v1::Effect {
        tried_alone: effect.alone,
        effect_id: effect.effect_id,
        kind: effect.key.kind.to_string(),
        id: effect.key.id.to_string(),
        name: effect.name,
        idempotency: idempotency.as_str().unwrap_or_default().to_owned(),
        status: status.into(),
        attempts: effect.attempts,
        next_attempt_at: effect.next_ms.map(timestamp),
        last_error: effect.last_error.unwrap_or_default(),
        input: Some(to_struct(without_secrets(parsed(&effect.input)))),
        asked_at: Some(timestamp(effect.asked_ms)),
    }
}

/// What an effect is to do, with the hidden values that travel with it masked.
fn without_secrets(mut input: Value) -> Value {
    let effects = input.as_object_mut().into_iter().flat_map(Map::values_mut);
    for secrets in effects.filter_map(|effect| effect.get_mut("secrets")?.as_object_mut()) {
        for value in secrets.values_mut() {
            *value = MASK.into();
        }
    }
    input
}

/// One commit of an actor.
pub fn history_entry(commit: Committed) -> v1::HistoryEntry {
    v1::HistoryEntry {
        sequence: commit.seq,
        time: Some(timestamp(commit.at_ms)),
        cause: commit.cause.what,
        by: commit.cause.by.unwrap_or_default(),
        events: commit.events.into_iter().map(event).collect(),
    }
}

/// One event of a commit.
pub fn event(record: Record) -> v1::HistoryEvent {
    v1::HistoryEvent {
        r#type: record.name,
        data: Some(to_value(parsed(&record.data))),
    }
}

/// What a journal gives as raw JSON was JSON when it was written. Secrets in it are masked.
fn parsed(raw: &RawValue) -> serde_json::Value {
    masked(serde_json::from_str(raw.get()).unwrap_or_default())
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
