//! One step of one entity: a command, the end of an effect, a timer. Decides, and puts the commit in flight.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use datamesh_journal::{Cause, Settled, Trace, WorkChange};

use crate::ask::AskError;
use crate::cell::{Erased, Input, Step, StepError};
use crate::control::{Cancelled, ControlDone, ControlError, ControlReply, timer_id};
use crate::ctx::Ctx;
use crate::effect::{CANCELLED, EffectError, ErrorClass, Failure, HELD};
use crate::engine::{BUSY_RETRY, Env};
use crate::flight::{Claim, pause_effect, write};
use crate::inbox::Known;
use crate::life::{panic_text, panicked};
use crate::limit::Limit;
use crate::planted::planted;
use crate::priority::Priority;
use crate::reply::ReplyTo;
use crate::slot::{EffectStatus, Envelope, Phase, Slot, Wish};
use crate::unsettled::{Asker, Counted};
use rand::Rng;

pub(crate) fn command(slot: &mut Slot, env: &mut Env, now_ms: i64, envelope: Envelope) {
    let Envelope {
        command,
        name,
        fingerprint,
        meta,
        behalf,
        reply,
    } = envelope;
    let resident = match &mut slot.phase {
        Phase::Resident(resident) => resident,
        Phase::Quarantined(mark) => {
            let reason = mark.reason.clone();
            drop(reply.send(Err(AskError::Quarantined { reason })));
            return;
        }
        Phase::Loading | Phase::BackingOff => {
            drop(reply.send(Err(AskError::Retry {
                retry_after: BUSY_RETRY,
                reason: "the actor is being read".into(),
            })));
            return;
        }
    };
    if let Some(mark) = &resident.mark
        && !planted!(env, MarkIgnored)
    {
        let reason = mark.reason.clone();
        drop(reply.send(Err(AskError::Paused { reason })));
        return;
    }
    if let Some(id) = &meta.command_id {
        match resident.inbox.get(id, fingerprint) {
            Known::New => {}
            Known::Repeat(known) => {
                let known = known.to_owned();
                planted!(env, RepeatAnsweredAhead => {
                    drop(reply.send(Ok(known)));
                    return;
                });
                resident.answer(reply, Ok(known));
                return;
            }
            Known::Reused => {
                resident.answer(reply, Err(AskError::CommandIdReused));
                return;
            }
        }
    }
    if resident.flight.len() >= meta.priority.of(env.options.entity_mailbox) {
        reply.busy(Limit::Actor);
        return;
    }
    let room = match meta.priority {
        Priority::Normal => env.options.in_flight,
        Priority::High => high_room(env),
    };
    if env.in_flight >= room {
        reply.busy(Limit::Shard);
        return;
    }
    let (asker, no_room) = match behalf {
        Some(behalf) if !planted!(env, AsksRefused) => (behalf.0, None),
        _ => {
            let asker = Asker {
                priority: match planted!(env, AsksRefused) {
                    true => Priority::Normal,
                    false => meta.priority,
                },
                tenant: meta.tenant,
            };
            let no_room = env.unsettled.refuses(now_ms, &asker);
            (Some(asker), no_room)
        }
    };
    let cause = Cause {
        what: format!("command {name}"),
        by: meta.by.clone(),
        trace: Trace::default(),
    };
    let mut ctx = Ctx::new(
        slot.key.id.clone(),
        resident.decided + 1,
        now_ms,
        meta.by,
        env.rng.next_u64(),
    );
    let watch = env.deciding(&slot.key, &cause.what, cause.by.as_deref());
    let decided = catch_unwind(AssertUnwindSafe(|| {
        let may_ask = no_room.is_none() || planted!(env, UnsettledIgnored);
        let step = resident
            .cell
            .step(Input::Command { command, may_ask }, &mut ctx)?;
        let answer = resident.cell.reply().map_err(StepError::Broken)?;
        Ok((step, answer))
    }));
    match decided {
        Ok(Ok((step, answer))) if step.is_empty() => resident.answer(reply, Ok(answer)),
        Ok(Ok((mut step, answer))) => {
            step.asker = asker;
            let claim = Claim {
                command_id: meta.command_id,
                fingerprint,
                reply,
                answer,
            };
            write(slot, env, now_ms, cause, step, Vec::new(), Some(claim));
        }
        Ok(Err(StepError::Rejected(rejection))) => {
            resident.answer(reply, Err(AskError::Rejected(rejection)));
        }
        Ok(Err(StepError::NoRoom)) => {
            if let Some(asker) = &asker {
                env.unsettled.note_refused(now_ms, asker);
            }
            reply.busy(no_room.unwrap_or(Limit::Shard));
        }
        Ok(Err(StepError::Broken(error))) => {
            panicked(slot, env, now_ms, &error, &poison(&cause));
            drop(reply.send(Err(AskError::Internal(error))));
        }
        Err(panic) => {
            let text = panic_text(&*panic);
            panicked(slot, env, now_ms, &text, &poison(&cause));
            drop(reply.send(Err(AskError::Internal(format!("it panicked: {text}")))));
        }
    }
    drop(watch);
}

