//! The rate limiter of one operation: governor's, made adaptive.
//!
//! governor's quota is fixed for the life of a limiter, so adapting means to
//! build a new one at the new rate, **empty**: a fresh bucket would answer a
//! throttle with a burst. The rate follows additive increase, multiplicative
//! decrease: a throttle halves it (down to [`FLOOR`] of what is configured),
//! and while calls succeed it gains [`RAISE_STEP`] of what is configured every
//! [`RAISE_EVERY`]. From half to full takes twenty seconds of success.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use crate::clock::Clock;

/// The share of the configured rate below which throttles do not push.
const FLOOR: f64 = 0.05;
/// What one throttle leaves of the rate.
const CUT: f64 = 0.5;
/// Throttles this close to the last cut are answers to calls that were sent before it.
const CUT_EVERY: Duration = Duration::from_secs(1);
/// The share of the configured rate that one raise gives back.
const RAISE_STEP: f64 = 0.05;
/// The shortest time between two raises, and between a cut and a raise.
const RAISE_EVERY: Duration = Duration::from_secs(2);
/// The longest that one answer's `retry_after` is obeyed.
const LONGEST_HOLD: Duration = Duration::from_secs(60);
/// The share of a second's calls that may go in one burst.
const BURST: f64 = 0.1;

/// Shows a [`Clock`] to governor, which takes any duration since an origin as an instant.
#[derive(Debug, Clone)]
struct Ticks(Arc<dyn Clock>);

impl governor::clock::Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

type Cells =
    RateLimiter<NotKeyed, InMemoryState, Ticks, governor::middleware::NoOpMiddleware<Duration>>;

#[derive(Debug)]
pub(crate) struct Limiter {
    clock: Arc<dyn Clock>,
    configured: f64,
    current: f64,
    cells: Cells,
    last_cut: Option<Duration>,
    last_change: Duration,
    hold_until: Duration,
    /// Cells that were used and not taken yet.
    owed: u32,
}

impl Limiter {
    /// A limiter at `rate` calls per second, with its burst ready.
    pub(crate) fn new(rate: f64, clock: Arc<dyn Clock>) -> Self {
        let configured = rate.clamp(0.001, 1_000_000.0);
        Self {
            cells: RateLimiter::direct_with_clock(quota(configured), Ticks(Arc::clone(&clock))),
            clock,
            configured,
            current: configured,
            last_cut: None,
            last_change: Duration::ZERO,
            hold_until: Duration::ZERO,
            owed: 0,
        }
    }

    /// Takes one cell, and before it what is owed, or says when to ask again.
    pub(crate) fn try_take(&mut self) -> Result<(), Duration> {
        if self.clock.elapsed() < self.hold_until {
            return Err(self.hold_until);
        }
        let burst = quota(self.current).burst_size().get();
        while let Some(part) = NonZeroU32::new(self.owed.min(burst)) {
            // A whole burst always fits, so only the time can be against it.
            if let Ok(Err(not_until)) = self.cells.check_n(part) {
                return Err(not_until.earliest_possible());
            }
            self.owed -= part.get();
        }
        self.cells
            .check()
            .map_err(|not_until| not_until.earliest_possible())
    }

    /// What was let through for one cell used `more`: they are taken before the next cell is given.
    pub(crate) fn owe(&mut self, more: usize) {
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        self.owed = self.owed.saturating_add(more);
    }

    /// AWS said "too fast". `retry_after` holds everything back that long, up to
    /// [`LONGEST_HOLD`].
    pub(crate) fn throttled(&mut self, retry_after: Option<Duration>) {
        let now = self.clock.elapsed();
        if let Some(wait) = retry_after {
            self.hold_until = self.hold_until.max(now + wait.min(LONGEST_HOLD));
        }
        if self
            .last_cut
            .is_some_and(|at| now.saturating_sub(at) < CUT_EVERY)
        {
            return;
        }
        self.last_cut = Some(now);
        self.change((self.current * CUT).max(self.configured * FLOOR), now);
    }

    /// AWS took a call.
    pub(crate) fn succeeded(&mut self) {
        let now = self.clock.elapsed();
        if self.current < self.configured && now.saturating_sub(self.last_change) >= RAISE_EVERY {
            let raised = self.current + self.configured * RAISE_STEP;
            self.change(raised.min(self.configured), now);
        }
    }

    pub(crate) fn configured(&self) -> f64 {
        self.configured
    }

    pub(crate) fn current(&self) -> f64 {
        self.current
    }

    fn change(&mut self, rate: f64, now: Duration) {
        let quota = quota(rate);
        self.current = rate;
        self.last_change = now;
        self.cells = RateLimiter::direct_with_clock(quota, Ticks(Arc::clone(&self.clock)));
        // A whole burst always fits, so taking it cannot be refused.
        let _ = self.cells.check_n(quota.burst_size());
    }
}

