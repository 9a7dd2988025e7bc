//! A clock that can be stopped, stepped, set and sped up.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::Clock;

/// The last moment that a clock can be driven to: 9999-12-31T00:00:00Z.
const LAST_MS: i64 = 253_402_214_400_000;
/// The highest and, inverted, the lowest speed.
const MOST_SPEED: f64 = 1_000_000.0;

/// A clock over another one (its base), which it follows at the same pace until it is driven.
///
/// It never jumps unless it is told to: stopping, starting and changing the speed go on from the
/// moment at hand. It goes back only when it is [`set`](Self::set) back, or its base goes back.
#[derive(Clone)]
pub struct DrivenClock {
    base: Arc<dyn Clock>,
    course: Arc<Mutex<Course>>,
}

/// From where the time runs, and how fast.
#[derive(Debug, Clone, Copy)]
struct Course {
    /// What the base showed …
    base_ms: i64,
    /// … when this clock showed this.
    shown_ms: i64,
    speed: f64,
    running: bool,
}

/// What a clock shows, and how it goes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClockState {
    /// Milliseconds since the Unix epoch.
    pub now_ms: i64,
    /// Whether time passes.
    pub running: bool,
    /// How many times as fast as its base it is when it runs.
    pub speed: f64,
}

/// Why a clock was not driven. It goes on as before.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum ClockError {
    /// Before the Unix epoch, or after the year 9998.
    #[error("a clock can be set between 1970-01-01T00:00:00Z and 9999-12-31T00:00:00Z")]
    OutOfRange,
    /// Not a number between a millionth and a million.
    #[error("a clock's speed is between 0.000001 and 1000000, not {0}")]
    BadSpeed(f64),
}

impl DrivenClock {
    /// Runs with its base.
    pub fn new(base: Arc<dyn Clock>) -> Self {
        Self {
            base,
            course: Arc::new(Mutex::new(Course {
                base_ms: 0,
                shown_ms: 0,
                speed: 1.0,
                running: true,
            })),
        }
    }

    /// Milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        let course = self.course.lock();
        course.shown(self.base.now_ms())
    }

    /// What the clock shows, and how it goes.
    pub fn state(&self) -> ClockState {
        let course = self.course.lock();
        ClockState {
            now_ms: course.shown(self.base.now_ms()),
            running: course.running,
            speed: course.speed,
        }
    }

    /// Lets no more time pass, until [`start`](Self::start).
    pub fn stop(&self) {
        self.drive(|course| course.running = false);
    }

    /// Lets time pass again from the moment at hand.
    pub fn start(&self) {
        self.drive(|course| course.running = true);
    }

    /// Moves the clock forward, whether it runs or not.
    ///
    /// # Errors
    /// [`ClockError::OutOfRange`]
    pub fn step(&self, by: Duration) -> Result<(), ClockError> {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.drive(|course| {
            course.shown_ms = in_range(course.shown_ms.saturating_add(by))?;
            Ok(())
        })
    }

    /// Sets the clock, backwards too. What was done stays done when its moment comes again.
    ///
    /// # Errors
    /// [`ClockError::OutOfRange`]
    pub fn set(&self, now_ms: i64) -> Result<(), ClockError> {
        self.drive(|course| {
            course.shown_ms = in_range(now_ms)?;
            Ok(())
        })
    }

    /// Runs this many times as fast as its base from the moment at hand; a stopped clock, when it is
    /// started.
    ///
    /// # Errors
    /// [`ClockError::BadSpeed`]
    pub fn speed(&self, factor: f64) -> Result<(), ClockError> {
        if !(1.0 / MOST_SPEED..=MOST_SPEED).contains(&factor) {
            return Err(ClockError::BadSpeed(factor));
        }
        self.drive(|course| course.speed = factor);
        Ok(())
    }

    /// How long the base still has to run until this clock shows `at_ms`; `None` if it is stopped.
    pub(crate) fn base_time_until(&self, at_ms: i64) -> Option<Duration> {
        let state = self.state();
        let left = u64::try_from(at_ms.saturating_sub(state.now_ms)).unwrap_or(0);
        let left = Duration::from_millis(left);
        state
            .running
            .then(|| Duration::try_from_secs_f64(left.as_secs_f64() / state.speed))
            .map(|time| time.unwrap_or(Duration::MAX))
    }

    /// Changes the course from the moment at hand on.
    fn drive<T>(&self, change: impl FnOnce(&mut Course) -> T) -> T {
        let mut course = self.course.lock();
        let base_ms = self.base.now_ms();
        *course = Course {
            base_ms,
            shown_ms: course.shown(base_ms),
            ..*course
        };
        change(&mut course)
    }
}

