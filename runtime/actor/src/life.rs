//! The lives of an entity in its slot: it is read from the journal, decides ahead, loses its memory when a
//! commit is refused or a handler panics, backs off, is read again, or waits for an operator.

use std::time::Duration;

use datamesh_journal::{AppendError, JournalError, Mark, MarkKind};

use crate::ask::AskError;
use crate::control::{ActorStatus, ControlError};
use crate::engine::{Action, BUSY_RETRY, Env};
use crate::flight::pause_effect;
use crate::planted::planted;
use crate::runner::held;
use crate::slot::{EffectStatus, Pending, Phase, Slot, Wish, Work};
use crate::step::{cancel, settle_room};
use crate::supervise::Verdict;
use tokio_util::sync::CancellationToken;

/// The code of an effect that is paused because processes died while it was tried.
const PROCESS_DIED: &str = "ProcessDied";
/// The code of an effect that is paused because its entity panicked when it was cancelled.
const UNCANCELLABLE: &str = "Uncancellable";

/// Starts a new life from the journal.
pub(crate) fn load(slot: &mut Slot, env: &mut Env) {
    slot.epoch = env.epoch();
    slot.lives += 1;
    slot.phase = Phase::Loading;
    planted!(env, RunningForgotten => env.running.retain(|(key, _), _| *key != slot.key));
    env.loading += 1;
    env.out.push(Action::Load {
        key: slot.key.clone(),
        epoch: slot.epoch,
    });
}

/// Hands every effect that is not with the runner to it.
pub(crate) fn start_held(slot: &mut Slot, env: &mut Env, now_ms: i64) {
    let Slot {
        phase, key, kind, ..
    } = slot;
    if let Phase::Resident(resident) = phase
        && resident.mark.is_none()
    {
        resident.start_held(key, kind, env, now_ms);
    }
}

/// The journal has everything up to commit `seq`.
pub(crate) fn durable(slot: &mut Slot, env: &mut Env, now_ms: i64, seq: u64) {
    slot.failed_writes = 0;
    slot.landed = slot.landed.max(seq);
    let Slot {
        phase, key, kind, ..
    } = slot;
    let Phase::Resident(resident) = phase else {
        return;
    };
    while resident.flight.front().is_some_and(|f| f.seq <= seq) {
        let Some(flight) = resident.flight.pop_front() else {
            break;
        };
        resident.durable = flight.seq;
        for (reply, answer) in flight.answers {
            drop(reply.send(answer));
        }
        for (reply, answer) in flight.told {
            drop(reply.send(answer));
        }
        if let Some(due_ms) = flight.arm_ms {
            env.out.push(Action::Arm { due_ms });
        }
        for effect_id in flight.start {
            // What became of it meanwhile is newer.
            let asked = |effect: &Pending| effect.status == EffectStatus::Asked;
            if resident.effects.get(&effect_id).is_some_and(asked) {
                resident.start(&effect_id, key, kind, env, now_ms, Duration::ZERO);
            }
        }
        env.out.push(Action::Changed {
            key: key.clone(),
            seq: flight.seq,
        });
    }
}

/// A commit of an earlier life became durable: if the present one was read before that, it is stale.
pub(crate) fn landed(slot: &mut Slot, env: &mut Env, seq: u64) {
    planted!(env, LandedIgnored => return);
    slot.landed = slot.landed.max(seq);
    env.out.push(Action::Changed {
        key: slot.key.clone(),
        seq,
    });
    if matches!(&slot.phase, Phase::Resident(resident) if resident.durable < seq) {
        void(slot, "an earlier commit of the actor was late");
        load(slot, env);
    }
}

/// A commit was refused: all that stands on it is void.
pub(crate) fn lost(slot: &mut Slot, env: &mut Env, error: &AppendError) {
    slot.last_error = Some(error.to_string());
    planted!(env, VoidAnswered => crate::planted::answer_all(slot));
    void(slot, &error.to_string());
    match error {
        AppendError::Fenced { .. } => load(slot, env),
        AppendError::Storage(_) | AppendError::Unavailable => {
            // A storage that fails must not make the effects run at each new life: the pauses grow.
            slot.failed_writes = slot.failed_writes.saturating_add(1);
            let pause = Duration::from_millis(250 << slot.failed_writes.min(8));
            back_off(slot, env, pause);
        }
    }
}

/// Tells everybody who waits for a commit in flight to send again.
fn void(slot: &mut Slot, reason: &str) {
    if let Phase::Resident(resident) = &mut slot.phase {
        for flight in resident.flight.drain(..) {
            for (reply, _) in flight.answers {
                drop(reply.send(Err(AskError::Retry {
                    retry_after: BUSY_RETRY,
                    reason: reason.to_owned(),
                })));
            }
            for (reply, _) in flight.told {
                let error = format!("{reason}: look at the actor, then ask again");
                drop(reply.send(Err(ControlError::Unavailable(error))));
            }
        }
    }
}

/// A panic over `cause`: the memory is dropped, the journal is not.
pub(crate) fn panicked(slot: &mut Slot, env: &mut Env, now_ms: i64, text: &str, cause: &str) {
    tracing::error!(actor = %slot.key, panic = text, cause, "an actor panicked");
    slot.last_error = Some(format!("panic: {text}"));
    void(slot, "the actor is being replayed after a panic");
    let window = Duration::from_secs(env.options.panic_window_s);
    match slot.panics.count(now_ms, env.options.panic_limit, window) {
        Verdict::BackOff(pause) => back_off(slot, env, pause),
        Verdict::Quarantine => {
            let mark = Mark {
                kind: MarkKind::Quarantined,
                reason: format!(
                    "{} panics within {} s, the last one: {text}",
                    env.options.panic_limit, env.options.panic_window_s
                ),
                cause: Some(cause.to_owned()),
                at_ms: now_ms,
            };
            quarantine(slot, env, mark);
        }
    }
}

