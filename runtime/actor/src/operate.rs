//! What an operator does to one entity.

use datamesh_journal::Mark;

use crate::cell::{Step, safe_state};
use crate::control::{
    ActorDetail, Control, ControlDone, ControlError, ControlReply, EffectDetail, EffectState, Order,
};
use crate::engine::Env;
use crate::flight::{put_effects, wish, write};
use crate::life::{load, start_held, status};
use crate::reply::ReplyTo;
use crate::slot::{EffectStatus, Phase, Resident, Slot, Wish, Work};

pub(crate) fn control(
    slot: &mut Slot,
    env: &mut Env,
    now_ms: i64,
    control: Control,
    reply: ReplyTo<ControlReply>,
) {
    // One that was never written may have a mark: it was paused before its first commit failed, or between a
    // panic and its replay. It is there for whoever lifts it.
    let unknown = matches!(&slot.phase, Phase::Resident(r) if r.decided == 0 && r.mark.is_none());
    if unknown && matches!(control, Control::Resumed { .. }) {
        // It was quarantined over its first command: there is no history to note it in.
        drop(reply.send(Ok(ControlDone::Marked)));
    } else if unknown {
        let key = slot.key.to_string();
        drop(reply.send(Err(ControlError::NotFound(key))));
    } else {
        match control {
            Control::Inspect => {
                let detail = detail(slot, env, now_ms);
                drop(reply.send(Ok(ControlDone::Detail(Box::new(detail)))));
            }
            Control::Pause { mark, order } => pause(slot, env, now_ms, mark, order, reply),
            Control::Resume { order } => resume(slot, env, now_ms, order, reply),
            Control::Resumed { order } => note(slot, env, now_ms, "operator resume", order, reply),
            Control::Retry { effect_id, order } => {
                retry(slot, env, now_ms, effect_id, &order, reply);
            }
            Control::Cancel { effect_id, order } => {
                cancel(slot, env, now_ms, effect_id, order, reply);
            }
        }
    }
}

/// The journal has the mark already. Effects that wait for their turn or their retry are called back.
fn pause(
    slot: &mut Slot,
    env: &mut Env,
    now_ms: i64,
    mark: Mark,
    order: Option<Order>,
    reply: ReplyTo<ControlReply>,
) {
    if let Phase::Resident(resident) = &mut slot.phase {
        resident.mark = Some(mark);
        for effect_id in resident.effects.keys() {
            if let Some(hold) = env.running.get(&(slot.key.clone(), effect_id.clone())) {
                hold.cancel();
            }
        }
    }
    // In another phase it will be read with its mark.
    note(slot, env, now_ms, "operator pause", order, reply);
}

fn resume(
    slot: &mut Slot,
    env: &mut Env,
    now_ms: i64,
    order: Option<Order>,
    reply: ReplyTo<ControlReply>,
) {
    let stopped = match &mut slot.phase {
        Phase::Resident(resident) => resident.mark.take().is_some(),
        Phase::Quarantined(_) => {
            env.forgive_entity(&slot.key);
            slot.phase = Phase::BackingOff;
            true
        }
        Phase::Loading | Phase::BackingOff => false,
    };
    if matches!(slot.phase, Phase::BackingOff) {
        let control = Control::Resumed { order };
        slot.queue.push_front(Work::Control { control, reply });
        load(slot, env);
        return;
    }
    if stopped {
        note(slot, env, now_ms, "operator resume", order, reply);
    } else {
        drop(reply.send(Ok(ControlDone::Marked)));
    }
    start_held(slot, env, now_ms);
}

/// Keeps in the history what an operator did to the mark: a commit without events. The mark itself is kept
/// already, so that without memory to write from there is no note.
fn note(
    slot: &mut Slot,
    env: &mut Env,
    now_ms: i64,
    what: &str,
    order: Option<Order>,
    reply: ReplyTo<ControlReply>,
) {
    if let Some(order) = order {
        let cause = order.cause(what);
        write(slot, env, now_ms, cause, Step::default(), Vec::new(), None);
    }
    match &mut slot.phase {
        Phase::Resident(resident) => resident.tell(reply, Ok(ControlDone::Marked)),
        Phase::Quarantined(_) | Phase::Loading | Phase::BackingOff => {
            drop(reply.send(Ok(ControlDone::Marked)));
        }
    }
}

/// Paused effects are tried again: all, or the one that is named. If that one is being tried and was to be cancelled,
/// the wish to cancel it is withdrawn.
fn retry(
    slot: &mut Slot,
    env: &mut Env,
    now_ms: i64,
    effect_id: Option<String>,
    order: &Order,
    reply: ReplyTo<ControlReply>,
) {
    let resident = match in_memory(slot, env) {
        Ok(resident) => resident,
        Err(error) => return drop(reply.send(Err(error))),
    };
    let stopped: Vec<String> = resident
        .effects
        .iter()
        .filter(|(id, effect)| match &effect_id {
            Some(wanted) => wanted == *id && (effect.is_paused() || effect.job.cancel.is_some()),
            None => effect.is_paused(),
        })
        .map(|(id, _)| id.clone())
        .collect();
    if !stopped.is_empty() {
        put_effects(slot, env, now_ms, &stopped, order);
    }
    let answer = match effect_id {
        Some(effect) if stopped.is_empty() => {
            let key = slot.key.to_string();
            Err(ControlError::NoSuchEffect { key, effect })
        }
        _ => Ok(ControlDone::Retried(
            u32::try_from(stopped.len()).unwrap_or(u32::MAX),
        )),
    };
    if let Phase::Resident(resident) = &mut slot.phase {
        resident.tell(reply, answer);
    }
}

