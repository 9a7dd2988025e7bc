//! Time, handed in.
//!
//! Everything in this crate that waits, expires or measures does so through
//! [`Clock`], so that a test drives hours of throttling in microseconds and an
//! embedded cloud and its clients can live on the same virtual time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_smithy_async::rt::sleep::{AsyncSleep, Sleep};
use aws_smithy_async::time::TimeSource;

/// A wait that a [`Clock`] hands out.
pub type Wait = Pin<Box<dyn Future<Output = ()> + Send + Sync>>;

/// A source of time.
///
/// The two readings are independent: [`Clock::now_ms`] signs requests and dates
/// snapshots, [`Clock::elapsed`] measures rates, circuits and deadlines and must
/// never go backwards.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Wall-clock time in milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64;

    /// Monotonic time since an origin that is fixed for the life of the clock.
    fn elapsed(&self) -> Duration;

    /// Completes once [`Clock::elapsed`] has advanced by at least `duration`.
    fn sleep(&self, duration: Duration) -> Wait;
}

/// The machine's clock and tokio's timer.
///
/// [`Clock::sleep`] needs a running tokio runtime with its time driver.
#[derive(Debug, Clone)]
pub struct SystemClock {
    origin: tokio::time::Instant,
}

impl SystemClock {
    /// Starts a clock whose monotonic origin is now.
    pub fn new() -> Self {
        Self {
            origin: tokio::time::Instant::now(),
        }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // the one place where real time enters
    fn now_ms(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| {
                u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
            })
    }

    fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    fn sleep(&self, duration: Duration) -> Wait {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// Shows a [`Clock`] to the SDK, which signs with its time and sleeps on it.
#[derive(Debug, Clone)]
pub(crate) struct SdkTime(pub(crate) Arc<dyn Clock>);

impl TimeSource for SdkTime {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.0.now_ms())
    }
}

impl AsyncSleep for SdkTime {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(self.0.sleep(duration))
    }
}
