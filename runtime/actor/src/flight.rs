//! Puts decisions in flight: each becomes one commit, and what waits for it waits in the entity's flight.

use datamesh_journal::{Cause, Commit, Receipt, Work as JournalWork, WorkChange, WorkKind};
use serde_json::value::{RawValue, to_raw_value};

use crate::cell::{Step, safe_state};
use crate::control::{ControlDone, ControlError, ControlReply, Order, timer_id};
use crate::decision::TimerChange;
use crate::effect::Rank;
use crate::engine::{Action, Env, Tag};
use crate::planted::planted;
use crate::reply::ReplyTo;
use crate::resident::bytes_of;
use crate::slot::{Answer, EffectStatus, Flight, Job, Pending, Phase, Slot};
use tokio::sync::oneshot;

/// A command's claim on the commit it causes.
pub(crate) struct Claim {
    pub(crate) command_id: Option<String>,
    pub(crate) fingerprint: u64,
    pub(crate) reply: ReplyTo<Answer>,
    pub(crate) answer: Box<RawValue>,
}

/// Puts a decision in flight: one commit with its events, its receipt, its work and its views.
pub(crate) fn write(
    slot: &mut Slot,
    env: &mut Env,
    now_ms: i64,
    mut cause: Cause,
    step: Step,
    mut work: Vec<WorkChange>,
    claim: Option<Claim>,
) {
    let epoch = slot.epoch;
    let Phase::Resident(resident) = &mut slot.phase else {
        return;
    };
    let seq = resident.decided + 1;
    let stem = match planted!(env, EffectNumberReused) {
        true => resident.durable + 1,
        false => seq,
    };
    let mut flight = Flight {
        seq,
        answers: Vec::new(),
        told: Vec::new(),
        start: Vec::new(),
        arm_ms: None,
    };
    for change in &work {
        match change {
            WorkChange::Remove(id) => {
                resident.effects.shift_remove(id);
                if let Some(name) = id.strip_prefix("timer:") {
                    resident.timers.remove(name);
                }
            }
            WorkChange::Put(put) if put.due_ms.is_some() => flight.start.push(put.id.clone()),
            WorkChange::Put(_) => {}
        }
    }
    for (index, effect) in step.effects.into_iter().enumerate() {
        let effect_id = format!("{stem}.{index}-{}", effect.name);
        let job = Job {
            name: effect.name.to_owned(),
            idempotency: effect.idempotency,
            asked_ms: now_ms,
            effect: effect.data,
            paused: None,
            cancel: None,
            asker: step.asker.clone(),
        };
        work.extend(effect_work(&effect_id, &job, effect.rank, Some(now_ms)));
        cause.trace.effects.push(effect_id.clone());
        resident.effects.insert(
            effect_id.clone(),
            Pending {
                job,
                rank: effect.rank,
                attempts: 0,
                failures: 0,
                repeat: false,
                status: EffectStatus::Asked,
                last_error: None,
                waits: None,
                counted: Some(env.unsettled.count(now_ms, step.asker.clone())),
            },
        );
        planted!(env, EffectBeforeCommit => {
            let none = std::time::Duration::ZERO;
            resident.start(&effect_id, &slot.key, &slot.kind, env, now_ms, none);
        });
        flight.start.push(effect_id);
    }
    for timer in step.timers {
        match timer {
            TimerChange::Set { name, due_ms } => {
                work.push(WorkChange::Put(JournalWork {
                    id: timer_id(&name),
                    kind: WorkKind::Timer,
                    due_ms: Some(due_ms),
                    rank: JournalWork::NORMAL,
                    data: RawValue::NULL.to_owned(),
                }));
                flight.arm_ms = Some(flight.arm_ms.map_or(due_ms, |at| at.min(due_ms)));
                cause.trace.timers.push((name.clone(), due_ms));
                resident.timers.insert(name, due_ms);
            }
            TimerChange::Cancel { name } => {
                work.push(WorkChange::Remove(timer_id(&name)));
                resident.timers.remove(&name);
            }
        }
    }
    let receipt = claim.and_then(|claim| {
        cause.trace.command_id.clone_from(&claim.command_id);
        let receipt = claim.command_id.map(|command_id| {
            let reply = claim.answer.clone();
            resident
                .inbox
                .put(command_id.clone(), claim.fingerprint, reply.clone());
            Receipt {
                command_id,
                fingerprint: claim.fingerprint,
                reply,
                at_ms: now_ms,
            }
        });
        flight.answers.push((claim.reply, Ok(claim.answer)));
        receipt
    });
    resident.since_snapshot += 1;
    resident.state_bytes += bytes_of(&step.records);
    let snapshot = if resident.since_snapshot >= env.options.snapshot_every.max(1) {
        resident.since_snapshot = 0;
        safe_state(&*resident.cell)
    } else {
        None
    };
    if let Some(snapshot) = &snapshot {
        resident.state_bytes = snapshot.get().len();
    }
    resident.weigh();
    let views = match planted!(env, ViewForgotten) && !resident.flight.is_empty() {
        true => Vec::new(),
        false => step.views,
    };
    let commit_id = env.commit_id();
    let commit = Commit {
        entity: slot.key.clone(),
        expected: resident.decided,
        parent: resident.head,
        commit_id,
        at_ms: now_ms,
        cause,
        events: step.records,
        receipt,
        work,
        views,
        snapshot,
    };
    resident.decided = seq;
    resident.head = Some(commit_id);
    resident.flight.push_back(flight);
    env.in_flight += 1;
    env.out.push(Action::Append {
        commit: Box::new(commit),
        tag: Tag {
            key: slot.key.clone(),
            epoch,
        },
    });
}