/// Commits that may be in flight before ends of effects and timers wait: half as many again as for commands,
/// so that what was begun ends while new work is refused.
pub(crate) fn settle_room(env: &Env) -> usize {
    let room = env.options.in_flight;
    room.saturating_add((room / 2).max(1))
}

/// The same for high commands: twice as many as for others, so that not even the ends of effects keep them out.
fn high_room(env: &Env) -> usize {
    env.options.in_flight.saturating_mul(2)
}

pub(crate) fn settled(
    slot: &mut Slot,
    env: &mut Env,
    now_ms: i64,
    effect_id: &str,
    result: Result<Erased, EffectError>,
) {
    if env.in_flight >= settle_room(env) {
        env.later(&slot.key, effect_id, result);
        return;
    }
    if !planted!(env, RunningKept) {
        env.running
            .remove(&(slot.key.clone(), effect_id.to_owned()));
    }
    if !matches!(&result, Err(error) if error.code == HELD) {
        env.forgive_effect(&slot.key, effect_id);
    }
    let Slot {
        phase, key, kind, ..
    } = slot;
    let Phase::Resident(resident) = phase else {
        return;
    };
    let Some(pending) = resident.effects.get_mut(effect_id) else {
        return;
    };
    let too_late = pending.waits.take();
    let result = match (result, &pending.job.cancel) {
        (Err(error), Some(order)) if error.class != ErrorClass::Terminal => {
            let wish = Wish {
                order: order.clone(),
                reply: too_late,
            };
            if error.code != HELD {
                pending.repeat |= error.may_have_happened;
                pending.last_error = Some(format!("{}: {}", error.code, error.message));
            }
            cancel(slot, env, now_ms, effect_id, wish);
            return;
        }
        (result, _) => result,
    };
    let decided = resident.decided;
    let result = match result {
        Ok(outcome) => Ok(outcome),
        Err(error) if error.class == ErrorClass::Terminal => Err(Failure {
            code: error.code,
            message: error.message,
        }),
        Err(error) if error.code == HELD => {
            planted!(env, HeldForgotten => return);
            if pending.status == EffectStatus::Asked {
                // An operator wants it tried again: it starts when that is durable.
                return;
            }
            resident.start(effect_id, key, kind, env, now_ms, Duration::ZERO);
            return;
        }
        Err(error) => {
            retry(slot, env, now_ms, effect_id, &error);
            return;
        }
    };
    let cause = Cause {
        what: match &result {
            Ok(_) => format!("settled {}", pending.job.name),
            Err(failure) => format!("failed {} ({})", pending.job.name, failure.code),
        },
        by: None,
        trace: Trace {
            settled: Some(Settled {
                effect_id: effect_id.to_owned(),
                attempts: pending.attempts,
                took_ms: now_ms.saturating_sub(pending.job.asked_ms).max(0),
            }),
            ..Trace::default()
        },
    };
    if let Err(failure) = &result {
        slot.last_error = Some(format!("{}: {}", failure.code, failure.message));
    }
    let effect = pending.job.effect.clone();
    let asker = pending.counted.as_ref().and_then(Counted::asker);
    let done = vec![WorkChange::Remove(effect_id.to_owned())];
    decide_on(
        slot,
        env,
        now_ms,
        cause,
        Input::Settled { effect, result },
        done,
        asker,
    );
    if let Some(reply) = too_late {
        tell(slot, decided, reply, Cancelled::Ended);
    }
}

/// Settles an effect that is not with the runner as failed, for an operator gave it up: one commit, decided by
/// the entity as on any other failure. A crash before it leaves the effect as it was, with the wish if that was kept.
pub(crate) fn cancel(slot: &mut Slot, env: &mut Env, now_ms: i64, effect_id: &str, wish: Wish) {
    let Phase::Resident(resident) = &slot.phase else {
        return;
    };
    let Some(pending) = resident.effects.get(effect_id) else {
        return;
    };
    env.forgive_effect(&slot.key, effect_id);
    let (decided, may_be_done) = (resident.decided, pending.repeat);
    let failure = Failure {
        code: CANCELLED.to_owned(),
        message: wish.order.said("an operator cancelled it"),
    };
    let mut cause = wish.order.cause(&format!("cancelled {}", pending.job.name));
    cause.trace.settled = Some(Settled {
        effect_id: effect_id.to_owned(),
        attempts: pending.attempts,
        took_ms: now_ms.saturating_sub(pending.job.asked_ms).max(0),
    });
    let input = Input::Settled {
        effect: pending.job.effect.clone(),
        result: Err(failure),
    };
    let done = vec![WorkChange::Remove(effect_id.to_owned())];
    let asker = pending.counted.as_ref().and_then(Counted::asker);
    decide_on(slot, env, now_ms, cause, input, done, asker);
    if !matches!(&slot.phase, Phase::Resident(resident) if resident.decided > decided) {
        slot.uncancellable.insert(effect_id.to_owned());
    }
    if let Some(reply) = wish.reply {
        tell(slot, decided, reply, Cancelled::Cancelled { may_be_done });
    }
}

