//! The calls for many effects, and for one.

use std::time::Duration;

use datamesh_actor::{Cancelled, EffectState, Order, Runtime};
use datamesh_journal::EntityKey;
use datamesh_proto::v1;
use tonic::Status;

use super::effects::{Choice, Deed, run};
use super::{Call, EFFECT_FIELDS, ENDED, Filter, chosen, fields};
use crate::auth::Caller;
use crate::services::failure::{unfulfilled, unread};
use crate::status::invalid_field;

/// How long one effect that is being tried is waited for before it is cancelled.
const CANCEL_WAIT: Duration = Duration::from_secs(10);

/// Tries paused effects again, or says which.
///
/// # Errors
/// INVALID_ARGUMENT if the filter is wrong or chooses everything without saying so; NOT_FOUND for an actor or
/// an effect that is named and is not there.
pub async fn retry_effects(
    runtime: &Runtime,
    caller: &Caller,
    mut request: v1::RetryEffectsRequest,
) -> Result<v1::RetryEffectsResponse, Status> {
    let one = one_effect(&request.kind, &request.id, &request.effect_id)?;
    known(runtime, &request.kind, &request.id).await?;
    let call = Call::new(caller, request.reason, request.dry_run, request.page_token);
    request.ids.extend(some(request.id));
    let choice = Choice {
        filter: Filter::read(fields!(request), runtime.clock().now_ms())?,
        name: request.name,
        effect_id: request.effect_id,
        state: Some(EffectState::Paused),
    };
    if let (Some((key, effect_id)), false) = (&one, call.dry)
        && choice.is_plain()
    {
        tracing::info!(by = caller.user, actor = %key, effect = effect_id, reason = call.order.reason, "an operator retries an effect");
        let retried = runtime
            .retry_effects(key, Some(effect_id), &call.order)
            .await;
        let retried = retried.map_err(unfulfilled)?;
        return Ok(v1::RetryEffectsResponse {
            retried,
            report: None,
        });
    }
    let empty = choice.filter.is_empty() && choice.name.is_empty() && one.is_none();
    chosen(empty, request.all, EFFECT_FIELDS)?;
    let report = run(runtime, &choice, Deed::Retry, &call).await;
    let report = report.map_err(unread)?;
    call.tell("retries effects", &report);
    Ok(v1::RetryEffectsResponse {
        retried: if call.dry { 0 } else { report.touched },
        report: Some(report.shown(call.dry)),
    })
}

/// Gives effects up, or says which.
///
/// # Errors
/// As [`retry_effects`]; UNAVAILABLE for a single one that is being tried for long.
pub async fn cancel_effects(
    runtime: &Runtime,
    caller: &Caller,
    mut request: v1::CancelEffectsRequest,
) -> Result<v1::CancelEffectsResponse, Status> {
    let one = one_effect(&request.kind, &request.id, &request.effect_id)?;
    known(runtime, &request.kind, &request.id).await?;
    let call = Call::new(caller, request.reason, request.dry_run, request.page_token);
    request.ids.extend(some(request.id));
    let choice = Choice {
        filter: Filter::read(fields!(request), runtime.clock().now_ms())?,
        name: request.name,
        effect_id: request.effect_id,
        state: state_filter(request.status)?,
    };
    if let (Some((key, effect_id)), false) = (&one, call.dry)
        && choice.is_plain()
        && choice.state.is_none()
    {
        tracing::info!(by = caller.user, actor = %key, effect = effect_id, reason = call.order.reason, "an operator cancels an effect");
        return cancel_one(runtime, key, effect_id, &call.order).await;
    }
    let empty = choice.filter.is_empty()
        && choice.name.is_empty()
        && choice.state.is_none()
        && one.is_none();
    chosen(empty, request.all, EFFECT_FIELDS)?;
    let report = run(runtime, &choice, Deed::Cancel, &call).await;
    let report = report.map_err(unread)?;
    call.tell("cancels effects", &report);
    Ok(v1::CancelEffectsResponse {
        cancelled: if call.dry { 0 } else { report.touched },
        message: report.cancelled_sentence(call.dry),
        report: Some(report.shown(call.dry)),
    })
}

async fn cancel_one(
    runtime: &Runtime,
    key: &EntityKey,
    effect_id: &str,
    order: &Order,
) -> Result<v1::CancelEffectsResponse, Status> {
    let cancelled = runtime.cancel_effect(key, effect_id, order, CANCEL_WAIT);
    let (cancelled, message) = match cancelled.await.map_err(unfulfilled)? {
        Cancelled::Ended => (0, ENDED.to_owned()),
        Cancelled::Cancelled { may_be_done: false } => {
            (1, "it was cancelled, and was not done".to_owned())
        }
        Cancelled::Cancelled { may_be_done: true } => (
            1,
            "it was cancelled; it was tried, and may have been done: look at it in the account"
                .to_owned(),
        ),
    };
    Ok(v1::CancelEffectsResponse {
        cancelled,
        report: None,
        message,
    })
}

/// The one effect that a request names, if it names one.
fn one_effect(
    kind: &str,
    id: &str,
    effect_id: &str,
) -> Result<Option<(EntityKey, String)>, Status> {
    if !id.is_empty() && kind.is_empty() {
        return Err(invalid_field("kind", "is missing"));
    }
    if effect_id.is_empty() {
        return Ok(None);
    }
    if id.is_empty() {
        return Err(invalid_field("id", "is missing: whose effect is it?"));
    }
    Ok(Some((EntityKey::new(kind, id), effect_id.to_owned())))
}

/// Whether the one actor that is named is there.
async fn known(runtime: &Runtime, kind: &str, id: &str) -> Result<(), Status> {
    if !id.is_empty() {
        let key = EntityKey::new(kind, id);
        runtime.actor(&key).await.map_err(unfulfilled)?;
    }
    Ok(())
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn state_filter(status: i32) -> Result<Option<EffectState>, Status> {
    use v1::effect::Status as Shown;
    match Shown::try_from(status) {
        Ok(Shown::Unspecified) => Ok(None),
        Ok(Shown::Waiting) => Ok(Some(EffectState::Waiting)),
        Ok(Shown::Running) => Ok(Some(EffectState::Running)),
        Ok(Shown::Paused) => Ok(Some(EffectState::Paused)),
        Ok(Shown::Unanswered) | Err(_) => Err(invalid_field(
            "status",
            "must be WAITING, RUNNING or PAUSED",
        )),
    }
}