/// Leaves the entity to an operator, across restarts.
pub(crate) fn quarantine(slot: &mut Slot, env: &mut Env, mark: Mark) {
    slot.epoch = env.epoch();
    slot.phase = Phase::Quarantined(mark.clone());
    slot.mark_unkept = true;
    env.out.push(Action::Mark {
        key: slot.key.clone(),
        mark,
    });
}

/// Cancels the effects of a new life that an operator gave up while they were tried, unless the runner has them
/// still: then their end is waited for. One on whose cancellation the entity panicked is paused instead, and the wish
/// is forgotten, so that it does not panic at each new life.
pub(crate) fn cancel_wished(slot: &mut Slot, env: &mut Env, now_ms: i64) {
    planted!(env, WishForgotten => return);
    let uncancellable = std::mem::take(&mut slot.uncancellable);
    let Phase::Resident(resident) = &slot.phase else {
        return;
    };
    let wished = resident.effects.iter().filter_map(|(effect_id, effect)| {
        let order = effect.job.cancel.clone()?;
        (effect.status == EffectStatus::Held).then(|| (effect_id.clone(), order))
    });
    let mut wished = wished.collect::<Vec<_>>().into_iter();
    while let Some((effect_id, order)) = wished.next() {
        let Phase::Resident(resident) = &mut slot.phase else {
            return;
        };
        let Some(pending) = resident.effects.get_mut(&effect_id) else {
            continue;
        };
        if uncancellable.contains(&effect_id) {
            let text = slot.last_error.clone().unwrap_or_default();
            let reason = format!("the actor could not decide on its cancellation: {text}");
            pending.job.cancel = None;
            pause_effect(slot, env, now_ms, &effect_id, UNCANCELLABLE, reason);
        } else if env.in_flight >= settle_room(env) {
            // It comes back as the end of a try that did not begin; until then it counts as one.
            pending.status = EffectStatus::Started { next_ms: now_ms };
            let place = (slot.key.clone(), effect_id.clone());
            env.running.insert(place, CancellationToken::new());
            env.later(&slot.key, &effect_id, Err(held()));
        } else {
            let wish = Wish { order, reply: None };
            cancel(slot, env, now_ms, &effect_id, wish);
            if !matches!(slot.phase, Phase::Resident(_)) {
                // It would panic at each of them, and be quarantined.
                slot.uncancellable
                    .extend(wished.map(|(effect_id, _)| effect_id));
                return;
            }
        }
    }
}

/// Pauses the effects of a new life that took processes down too often, and forgives those that are paused already
/// or gone.
pub(crate) fn pause_condemned(slot: &mut Slot, env: &mut Env, now_ms: i64) {
    for (effect_id, condemned) in env.suspects.effects_of(&slot.key) {
        let Phase::Resident(resident) = &slot.phase else {
            return;
        };
        match resident.effects.get(&effect_id) {
            None => env.forgive_effect(&slot.key, &effect_id),
            Some(effect) if effect.status == EffectStatus::Paused => {
                env.forgive_effect(&slot.key, &effect_id);
            }
            // It is not tried any more.
            Some(effect) if effect.job.cancel.is_some() => {}
            Some(_) => {
                if let Some(reason) = condemned {
                    tracing::warn!(actor = %slot.key, effect = effect_id, reason, "an effect is paused: processes died of it");
                    pause_effect(slot, env, now_ms, &effect_id, PROCESS_DIED, reason);
                }
            }
        }
    }
}

fn back_off(slot: &mut Slot, env: &mut Env, after: Duration) {
    slot.epoch = env.epoch();
    slot.phase = Phase::BackingOff;
    env.out.push(Action::Wake {
        key: slot.key.clone(),
        epoch: slot.epoch,
        after,
    });
}

/// The entity could not be read: commands are refused, and it is tried again later and later.
pub(crate) fn back_off_load(slot: &mut Slot, env: &mut Env, now_ms: i64, error: &JournalError) {
    let refusal = || match error {
        JournalError::Storage(_) | JournalError::Closed => AskError::Unread(error.to_string()),
        JournalError::Corrupt(_) | JournalError::BadToken => AskError::Internal(error.to_string()),
    };
    tracing::error!(actor = %slot.key, %error, "an actor could not be read");
    slot.last_error = Some(error.to_string());
    slot.failed_loads = slot.failed_loads.saturating_add(1);
    back_off(
        slot,
        env,
        Duration::from_millis(100 << slot.failed_loads.min(8)),
    );
    for work in std::mem::take(&mut slot.queue) {
        match work {
            Work::Command(envelope) => {
                drop(envelope.reply.send(Err(refusal())));
            }
            Work::Control { control, reply } => {
                crate::operate::control(slot, env, now_ms, control, reply);
            }
            Work::Settled { .. } => slot.queue.push_back(work),
            Work::Timer { .. } => {}
        }
    }
}

pub(crate) fn status(phase: &Phase) -> ActorStatus {
    match phase {
        Phase::Loading => ActorStatus::Loading,
        Phase::BackingOff => ActorStatus::BackingOff,
        Phase::Quarantined(_) => ActorStatus::Quarantined,
        Phase::Resident(resident) if resident.mark.is_some() => ActorStatus::Paused,
        Phase::Resident(_) => ActorStatus::Resident,
    }
}

pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a message".to_owned())
}
