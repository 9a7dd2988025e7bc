//! Which errors a retrier or a catcher takes, and how long to wait before the next attempt
//! (States language, "Errors").

use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::scope::Random;

/// The names of errors that the interpreter itself gives.
pub(crate) mod names {
    pub(crate) const ALL: &str = "States.ALL";
    pub(crate) const TASK_FAILED: &str = "States.TaskFailed";
    pub(crate) const TIMEOUT: &str = "States.Timeout";
    pub(crate) const HEARTBEAT_TIMEOUT: &str = "States.HeartbeatTimeout";
    pub(crate) const RUNTIME: &str = "States.Runtime";
    pub(crate) const DATA_LIMIT_EXCEEDED: &str = "States.DataLimitExceeded";
    /// What Step Functions says where the language reference has `States.ResultPathMatchFailure`.
    pub(crate) const REFERENCE_PATH_CONFLICT: &str = "States.ReferencePathConflict";
    pub(crate) const QUERY_EVALUATION_ERROR: &str = "States.QueryEvaluationError";
    pub(crate) const EXCEED_TOLERATED: &str = "States.ExceedToleratedFailureThreshold";
    pub(crate) const ITEM_READER_FAILED: &str = "States.ItemReaderFailed";
}

/// A `Retry` entry.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Retrier {
    pub error_equals: Vec<String>,
    #[serde(default = "one", deserialize_with = "whole")]
    interval_seconds: u64,
    #[serde(default = "three", deserialize_with = "whole")]
    pub max_attempts: u64,
    #[serde(default = "two")]
    backoff_rate: f64,
    #[serde(default, deserialize_with = "some_whole")]
    max_delay_seconds: Option<u64>,
    #[serde(default)]
    jitter_strategy: Jitter,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Jitter {
    Full,
    #[default]
    None,
}

fn one() -> u64 {
    1
}

fn two() -> f64 {
    2.0
}

fn three() -> u64 {
    3
}

/// Reads a whole number that is not negative; it may be written with a fraction of zero.
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = f64::deserialize(deserializer)?;
    if number >= 0.0 && number.fract() == 0.0 {
        Ok(number as u64)
    } else {
        Err(D::Error::custom("a whole number is expected"))
    }
}

fn some_whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    whole(deserializer).map(Some)
}

/// The longest a retry waits: a year. Step Functions ends an execution after that time.
const LONGEST_DELAY_SECONDS: f64 = 31_536_000.0;

impl Retrier {
    /// How many milliseconds to wait before the attempt after `attempts` retries.
    pub(crate) fn delay_ms(&self, attempts: u32, random: &mut dyn Random) -> i64 {
        let seconds = self.delay_seconds(attempts);
        match self.jitter_strategy {
            Jitter::None => (seconds * 1000.0) as i64,
            Jitter::Full => {
                let share = (random.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
                (seconds * 1000.0 * share) as i64
            }
        }
    }

    /// How many seconds lie before the attempt after `attempts` retries, without jitter.
    pub(crate) fn delay_seconds(&self, attempts: u32) -> f64 {
        let exponent = i32::try_from(attempts).unwrap_or(i32::MAX);
        let grown = self.interval_seconds as f64 * self.backoff_rate.powi(exponent);
        let most = self
            .max_delay_seconds
            .map_or(LONGEST_DELAY_SECONDS, |most| most as f64);
        grown.min(most).clamp(0.0, LONGEST_DELAY_SECONDS)
    }
}

/// Whether `ErrorEquals` takes an error. `heartbeat` tells that a timeout was a missing heartbeat.
pub(crate) fn takes(error_equals: &[String], error: Option<&str>, heartbeat: bool) -> bool {
    let error = error.unwrap_or_default();
    if error == names::RUNTIME {
        return false;
    }
    error_equals.iter().any(|name| match name.as_str() {
        names::ALL => error != names::DATA_LIMIT_EXCEEDED,
        names::TASK_FAILED => {
            error != names::TIMEOUT
                && error != names::HEARTBEAT_TIMEOUT
                && error != names::DATA_LIMIT_EXCEEDED
        }
        names::HEARTBEAT_TIMEOUT => heartbeat || error == names::HEARTBEAT_TIMEOUT,
        names::TIMEOUT => error == names::TIMEOUT || error == names::HEARTBEAT_TIMEOUT,
        name => name == error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Half;

    impl Random for Half {
        fn next_u64(&mut self) -> u64 {
            1 << 63
        }
    }

    fn retrier(text: &str) -> Retrier {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn delays_grow_by_the_rate_up_to_the_maximum() {
        let plain = retrier(r#"{"ErrorEquals":["A"]}"#);
        assert_eq!(
            [0, 1, 2].map(|n| plain.delay_ms(n, &mut Half)),
            [1000, 2000, 4000]
        );
        let capped = retrier(
            r#"{"ErrorEquals":["A"],"IntervalSeconds":3,"BackoffRate":1.5,"MaxDelaySeconds":5}"#,
        );
        assert_eq!(
            [0, 1, 2].map(|n| capped.delay_ms(n, &mut Half)),
            [3000, 4500, 5000]
        );
        assert_eq!(capped.delay_ms(u32::MAX, &mut Half), 5000);
        let written = retrier(r#"{"ErrorEquals":["A"],"IntervalSeconds":2.0,"MaxAttempts":1.0}"#);
        assert_eq!(written.delay_ms(0, &mut Half), 2000);
        assert_eq!(written.max_attempts, 1);
    }

    #[test]
    fn full_jitter_draws_between_nothing_and_the_delay() {
        let full = retrier(r#"{"ErrorEquals":["A"],"IntervalSeconds":8,"JitterStrategy":"FULL"}"#);
        assert_eq!(full.delay_ms(0, &mut Half), 4000);
    }

    #[track_caller]
    fn check(error_equals: &str, error: &str, taken: bool) {
        assert_eq!(takes(&[error_equals.to_owned()], Some(error), false), taken);
    }

    #[test]
    fn wildcards_leave_out_what_step_functions_leaves_out() {
        check("States.ALL", "Mine", true);
        check("States.ALL", "States.Timeout", true);
        check("States.ALL", "States.Runtime", false);
        check("States.ALL", "States.DataLimitExceeded", false);
        check("States.DataLimitExceeded", "States.DataLimitExceeded", true);
        check("States.Runtime", "States.Runtime", false);
        check("States.TaskFailed", "Mine", true);
        check("States.TaskFailed", "States.Timeout", false);
        check("States.Timeout", "States.HeartbeatTimeout", true);
        check("Mine", "Yours", false);
        assert!(takes(
            &["States.HeartbeatTimeout".to_owned()],
            Some("States.Timeout"),
            true
        ));
        assert!(takes(&["States.ALL".to_owned()], None, false));
    }
}
