use std::sync::Arc;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Where time comes from. The runtime asks nobody else.
pub trait Clock: Send + Sync + 'static {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now_ms(&self) -> i64 {
        (**self).now_ms()
    }
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // The one place where the runtime's time enters.
    fn now_ms(&self) -> i64 {
        jiff::Timestamp::now().as_millisecond()
    }
}

/// All that a decision may know beside the state and the command.
pub struct Ctx {
    id: Arc<str>,
    seq: u64,
    now_ms: i64,
    by: Option<String>,
    rng: StdRng,
}

impl Ctx {
    /// A context for commit number `seq` of the entity `id`. Public for tests of pure cores.
    pub fn new(
        id: impl Into<Arc<str>>,
        seq: u64,
        now_ms: i64,
        by: Option<String>,
        seed: u64,
    ) -> Self {
        Self {
            id: id.into(),
            seq,
            now_ms,
            by,
            rng: StdRng::seed_from_u64(seed),
        }
    }

    /// The entity's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The number of the commit being decided, from 1.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Milliseconds since the Unix epoch, the same for the whole decision.
    pub fn now_ms(&self) -> i64 {
        self.now_ms
    }

    /// Who asked, where somebody did.
    pub fn by(&self) -> Option<&str> {
        self.by.as_deref()
    }

    /// Eight random bytes.
    pub fn random(&mut self) -> u64 {
        self.rng.next_u64()
    }
}
