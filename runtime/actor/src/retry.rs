use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::effect::ErrorClass;

/// How the runtime repeats effects. The runtime is the only retrier: the SDK's own retries are off.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RetryPolicy {
    /// Pause before the second try, in milliseconds.
    pub initial_ms: u64,
    /// Each pause is this many times the one before.
    pub factor: f64,
    /// No pause is longer, in milliseconds.
    pub max_ms: u64,
    /// Tries of one process before the effect is paused for an operator. Throttles do not count.
    pub attempts: u32,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            initial_ms: 200,
            factor: 2.0,
            max_ms: 60_000,
            attempts: 12,
        }
    }
}

impl RetryPolicy {
    /// The pause after try number `failures` (from 1) failed; `None` when it was the last one.
    ///
    /// Half of the pause is fixed and half is jitter drawn from `random`, so that a crowd that failed
    /// together does not return together. A throttle waits five times as long and never uses up the
    /// tries. `at_least` is what the service asked for.
    pub fn pause(
        &self,
        failures: u32,
        class: ErrorClass,
        at_least: Option<Duration>,
        random: u64,
    ) -> Option<Duration> {
        let throttled = class == ErrorClass::Throttle;
        if !throttled && failures >= self.attempts {
            return None;
        }
        let exponent = f64::from(failures.saturating_sub(1).min(64));
        let patience = if throttled { 5.0 } else { 1.0 };
        let full = (self.initial_ms as f64 * patience * self.factor.max(1.0).powf(exponent))
            .min(self.max_ms as f64);
        let jitter = (random % 1_000) as f64 / 1_000.0;
        let pause = Duration::from_millis((full * (0.5 + jitter / 2.0)) as u64);
        Some(at_least.map_or(pause, |least| pause.max(least)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(failures: u32, class: ErrorClass, random: u64) -> Option<u64> {
        RetryPolicy::default()
            .pause(failures, class, None, random)
            .map(|d| d.as_millis() as u64)
    }

    #[test]
    fn pauses_double_between_half_and_full_jitter() {
        assert_eq!(pause(1, ErrorClass::Transient, 0), Some(100));
        assert_eq!(pause(1, ErrorClass::Transient, 999), Some(199));
        assert_eq!(pause(3, ErrorClass::Transient, 0), Some(400));
        assert_eq!(pause(11, ErrorClass::Transient, 0), Some(30_000));
    }

    #[test]
    fn tries_run_out_unless_it_was_a_throttle() {
        assert_eq!(pause(12, ErrorClass::Transient, 0), None);
        assert_eq!(pause(12, ErrorClass::Conflict, 0), None);
        assert_eq!(pause(500, ErrorClass::Throttle, 0), Some(30_000));
    }

    #[test]
    fn the_service_may_ask_for_more_time() {
        let asked = Duration::from_secs(90);
        let pause = RetryPolicy::default().pause(1, ErrorClass::Throttle, Some(asked), 7);
        assert_eq!(pause, Some(asked));
    }
}