impl Course {
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "exact for 285,000 years, and saturating beyond"
    )]
    fn shown(&self, base_ms: i64) -> i64 {
        if !self.running {
            return self.shown_ms;
        }
        let passed = (base_ms - self.base_ms) as f64 * self.speed;
        self.shown_ms.saturating_add(passed as i64).min(LAST_MS)
    }
}

fn in_range(ms: i64) -> Result<i64, ClockError> {
    if (0..=LAST_MS).contains(&ms) {
        Ok(ms)
    } else {
        Err(ClockError::OutOfRange)
    }
}

impl Clock for DrivenClock {
    fn now_ms(&self) -> i64 {
        Self::now_ms(self)
    }
}

impl fmt::Debug for DrivenClock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.state().fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::ManualClock;
    use super::*;

    const NOON: i64 = 1_769_860_800_000;
    const SECOND: Duration = Duration::from_secs(1);

    fn clock() -> (Arc<ManualClock>, DrivenClock) {
        let base = Arc::new(ManualClock::new(NOON));
        (base.clone(), DrivenClock::new(base))
    }

    #[test]
    fn it_follows_its_base_until_it_is_driven() {
        let (base, clock) = clock();
        assert_eq!(clock.now_ms(), NOON);
        base.advance(SECOND);
        assert_eq!(clock.now_ms(), NOON + 1_000);
        base.set(5);
        assert_eq!(clock.now_ms(), 5);
    }

    #[test]
    fn it_stops_and_goes_on_from_there() {
        let (base, clock) = clock();
        clock.stop();
        base.advance(SECOND);
        assert_eq!(clock.now_ms(), NOON);
        assert_eq!(clock.base_time_until(NOON + 1), None);
        clock.step(SECOND * 60).unwrap();
        assert_eq!(clock.now_ms(), NOON + 60_000);
        clock.start();
        clock.start();
        assert_eq!(clock.now_ms(), NOON + 60_000);
        base.advance(SECOND);
        assert_eq!(clock.now_ms(), NOON + 61_000);
    }

    #[test]
    fn a_change_of_speed_is_no_jump() {
        let (base, clock) = clock();
        clock.speed(60.0).unwrap();
        assert_eq!(clock.now_ms(), NOON);
        base.advance(SECOND);
        assert_eq!(clock.now_ms(), NOON + 60_000);
        clock.speed(0.5).unwrap();
        assert_eq!(clock.now_ms(), NOON + 60_000);
        base.advance(SECOND);
        assert_eq!(clock.now_ms(), NOON + 60_500);
        assert_eq!(clock.base_time_until(NOON + 61_500), Some(SECOND * 2));
        assert_eq!(clock.base_time_until(NOON), Some(Duration::ZERO));
    }

    #[test]
    fn what_cannot_be_is_refused_and_changes_nothing() {
        let (_, clock) = clock();
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e7] {
            assert!(matches!(clock.speed(factor), Err(ClockError::BadSpeed(_))));
        }
        assert_eq!(clock.set(-1), Err(ClockError::OutOfRange));
        assert_eq!(clock.step(Duration::MAX), Err(ClockError::OutOfRange));
        let state = ClockState {
            now_ms: NOON,
            running: true,
            speed: 1.0,
        };
        assert_eq!(clock.state(), state);
        clock.set(1).unwrap();
        assert_eq!(clock.now_ms(), 1);
    }
}
