use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use datamesh_aws::Wait;
use datamesh_localcloud::Clock as _;

/// The machine's clock, moved forward by what was skipped: one time for the runtime, the embedded cloud and
/// its clients, so that what takes hours is over in an instant.
pub struct SkippingClock {
    real: datamesh_aws::SystemClock,
    skipped_ms: AtomicI64,
}

impl SkippingClock {
    pub fn new() -> Self {
        Self {
            real: datamesh_aws::SystemClock::new(),
            skipped_ms: AtomicI64::new(0),
        }
    }

    pub fn skip(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap();
        self.skipped_ms.fetch_add(ms, Ordering::SeqCst);
    }

    pub fn now_ms(&self) -> i64 {
        datamesh_localcloud::SystemClock.now_ms() + self.skipped_ms.load(Ordering::SeqCst)
    }
}

impl fmt::Debug for SkippingClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SkippingClock").finish_non_exhaustive()
    }
}

/// One clock, as everybody who needs one sees it.
#[derive(Clone, Debug)]
pub struct Shared(pub std::sync::Arc<SkippingClock>);

impl datamesh_actor::Clock for Shared {
    fn now_ms(&self) -> i64 {
        self.0.now_ms()
    }
}

impl datamesh_localcloud::Clock for Shared {
    fn now_ms(&self) -> i64 {
        self.0.now_ms()
    }
}

impl datamesh_aws::Clock for Shared {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.0.now_ms()).unwrap()
    }

    fn elapsed(&self) -> Duration {
        let skipped = self.0.skipped_ms.load(Ordering::SeqCst);
        datamesh_aws::Clock::elapsed(&self.0.real)
            + Duration::from_millis(u64::try_from(skipped).unwrap())
    }

    fn sleep(&self, duration: Duration) -> Wait {
        datamesh_aws::Clock::sleep(&self.0.real, duration)
    }
}
