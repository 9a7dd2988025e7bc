//! What an operator does to one entity.

use datamesh_journal::Mark;

use crate::cell::safe_state;
use crate::control::{
    ActorDetail, Control, ControlDone, ControlError, ControlReply, EffectDetail, EffectState,
};
use crate::engine::Env;
use crate::flight::put_effects;
use crate::life::{load, start_held, status};
use crate::reply::ReplyTo;
use crate::slot::{EffectStatus, Phase, Resident, Slot};

pub(crate) fn control(
    slot: &mut Slot,
    env: &mut Env,
    now_ms: i64,
    control: Control,
    reply: ReplyTo<ControlReply>,
) {
    let unknown = matches!(&slot.phase, Phase::Resident(r) if r.decided == 0);
    let answer = if unknown {
        Err(ControlError::NotFound(slot.key.to_string()))
    } else {
        match control {
            Control::Inspect => Ok(ControlDone::Detail(Box::new(detail(slot, now_ms)))),
            Control::Pause { mark } => pause(slot, env, mark),
            Control::Resume => Ok(resume(slot, env, now_ms)),
            Control::Retry { effect_id } => retry(slot, env, now_ms, effect_id),
        }
    };
    drop(reply.send(answer));
}

/// The journal has the mark already. Effects that wait for their turn or their retry are called back.
fn pause(slot: &mut Slot, env: &mut Env, mark: Mark) -> ControlReply {
    match &mut slot.phase {
        Phase::Resident(resident) => {
            resident.mark = Some(mark);
            for effect_id in resident.effects.keys() {
                if let Some(hold) = env.running.get(&(slot.key.clone(), effect_id.clone())) {
                    hold.cancel();
                }
            }
            Ok(ControlDone::Marked)
        }
        // It will be read with its mark.
        Phase::Quarantined(_) | Phase::Loading | Phase::BackingOff => Ok(ControlDone::Marked),
    }
}

fn resume(slot: &mut Slot, env: &mut Env, now_ms: i64) -> ControlDone {
    match &mut slot.phase {
        Phase::Resident(resident) => resident.mark = None,
        Phase::Quarantined(_) => slot.phase = Phase::BackingOff,
        Phase::Loading | Phase::BackingOff => {}
    }
    if matches!(slot.phase, Phase::BackingOff) {
        load(slot, env);
    } else {
        start_held(slot, env, now_ms);
    }
    ControlDone::Marked
}

fn retry(slot: &mut Slot, env: &mut Env, now_ms: i64, effect_id: Option<String>) -> ControlReply {
    let Phase::Resident(resident) = &slot.phase else {
        return Err(ControlError::Unavailable(
            "resume the actor first, then retry its effects".into(),
        ));
    };
    let paused: Vec<String> = resident
        .effects
        .iter()
        .filter(|(_, e)| e.status == EffectStatus::Paused)
        .map(|(id, _)| id.clone())
        .filter(|id| effect_id.as_ref().is_none_or(|wanted| wanted == id))
        .collect();
    if let Some(effect) = effect_id
        && paused.is_empty()
    {
        return Err(ControlError::NoSuchEffect {
            key: slot.key.to_string(),
            effect,
        });
    }
    if !paused.is_empty() {
        put_effects(slot, env, now_ms, &paused);
    }
    Ok(ControlDone::Retried(
        u32::try_from(paused.len()).unwrap_or(u32::MAX),
    ))
}

pub(crate) fn detail(slot: &Slot, now_ms: i64) -> ActorDetail {
    let base = ActorDetail {
        status: status(&slot.phase),
        reason: None,
        seq: 0,
        state: None,
        mailbox: slot.waiting_commands(),
        in_flight: 0,
        effects: Vec::new(),
        timers: Vec::new(),
        last_error: slot.last_error.clone(),
    };
    match &slot.phase {
        Phase::Resident(resident) => ActorDetail {
            reason: resident.mark.as_ref().map(|m| m.reason.clone()),
            seq: resident.durable,
            state: safe_state(&*resident.cell),
            in_flight: resident.flight.len(),
            effects: effects(slot, resident, now_ms),
            timers: resident
                .timers
                .iter()
                .map(|(name, due_ms)| (name.clone(), *due_ms))
                .collect(),
            ..base
        },
        Phase::Quarantined(mark) => ActorDetail {
            reason: Some(mark.reason.clone()),
            ..base
        },
        Phase::Loading | Phase::BackingOff => base,
    }
}

fn effects(slot: &Slot, resident: &Resident, now_ms: i64) -> Vec<EffectDetail> {
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
                next_ms,
                last_error: pending.last_error.clone(),
                input: (*pending.job.effect).to_owned(),
            }
        })
        .collect()
}
