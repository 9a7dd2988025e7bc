//! An invocation, tried until the target takes it, its retry policy is used up, or trying again is of
//! no use. Then it goes to the dead-letter queue, if there is one.
//!
//! Worth another try are throttles, lost requests and failures of the service (5xx). The pauses double
//! from one second on, up to eight minutes: 185 attempts fill a day.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::schedule::Schedule;
use super::target::{self, Occasion, Target};
use crate::cloud::CloudInner;
use crate::due::Due;
use crate::error::ServiceError;
use crate::inside::{Inside, InsideError};
use crate::protocol::timestamp::utc_seconds;
use crate::services::sqs::{self, Attribute};
use crate::store::Tx;

/// The kind of due work that tries an invocation again; its id is the execution's.
pub(crate) const RETRY: &str = "scheduler.retry";
const FIRST_PAUSE_MS: i64 = 1_000;
const LAST_PAUSE_MS: i64 = 480_000;

/// What is to be tried. It goes on though the schedule is changed or deleted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Attempt {
    schedule_arn: String,
    target: Target,
    scheduled_ms: i64,
    /// When it was tried first.
    first_ms: i64,
    execution_id: String,
    /// The first is 1.
    number: i64,
}

impl Attempt {
    pub(super) fn first(
        schedule: &Schedule,
        scheduled_ms: i64,
        now_ms: i64,
        cloud: &CloudInner,
    ) -> Self {
        Self {
            schedule_arn: schedule.arn.clone(),
            target: schedule.target.clone(),
            scheduled_ms,
            first_ms: now_ms,
            execution_id: cloud.hex(16),
            number: 1,
        }
    }

    /// Tries it, and sees to what comes of it.
    pub(super) fn make(
        self,
        due: &Due,
        cloud: &CloudInner,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        let call = due.call("scheduler", cloud);
        let inside = Inside { call: &call, tx };
        let occasion = Occasion {
            schedule_arn: &self.schedule_arn,
            scheduled_ms: self.scheduled_ms,
        };
        let input = self.input(due, cloud);
        let Err(error) = target::invoke(&self.target, input.clone(), occasion, inside) else {
            return Ok(());
        };
        let exhausted = if is_worth_another_try(&error) {
            let pause_ms = FIRST_PAUSE_MS << (self.number - 1).min(20);
            let next_ms = due.at_ms + pause_ms.min(LAST_PAUSE_MS);
            match self.exhausted(next_ms) {
                None => return self.put_off(next_ms, due, tx),
                condition => condition,
            }
        } else {
            None
        };
        self.give_up(input, &error, exhausted, inside)
    }

    /// What of the retry policy forbids an attempt at this moment.
    fn exhausted(&self, next_ms: i64) -> Option<&'static str> {
        let policy = self.target.retry_policy;
        if self.number > policy.maximum_retry_attempts {
            return Some("MaximumRetryAttempts");
        }
        let age_ms = next_ms - self.first_ms;
        (age_ms > policy.maximum_event_age_in_seconds * 1_000).then_some("MaximumEventAgeInSeconds")
    }

    fn put_off(mut self, next_ms: i64, due: &Due, tx: &Tx<'_>) -> Result<(), ServiceError> {
        self.number += 1;
        let id = self.execution_id.clone();
        tx.schedule(next_ms, RETRY, &id, &due.scope(), &self)
    }

    /// The dead letter is no request: the fault that struck the target does not strike it, too.
    fn give_up(
        &self,
        input: String,
        error: &InsideError,
        exhausted: Option<&str>,
        inside: Inside<'_>,
    ) -> Result<(), ServiceError> {
        let error = error.error();
        tracing::warn!(schedule = self.schedule_arn, %error, "a target was not invoked");
        let config = self.target.dead_letter_config.as_ref();
        let Some(queue) = config.and_then(|config| config.arn.as_deref()) else {
            return Ok(());
        };
        let attributes: BTreeMap<String, Attribute> = [
            ("ERROR_CODE", Some(&*error.code)),
            ("ERROR_MESSAGE", Some(&*error.message)),
            ("EXECUTION_ID", Some(self.execution_id.as_str())),
            ("EXHAUSTED_RETRY_CONDITION", exhausted),
            ("IS_PAYLOAD_TRUNCATED", Some("false")),
            (
                "RETRY_ATTEMPTS",
                Some((self.number - 1).to_string().as_str()),
            ),
            (
                "SCHEDULED_TIME",
                Some(utc_seconds(self.scheduled_ms).as_str()),
            ),
            ("SCHEDULE_ARN", Some(self.schedule_arn.as_str())),
            ("TARGET_ARN", Some(self.target.arn.as_str())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), Attribute::text(value?))))
        .collect();
        let (cloud, now_ms) = (inside.call.cloud, inside.call.now_ms);
        if !sqs::deliver_with(inside.tx, cloud, queue, input, attributes, now_ms)? {
            tracing::warn!(queue, "a dead-letter queue is not there");
        }
        Ok(())
    }

    /// The target's input with the context's keywords filled in; without one, a notification.
    fn input(&self, due: &Due, cloud: &CloudInner) -> String {
        let scheduled = utc_seconds(self.scheduled_ms);
        let scope = due.scope();
        match &self.target.input {
            Some(input) => input
                .replace("<aws.scheduler.schedule-arn>", &self.schedule_arn)
                .replace("<aws.scheduler.scheduled-time>", &scheduled)
                .replace("<aws.scheduler.execution-id>", &self.execution_id)
                .replace("<aws.scheduler.attempt-number>", &self.number.to_string()),
            None => json!({
                "version": "0",
                "id": cloud.uuid(),
                "detail-type": "Scheduled Event",
                "source": "aws.scheduler",
                "account": scope.account,
                "time": scheduled,
                "region": scope.region,
                "resources": [self.schedule_arn],
                "detail": "{}",
            })
            .to_string(),
        }
    }
}

fn is_worth_another_try(error: &InsideError) -> bool {
    let status = error.error().status;
    matches!(error, InsideError::Later(_)) || status == 429 || matches!(status, 500 | 502..)
}

/// Tries an invocation again.
pub(crate) fn retry(due: &Due, cloud: &CloudInner, tx: &Tx<'_>) -> Result<(), ServiceError> {
    due.payload::<Attempt>()?.make(due, cloud, tx)
}
