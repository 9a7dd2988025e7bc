//! What becomes of a delivery that fails: it is tried again by the clock, and goes to the target's
//! dead-letter queue in the end.
//!
//! A failure that passes (a throttle, an error of the target, no answer) is tried again with a growing
//! delay, within the target's retry policy. One that lasts (the target is not there) is not. Without a
//! dead-letter queue, or when that is not there either, the event is dropped.

use std::collections::BTreeMap;

use super::attempt::{self, Failure, Invocation};
use crate::cloud::CloudInner;
use crate::due::Due;
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::sqs::{self, Attribute};
use crate::store::{Scope, Tx};

/// The kind of the work that is due: one entry for a delivery.
pub(super) const KIND: &str = "events.retry";
/// Retries if the policy does not say.
const ATTEMPTS: i64 = 185;
/// How old an event gets if the policy does not say, in seconds.
const AGE: i64 = 86_400;
/// The first delay, in milliseconds; each is twice the one before …
const FIRST_DELAY_MS: i64 = 1_000;
/// … up to this, with which 185 retries take a day.
const LAST_DELAY_MS: i64 = 480_000;

/// Why there are no more retries, as a dead letter says it.
#[derive(Debug, Clone, Copy)]
enum Exhausted {
    Attempts,
    Age,
}

impl Exhausted {
    fn name(self) -> &'static str {
        match self {
            Self::Attempts => "MaximumRetryAttempts",
            Self::Age => "MaximumEventAgeInSeconds",
        }
    }
}

/// Delivers for the first time.
pub(super) fn begin(
    scope: &Scope,
    invocation: Invocation,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    go_on(scope, None, invocation, call, tx)
}

/// Delivers again, when that is due.
pub(super) fn due(due: &Due, cloud: &CloudInner, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let call = due.call("events", cloud);
    let mut invocation: Invocation = due.payload()?;
    if due.at_ms >= deadline_ms(&invocation) {
        let failure = Failure {
            code: "ERROR_FROM_TARGET".to_owned(),
            message: "The event is too old to be tried again.".to_owned(),
            passes: true,
        };
        return give_up(&invocation, &failure, Some(Exhausted::Age), &call, tx);
    }
    invocation.retries += 1;
    go_on(&due.scope(), Some(&due.id), invocation, &call, tx)
}

fn go_on(
    scope: &Scope,
    id: Option<&str>,
    invocation: Invocation,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let Some(failure) = attempt::attempt(scope, &invocation, call, tx)? else {
        return Ok(());
    };
    if !failure.passes {
        return give_up(&invocation, &failure, None, call, tx);
    }
    let policy = invocation.target.retry_policy;
    let attempts = policy.and_then(|policy| policy.maximum_retry_attempts);
    if invocation.retries >= attempts.unwrap_or(ATTEMPTS) {
        return give_up(&invocation, &failure, Some(Exhausted::Attempts), call, tx);
    }
    let at_ms = (call.now_ms + delay_ms(&invocation, call)).min(deadline_ms(&invocation));
    let id = id.map_or_else(|| call.cloud.uuid(), str::to_owned);
    tx.schedule(at_ms, KIND, &id, scope, &invocation)
}

/// When the event is too old: milliseconds since the Unix epoch.
fn deadline_ms(invocation: &Invocation) -> i64 {
    let policy = invocation.target.retry_policy;
    let age = policy.and_then(|policy| policy.maximum_event_age_in_seconds);
    invocation.first_ms + age.unwrap_or(AGE) * 1_000
}

/// Twice as long after each retry, from half of it to all of it by chance.
fn delay_ms(invocation: &Invocation, call: &Call<'_>) -> i64 {
    let doublings = invocation.retries.clamp(0, 20);
    let longest = (FIRST_DELAY_MS << doublings).min(LAST_DELAY_MS);
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "at most half of 480,000"
    )]
    let by_chance = (call.cloud.fraction() * (longest / 2) as f64) as i64;
    longest / 2 + by_chance
}

/// An event of which the target's path finds nothing, or its template makes no JSON: no retry helps.
pub(super) fn give_up_untransformed(
    invocation: &Invocation,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let failure = Failure {
        code: "INVALID_JSON".to_owned(),
        message: "The input of the target cannot be made from the event.".to_owned(),
        passes: false,
    };
    give_up(invocation, &failure, None, call, tx)
}

/// Puts the delivery into the dead-letter queue, if there is one.
fn give_up(
    invocation: &Invocation,
    failure: &Failure,
    exhausted: Option<Exhausted>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let target = &invocation.target;
    let dead_letters = target.dead_letter_config.as_ref();
    let Some(queue) = dead_letters.and_then(|config| config.arn.as_deref()) else {
        tracing::debug!(
            rule = invocation.rule_arn,
            target = target.arn,
            failure.code,
            "an event was not delivered"
        );
        return Ok(());
    };
    let retries = invocation.retries.to_string();
    let mut attributes: BTreeMap<String, Attribute> = [
        ("RULE_ARN", invocation.rule_arn.as_str()),
        ("TARGET_ARN", target.arn.as_str()),
        ("ERROR_CODE", failure.code.as_str()),
        ("ERROR_MESSAGE", failure.message.as_str()),
        ("RETRY_ATTEMPTS", retries.as_str()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), Attribute::text(value)))
    .collect();
    if let Some(exhausted) = exhausted {
        attributes.insert(
            "EXHAUSTED_RETRY_CONDITION".to_owned(),
            Attribute::text(exhausted.name()),
        );
    }
    let body = invocation.body.clone();
    if !sqs::deliver_with(tx, call.cloud, queue, body, attributes, call.now_ms)? {
        tracing::debug!(queue, "a dead-letter queue is not there");
    }
    Ok(())
}