/// One that is not with the runner is settled now. One that is with it is called back if it has not begun, and
/// else waited for: were it settled at once, the deed could be done after its entity undid it. That it is to be
/// cancelled is kept in the journal meanwhile.
fn cancel(
    slot: &mut Slot,
    env: &mut Env,
    now_ms: i64,
    effect_id: String,
    order: Order,
    reply: ReplyTo<ControlReply>,
) {
    let resident = match in_memory(slot, env) {
        Ok(resident) => resident,
        Err(error) => return drop(reply.send(Err(error))),
    };
    if !resident.effects.contains_key(&effect_id) {
        let error = ControlError::NoSuchEffect {
            key: slot.key.to_string(),
            effect: effect_id,
        };
        if let Phase::Resident(resident) = &mut slot.phase {
            resident.tell(reply, Err(error));
        }
        return;
    }
    let place = (slot.key.clone(), effect_id);
    if let Some(hold) = env.running.get(&place) {
        hold.cancel();
        wish(slot, env, now_ms, &place.1, order, reply);
        return;
    }
    let reply = Some(reply);
    crate::step::cancel(slot, env, now_ms, &place.1, Wish { order, reply });
}

/// The entity's memory, if it has one and there is room for a commit.
fn in_memory<'a>(slot: &'a mut Slot, env: &Env) -> Result<&'a mut Resident, ControlError> {
    if env.in_flight >= env.options.in_flight.saturating_mul(2) {
        return Err(ControlError::Unavailable(
            "too many commits are in flight: ask again".into(),
        ));
    }
    match &mut slot.phase {
        Phase::Resident(resident) => Ok(resident),
        Phase::Quarantined(_) | Phase::Loading | Phase::BackingOff => {
            Err(ControlError::Unavailable(
                "the actor is not in memory, for it failed: resume it first".into(),
            ))
        }
    }
}

/// Everything about an entity in memory. `entity_mailbox` commands may wait for it, and commits of it be in flight.
pub(crate) fn detail(slot: &Slot, env: &Env, now_ms: i64) -> ActorDetail {
    let most = env.options.entity_mailbox;
    let base = ActorDetail {
        status: status(&slot.phase),
        reason: None,
        stopped_ms: None,
        cause: None,
        seq: 0,
        state: None,
        mailbox: slot.waiting_commands(),
        in_flight: 0,
        full: slot.waiting_commands() >= most,
        effects: Vec::new(),
        timers: Vec::new(),
        last_error: slot.last_error.clone(),
    };
    match &slot.phase {
        Phase::Resident(resident) => ActorDetail {
            reason: resident.mark.as_ref().map(|m| m.reason.clone()),
            stopped_ms: resident.mark.as_ref().map(|m| m.at_ms),
            seq: resident.durable,
            state: safe_state(&*resident.cell),
            in_flight: resident.flight.len(),
            full: base.full || resident.flight.len() >= most,
            effects: effects(slot, env, now_ms),
            timers: resident
                .timers
                .iter()
                .map(|(name, due_ms)| (name.clone(), *due_ms))
                .collect(),
            ..base
        },
        Phase::Quarantined(mark) => ActorDetail {
            reason: Some(mark.reason.clone()),
            stopped_ms: Some(mark.at_ms),
            cause: mark.cause.clone(),
            ..base
        },
        Phase::Loading | Phase::BackingOff => base,
    }
}

/// The unsettled effects of an entity as they stand; none if it is not in memory.
pub(crate) fn effects(slot: &Slot, env: &Env, now_ms: i64) -> Vec<EffectDetail> {
    let Phase::Resident(resident) = &slot.phase else {
        return Vec::new();
    };
    resident
        .effects
        .iter()
        .map(|(effect_id, pending)| {
            let (state, next_ms) = match pending.status {
                EffectStatus::Started { next_ms } if next_ms > now_ms => {
                    (EffectState::Waiting, Some(next_ms))
                }
                EffectStatus::Started { .. } => (EffectState::Running, None),
                EffectStatus::Asked | EffectStatus::Held => (EffectState::Waiting, None),
                EffectStatus::Paused => (EffectState::Paused, None),
            };
            EffectDetail {
                key: slot.key.clone(),
                effect_id: effect_id.clone(),
                name: pending.job.name.clone(),
                idempotency: pending.job.idempotency,
                state,
                attempts: pending.attempts,
                asked_ms: pending.job.asked_ms,
                next_ms,
                last_error: pending.last_error.clone(),
                alone: env.suspects.is_on_probation(&slot.key, effect_id),
                input: (*pending.job.effect).to_owned(),
            }
        })
        .collect()
}