/// Tells an operator once the commit after number `decided` is durable; that it panicked, if there is none.
fn tell(slot: &mut Slot, decided: u64, reply: ReplyTo<ControlReply>, became: Cancelled) {
    match &mut slot.phase {
        Phase::Resident(resident) if resident.decided > decided => {
            resident.tell(reply, Ok(ControlDone::Cancelled(became)));
        }
        _ => {
            let text = slot.last_error.clone().unwrap_or_default();
            let error =
                format!("the actor could not decide on it ({text}): look at it, then ask again");
            drop(reply.send(Err(ControlError::Unavailable(error))));
        }
    }
}

pub(crate) fn timer(slot: &mut Slot, env: &mut Env, now_ms: i64, name: &str, due_ms: i64) {
    let Phase::Resident(resident) = &slot.phase else {
        return;
    };
    let full = env.in_flight >= settle_room(env);
    // The clock may have been put back since the pump looked: it tells again when the timer is due.
    let early = now_ms < due_ms && !planted!(env, TimerEarly);
    let gone = resident.timers.get(name) != Some(&due_ms) && !planted!(env, TimerTwice);
    if resident.mark.is_some() || full || early || gone {
        return;
    }
    let cause = Cause {
        what: format!("timer {name}"),
        ..Cause::default()
    };
    let done = vec![WorkChange::Remove(timer_id(name))];
    decide_on(
        slot,
        env,
        now_ms,
        cause,
        Input::Timer(name.to_owned()),
        done,
        None,
    );
}

/// A failure that may go away: the next try is set, or the effect is paused for an operator.
fn retry(slot: &mut Slot, env: &mut Env, now_ms: i64, effect_id: &str, error: &EffectError) {
    let Slot {
        phase,
        key,
        kind,
        last_error,
        ..
    } = slot;
    let Phase::Resident(resident) = phase else {
        return;
    };
    let Some(pending) = resident.effects.get_mut(effect_id) else {
        return;
    };
    let text = format!("{}: {}", error.code, error.message);
    tracing::debug!(actor = %key, effect = effect_id, attempt = pending.attempts, error = text, "an effect failed");
    pending.repeat |= error.may_have_happened && !planted!(env, DoubtForgotten);
    pending.last_error = Some(text.clone());
    *last_error = Some(text.clone());
    let throttled = error.class == ErrorClass::Throttle;
    let failures = if throttled && !planted!(env, ThrottleCounted) {
        pending.attempts
    } else {
        pending.failures += 1;
        pending.failures
    };
    // An operator wants it tried again: it starts when that is durable.
    let is_awaited = pending.status == EffectStatus::Asked;
    let random = env.rng.next_u64();
    match env
        .options
        .retry
        .pause(failures, error.class, error.retry_after, random)
    {
        Some(_) if is_awaited => {}
        Some(pause) => resident.start(effect_id, key, kind, env, now_ms, pause),
        None => {
            tracing::warn!(actor = %key, effect = effect_id, error = text, "an effect is paused: its retries ran out");
            pause_effect(slot, env, now_ms, effect_id, &error.code, text);
        }
    }
}

fn decide_on(
    slot: &mut Slot,
    env: &mut Env,
    now_ms: i64,
    cause: Cause,
    input: Input,
    done: Vec<WorkChange>,
    asker: Option<Asker>,
) {
    let Phase::Resident(resident) = &mut slot.phase else {
        return;
    };
    let mut ctx = Ctx::new(
        slot.key.id.clone(),
        resident.decided + 1,
        now_ms,
        None,
        env.rng.next_u64(),
    );
    let watch = env.deciding(&slot.key, &cause.what, cause.by.as_deref());
    match catch_unwind(AssertUnwindSafe(|| resident.cell.step(input, &mut ctx))) {
        Ok(Ok(step)) => {
            let step = Step { asker, ..step };
            write(slot, env, now_ms, cause, step, done, None);
        }
        Ok(Err(error)) => panicked(slot, env, now_ms, error.text(), &poison(&cause)),
        Err(panic) => panicked(slot, env, now_ms, &panic_text(&*panic), &poison(&cause)),
    }
    drop(watch);
}

/// What was decided on, in a line for the operator.
fn poison(cause: &Cause) -> String {
    match &cause.by {
        Some(by) => format!("{} by {by}", cause.what),
        None => cause.what.clone(),
    }
}
