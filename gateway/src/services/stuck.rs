//! Why an actor does not go on, in one sentence.
//!
//! The first of these that holds is the answer: it is stopped; it is being read; effects wait for an
//! operator; an effect waits for its next try; one is under way; commits wait for the journal; it waits for
//! people, for a workflow, for a timer. Whoever reads only this sentence knows what to do next.

use datamesh_actor::{ActorDetail, ActorStatus, EffectDetail, EffectState};
use datamesh_proto::v1;
use serde_json::Value;

use super::span::span;

/// The sentence about an actor of this kind, at this time (milliseconds since the Unix epoch). `pools` are the
/// ways out to AWS as they are now.
pub fn stuck(kind: &str, actor: &ActorDetail, pools: &[v1::Pool], now_ms: i64) -> String {
    stopped(actor, now_ms)
        .or_else(|| unread(actor))
        .or_else(|| held_back(actor))
        .or_else(|| retrying(actor, pools, now_ms))
        .or_else(|| under_way(actor, pools, now_ms))
        .or_else(|| unwritten(actor))
        .or_else(|| others(kind, actor))
        .or_else(|| waking(actor, now_ms))
        .unwrap_or_else(|| "it is not stuck: it has nothing to do".to_owned())
}

fn stopped(actor: &ActorDetail, now_ms: i64) -> Option<String> {
    let since = match actor.stopped_ms {
        Some(at_ms) => format!(" for {}", span(now_ms - at_ms)),
        None => String::new(),
    };
    let reason = actor.reason.as_deref().unwrap_or("nobody said why");
    match actor.status {
        ActorStatus::Quarantined => {
            let cause = match &actor.cause {
                Some(cause) => format!(", over `{cause}`"),
                None => String::new(),
            };
            Some(format!(
                "it has been quarantined{since} ({reason}){cause}: resume it once the cause is mended"
            ))
        }
        ActorStatus::Paused => {
            let kept = match actor.effects.len() {
                0 => String::new(),
                1 => ", and 1 effect waits with it".to_owned(),
                several => format!(", and {several} effects wait with it"),
            };
            Some(format!(
                "it has been paused{since} ({reason}){kept}: resume it"
            ))
        }
        _ => None,
    }
}

fn unread(actor: &ActorDetail) -> Option<String> {
    let waiting = match actor.mailbox {
        0 => String::new(),
        _ if actor.full => format!("; its mailbox is full ({} commands)", actor.mailbox),
        1 => "; 1 command waits".to_owned(),
        several => format!("; {several} commands wait"),
    };
    match actor.status {
        ActorStatus::Loading => Some(format!("it is being read from the journal{waiting}")),
        ActorStatus::BackingOff => {
            let error = actor.last_error.as_deref().unwrap_or("a failure");
            Some(format!(
                "it is read again in a moment, because {}{waiting}",
                short(error)
            ))
        }
        _ => None,
    }
}

fn held_back(actor: &ActorDetail) -> Option<String> {
    let mut paused = in_state(actor, EffectState::Paused);
    let first = paused.next()?;
    let more = match paused.count() {
        0 => String::new(),
        1 => " (and 1 effect more)".to_owned(),
        several => format!(" (and {several} effects more)"),
    };
    let tries = match first.attempts {
        0 => "its retries ran out".to_owned(),
        1 => "1 try failed".to_owned(),
        several => format!("{several} tries failed"),
    };
    Some(format!(
        "{}{more} waits for an operator: {tries}{}; retry it once that is mended, or cancel it",
        first.name,
        because(first)
    ))
}

fn retrying(actor: &ActorDetail, pools: &[v1::Pool], now_ms: i64) -> Option<String> {
    let waiting = in_state(actor, EffectState::Waiting);
    let next = waiting
        .filter(|effect| effect.next_ms.is_some())
        .min_by_key(|effect| effect.next_ms)?;
    let pause = span(next.next_ms.unwrap_or(now_ms) - now_ms);
    let error = next.last_error.as_deref().unwrap_or_default();
    let (name, attempt) = (&next.name, next.attempts);
    if let Some(circuit) = open_circuit(error, pools, now_ms) {
        return Some(format!(
            "{circuit}: {name} is tried again in {pause}, attempt {attempt}"
        ));
    }
    let what = match error.split(':').next().unwrap_or_default() {
        "ActorPaused" | "ActorQuarantined" | "ActorBusy" | "ActorUnanswered" | "ActorUnread" => {
            format!(
                "it waits for another actor: {name} is tried again in {pause}, attempt {attempt}"
            )
        }
        _ => format!("it tries {name} again in {pause}, attempt {attempt}"),
    };
    Some(format!("{what}{}", because(next)))
}

fn under_way(actor: &ActorDetail, pools: &[v1::Pool], now_ms: i64) -> Option<String> {
    let running = in_state(actor, EffectState::Running);
    let Some(oldest) = running.min_by_key(|effect| effect.asked_ms) else {
        let fresh = in_state(actor, EffectState::Waiting).next()?;
        return Some(format!(
            "{} starts when its commit is durable or a place is free",
            fresh.name
        ));
    };
    if oldest.alone {
        return Some(format!(
            "{} is tried alone, or waits for its turn to be: it was under way the last times that the process died",
            oldest.name
        ));
    }
    let age = span(now_ms - oldest.asked_ms);
    let (name, attempt) = (&oldest.name, oldest.attempts.max(1));
    let before = match &oldest.last_error {
        Some(error) => format!("; the try before failed: {}", short(error)),
        None => String::new(),
    };
    let blocked = pools
        .iter()
        .find(|pool| pool.circuit != "CLOSED" && waits(pool))
        .map(|pool| format!("; {} and calls wait for it", circuit(pool, now_ms)))
        .unwrap_or_default();
    Some(format!(
        "{name} is under way, attempt {attempt}, asked for {age} ago{before}{blocked}"
    ))
}