fn quota(rate: f64) -> Quota {
    // The cast saturates, and a rate is at most a million.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let burst = NonZeroU32::new((rate * BURST) as u32).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(Duration::from_secs_f64(1.0 / rate))
        .unwrap_or(Quota::per_second(NonZeroU32::MIN))
        .allow_burst(burst)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::testing::ManualClock;

    const SECOND: Duration = Duration::from_secs(1);

    /// Takes whatever the limiter gives over `span`, jumping to the times it names.
    fn taken_in(limiter: &mut Limiter, clock: &ManualClock, span: Duration) -> usize {
        let end = clock.elapsed() + span;
        let mut taken = 0;
        loop {
            match limiter.try_take() {
                Ok(()) => taken += 1,
                Err(at) if at < end => clock.advance_to(at),
                Err(_) => {
                    clock.advance_to(end);
                    return taken;
                }
            }
        }
    }

    fn limiter(rate: f64) -> (Limiter, ManualClock) {
        let clock = ManualClock::new();
        (Limiter::new(rate, clock.shared()), clock)
    }

    #[test]
    fn a_limiter_gives_its_rate_and_one_burst() {
        for (rate, burst) in [(0.5, 1), (3.0, 1), (20.0, 2), (10_000.0, 1_000)] {
            let (mut limiter, clock) = limiter(rate);
            let taken = taken_in(&mut limiter, &clock, 60 * SECOND);
            let expected = (rate * 60.0) as usize;
            assert!(
                (expected - 1..=expected + burst).contains(&taken),
                "{rate}/s gave {taken} in a minute"
            );
        }
    }

    #[test]
    fn a_throttle_halves_the_rate_and_gives_no_burst() {
        let (mut limiter, clock) = limiter(20.0);
        limiter.throttled(None);
        assert_eq!(limiter.current(), 10.0);
        assert!(limiter.try_take().is_err());
        assert_eq!(taken_in(&mut limiter, &clock, 10 * SECOND), 99);
    }

    #[test]
    fn throttles_of_one_moment_count_once() {
        let (mut limiter, clock) = limiter(20.0);
        for _ in 0..50 {
            limiter.throttled(None);
        }
        assert_eq!(limiter.current(), 10.0);
        clock.advance(SECOND);
        limiter.throttled(None);
        assert_eq!(limiter.current(), 5.0);
    }

    #[test]
    fn the_rate_has_a_floor() {
        let (mut limiter, clock) = limiter(20.0);
        for _ in 0..20 {
            limiter.throttled(None);
            clock.advance(SECOND);
        }
        assert_eq!(limiter.current(), 1.0);
    }

    #[test]
    fn success_restores_the_rate_slowly_and_never_beyond_what_is_configured() {
        let (mut limiter, clock) = limiter(20.0);
        limiter.throttled(None);
        for _ in 0..1_000 {
            limiter.succeeded();
        }
        assert_eq!(
            limiter.current(),
            10.0,
            "many successes at once are no reason"
        );
        clock.advance(2 * SECOND);
        limiter.succeeded();
        assert_eq!(limiter.current(), 11.0);
        for _ in 0..100 {
            clock.advance(2 * SECOND);
            limiter.succeeded();
        }
        assert_eq!(limiter.current(), 20.0);
    }

    #[test]
    fn what_is_owed_is_paid_before_anything_else_is_given() {
        for rate in [1.0, 5.0, 20.0, 10_000.0] {
            let (mut limiter, clock) = limiter(rate);
            let mut used = 0;
            while clock.elapsed() < 100 * SECOND && used < 500_000 {
                match limiter.try_take() {
                    Ok(()) => {
                        limiter.owe(9);
                        used += 10;
                    }
                    Err(at) => clock.advance_to(at),
                }
            }
            let allowed = rate * clock.elapsed().as_secs_f64() + rate * BURST + 10.0;
            assert!(
                f64::from(used) <= allowed && f64::from(used) >= allowed * 0.8 - 20.0,
                "{rate}/s: {used} used, {allowed} allowed"
            );
        }
    }

    #[test]
    fn a_retry_after_holds_everything_back() {
        let (mut limiter, clock) = limiter(20.0);
        limiter.throttled(Some(30 * SECOND));
        assert_eq!(limiter.try_take(), Err(30 * SECOND));
        clock.advance(30 * SECOND);
        assert_eq!(limiter.try_take(), Ok(()));
        limiter.throttled(Some(Duration::MAX));
        assert_eq!(limiter.try_take(), Err(90 * SECOND));
    }
}
