//! What a command comes by before it reaches its engine: the same gates as in front of a shard's mailbox.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use datamesh_journal::EntityKey;
use rand::Rng;

use crate::admission::Admission;
use crate::ask::{AskError, Meta};
use crate::ctx::Clock;
use crate::gate::Place;
use crate::options::Options;

/// The gates of all shards.
pub(super) struct Door {
    admissions: Vec<Admission>,
    clock: Arc<Shown>,
    /// Commands are refused.
    closed: bool,
}

/// What the pod was told of the time last.
#[derive(Default)]
struct Shown(AtomicI64);

impl Clock for Shown {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Door {
    pub(super) fn new(options: &Options, shards: usize, rng: &mut impl Rng) -> Self {
        let shown = Arc::new(Shown::default());
        let clock: Arc<dyn Clock> = shown.clone();
        let admission = |_| Admission::new(options, options.in_flight, &clock, rng.next_u64());
        Self {
            admissions: (0..shards).map(admission).collect(),
            clock: shown,
            closed: false,
        }
    }

    pub(super) fn show(&self, now_ms: i64) {
        self.clock.0.store(now_ms, Ordering::Relaxed);
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// As `Runtime::ask` lets a command in.
    pub(super) fn admit(
        &self,
        shard: usize,
        key: &EntityKey,
        meta: &Meta,
    ) -> Result<Place, AskError> {
        let admission = self.admissions.get(shard).filter(|_| !self.closed);
        admission.ok_or(AskError::Draining)?.command(key, meta)
    }

    /// Commands that hold a place.
    pub(super) fn taken(&self) -> usize {
        let commands = |admission: &Admission| admission.taken().0.now;
        self.admissions.iter().map(commands).sum()
    }
}