fn unwritten(actor: &ActorDetail) -> Option<String> {
    match actor.in_flight {
        0 => None,
        many if actor.full => Some(format!(
            "it takes no more commands until some of its {many} commits are durable"
        )),
        1 => Some("1 commit waits for the journal".to_owned()),
        many => Some(format!("{many} commits wait for the journal")),
    }
}

/// What the actor's own state says it waits for: people, an execution, a step of its workflow.
fn others(kind: &str, actor: &ActorDetail) -> Option<String> {
    let state: Value = serde_json::from_str(actor.state.as_ref()?.get()).ok()?;
    let text = |path: &str| {
        let text = state.pointer(path)?.as_str()?;
        (!text.is_empty()).then(|| text.to_owned())
    };
    match kind {
        "approval" if text("/record/status")? == "PENDING" => {
            Some("it waits for people: its open stage has not enough yeses".to_owned())
        }
        "subscription" => {
            let approval = text("/asking/approval_id")?;
            Some(format!("it waits for approval/{approval}"))
        }
        "share" => {
            let requests = state.pointer("/agreement/requests")?.as_array()?;
            let open = requests.iter().rfind(|r| r["decision"].is_null())?;
            let approval = open["approvalId"].as_str().filter(|id| !id.is_empty())?;
            Some(format!("it waits for approval/{approval}"))
        }
        "execution" if text("/record/status")? == "RUNNING" => {
            let approvals = state.pointer("/approvals").and_then(Value::as_object);
            let open = approvals
                .into_iter()
                .flatten()
                .find(|(_, opening)| opening["close"].is_null());
            if let Some((approval, _)) = open {
                return Some(format!("it waits for approval/{approval}"));
            }
            let states = state.pointer("/record/currentStates")?.as_array()?;
            let states: Vec<&str> = states.iter().filter_map(Value::as_str).collect();
            (!states.is_empty()).then(|| format!("its workflow is in {}", states.join(", ")))
        }
        "promotion" if state.pointer("/workflow")? == "Running" => {
            let execution = text("/record/executionId")?;
            let place = text("/record/currentState")
                .map(|state| format!(", which is in {state}"))
                .unwrap_or_default();
            Some(format!("it waits for execution/{execution}{place}"))
        }
        _ => None,
    }
}

fn waking(actor: &ActorDetail, now_ms: i64) -> Option<String> {
    let (name, due_ms) = actor.timers.iter().min_by_key(|(_, due_ms)| *due_ms)?;
    Some(match due_ms - now_ms {
        late if late <= 0 => format!(
            "its timer {name} was due {} ago and is not told yet",
            span(-late)
        ),
        ahead => format!("it waits for its timer {name}, due in {}", span(ahead)),
    })
}

fn in_state(actor: &ActorDetail, state: EffectState) -> impl Iterator<Item = &EffectDetail> {
    actor.effects.iter().filter(move |e| e.state == state)
}

fn because(effect: &EffectDetail) -> String {
    match &effect.last_error {
        Some(error) => format!(", because {}", short(error)),
        None => String::new(),
    }
}

/// The circuit that an error speaks of: `CircuitOpen: datazone:CreateProject: …`.
fn open_circuit(error: &str, pools: &[v1::Pool], now_ms: i64) -> Option<String> {
    let mut parts = error.splitn(3, ':').map(str::trim);
    let ("CircuitOpen", Some(service)) = (parts.next()?, parts.next()) else {
        return None;
    };
    let pool = pools
        .iter()
        .find(|pool| pool.service == service && pool.circuit != "CLOSED");
    Some(match pool {
        Some(pool) => circuit(pool, now_ms),
        None => format!("the circuit of {service} was open"),
    })
}

fn circuit(pool: &v1::Pool, now_ms: i64) -> String {
    let place = [&pool.account, &pool.region].map(String::as_str);
    let place = place
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("/");
    let since = pool.circuit_since.as_ref().map_or(String::new(), |since| {
        let at_ms = since.seconds * 1_000 + i64::from(since.nanos) / 1_000_000;
        format!(" for {}", span(now_ms - at_ms))
    });
    let of = match place.as_str() {
        "" => pool.service.clone(),
        place => format!("{} in {place}", pool.service),
    };
    let how = match pool.circuit.as_str() {
        "HALF_OPEN" => "half open",
        _ => "open",
    };
    format!("the circuit of {of} has been {how}{since}")
}

fn waits(pool: &v1::Pool) -> bool {
    pool.operations
        .iter()
        .any(|operation| operation.waiting > 0)
}

/// The start of an error: one sentence stays one.
fn short(error: &str) -> String {
    const MOST: usize = 200;
    let line = error.lines().next().unwrap_or_default().trim_end();
    let line = line.trim_end_matches('.');
    match line.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
#[path = "stuck_tests.rs"]
mod tests;
