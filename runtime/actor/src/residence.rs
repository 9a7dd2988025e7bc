//! Who leaves memory before its time: when more entities are in memory than there are to be, those without work that
//! were used least recently. Nothing is lost by that: they are read from the journal when they are next needed.
//!
//! To look for them means to look at all, so a sixteenth leaves at once, and when most have work the next look waits
//! until as many more have come. So there are never more in memory than `most` and those that have work.
//!
//! Whoever may not wait for the shard reads from a [`Headcount`] how many there are.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datamesh_journal::EntityKey;

use crate::slot::Slot;

const AT_ONCE_OF: usize = 16;

/// How many entities of a shard are in memory: as many as after the last one came, or after the last look. None, when
/// the shard is gone. Clones show the same number.
#[derive(Clone, Default)]
pub(crate) struct Headcount(Arc<AtomicUsize>);

impl Headcount {
    pub(crate) fn now(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, count: usize) {
        self.0.store(count, Ordering::Relaxed);
    }
}

pub(crate) struct Residence {
    most: usize,
    /// The next look is when more are in memory.
    look_at: usize,
    headcount: Headcount,
}

impl Residence {
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self {
            most,
            look_at: most,
            headcount: Headcount::default(),
        }
    }

    pub(crate) fn headcount(&self) -> Headcount {
        self.headcount.clone()
    }

    /// One more came.
    pub(crate) fn one_more(&mut self, slots: &mut HashMap<EntityKey, Slot>) {
        if slots.len() > self.look_at {
            self.look(slots);
        }
        self.headcount.set(slots.len());
    }

    /// Looks whether those that had work have none any more. To be called from time to time, and when some have left.
    pub(crate) fn look(&mut self, slots: &mut HashMap<EntityKey, Slot>) {
        self.leave(slots);
        self.headcount.set(slots.len());
    }

    fn leave(&mut self, slots: &mut HashMap<EntityKey, Slot>) {
        if slots.len() <= self.most {
            self.look_at = self.most;
            return;
        }
        let at_once = self.most / AT_ONCE_OF;
        let leave = slots.len() - (self.most - at_once);
        for key in least_recently_used(slots, leave) {
            slots.remove(&key);
        }
        self.look_at = self.most.max(slots.len() + at_once);
    }
}

impl Drop for Residence {
    fn drop(&mut self) {
        self.headcount.set(0);
    }
}

/// So many of those without work, or all of them.
fn least_recently_used(slots: &HashMap<EntityKey, Slot>, count: usize) -> Vec<EntityKey> {
    let idle = slots.values().filter(|slot| slot.idle());
    // The key makes it the same whatever the order of the map is.
    let mut idle: Vec<_> = idle.map(|slot| (slot.used_ms, &slot.key)).collect();
    if count < idle.len() {
        idle.select_nth_unstable(count);
        idle.truncate(count);
    }
    idle.into_iter().map(|(_, key)| key.clone()).collect()
}