/// Journals effects anew, without events: an operator wants them tried again. Whoever waits for the cancellation of
/// one is told that it is off.
pub(crate) fn put_effects(
    slot: &mut Slot,
    env: &mut Env,
    now_ms: i64,
    effect_ids: &[String],
    order: &Order,
) {
    let Phase::Resident(resident) = &mut slot.phase else {
        return;
    };
    let (mut work, mut withdrawn) = (Vec::new(), Vec::new());
    for effect_id in effect_ids {
        env.forgive_effect(&slot.key, effect_id);
        if let Some(pending) = resident.effects.get_mut(effect_id) {
            withdrawn.extend(pending.waits.take().map(|waits| (waits, effect_id)));
            if pending.is_paused() {
                pending.attempts = 0;
            }
            pending.job.paused = None;
            pending.job.cancel = None;
            pending.failures = 0;
            pending.status = EffectStatus::Asked;
            let asker = &pending.job.asker;
            let count = || env.unsettled.count(now_ms, asker.clone());
            pending.counted.get_or_insert_with(count);
            work.extend(effect_work(
                effect_id,
                &pending.job,
                pending.rank,
                Some(now_ms),
            ));
        }
    }
    let mut cause = order.cause("operator retry");
    cause.trace.effects = effect_ids.to_vec();
    write(slot, env, now_ms, cause, Step::default(), work, None);
    for (waits, effect_id) in withdrawn {
        let (key, effect) = (slot.key.to_string(), effect_id.clone());
        if let Phase::Resident(resident) = &mut slot.phase {
            resident.tell(waits, Err(ControlError::Withdrawn { key, effect }));
        }
    }
}

/// Keeps in the journal that an operator gave up an effect that is with the runner, and tells so once that is
/// durable. A crash before it leaves the effect as it was, one after it leaves an effect that the next life cancels.
pub(crate) fn wish(
    slot: &mut Slot,
    env: &mut Env,
    now_ms: i64,
    effect_id: &str,
    order: Order,
    reply: ReplyTo<ControlReply>,
) {
    let key = slot.key.to_string();
    let Phase::Resident(resident) = &mut slot.phase else {
        return;
    };
    let Some(pending) = resident.effects.get_mut(effect_id) else {
        return;
    };
    let (ended, end) = oneshot::channel();
    if let Some(older) = pending.waits.replace(ended.into()) {
        let effect = effect_id.to_owned();
        drop(older.send(Err(ControlError::Running { key, effect })));
    }
    let cause = order.cause(&format!("operator cancel {}", pending.job.name));
    pending.job.cancel = Some(order);
    let due_ms = Some(pending.job.asked_ms);
    let change = effect_work(effect_id, &pending.job, pending.rank, due_ms);
    let work = change.into_iter().collect();
    write(slot, env, now_ms, cause, Step::default(), work, None);
    if let Phase::Resident(resident) = &mut slot.phase {
        if let Some(flight) = resident.flight.back_mut() {
            // The runner has it.
            flight.start.clear();
        }
        resident.tell(reply, Ok(ControlDone::Wished(end)));
    }
}

/// Pauses an effect for an operator, and journals why.
pub(crate) fn pause_effect(
    slot: &mut Slot,
    env: &mut Env,
    now_ms: i64,
    effect_id: &str,
    code: &str,
    reason: String,
) {
    let Phase::Resident(resident) = &mut slot.phase else {
        return;
    };
    let Some(pending) = resident.effects.get_mut(effect_id) else {
        return;
    };
    pending.status = EffectStatus::Paused;
    pending.counted = None;
    pending.last_error = Some(reason.clone());
    pending.job.paused = Some(reason);
    let change = effect_work(effect_id, &pending.job, pending.rank, None);
    let cause = Cause {
        what: format!("paused {} ({code})", pending.job.name),
        ..Cause::default()
    };
    let work = change.into_iter().collect();
    write(slot, env, now_ms, cause, Step::default(), work, None);
}

/// The journaled form of an effect.
pub(crate) fn effect_work(
    effect_id: &str,
    job: &Job,
    rank: Rank,
    due_ms: Option<i64>,
) -> Option<WorkChange> {
    let data = to_raw_value(job)
        .inspect_err(|error| tracing::error!(effect = effect_id, %error, "an effect has no JSON"))
        .ok()?;
    Some(WorkChange::Put(JournalWork {
        id: effect_id.to_owned(),
        kind: WorkKind::Effect,
        due_ms,
        rank: rank.number(),
        data,
    }))
}
