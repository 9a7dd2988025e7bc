//! Who leaves memory before its time: when more entities are in memory than there are to be, those without work that
//! were used least recently. Nothing is lost by that: they are read from the journal when they are next needed.
//!
//! To look for them means to look at all, so a sixteenth leaves at once, and when most have work the next look waits
//! until as many more have come. So there are never more in memory than `most` and those that have work.

use std::collections::HashMap;

use datamesh_journal::EntityKey;

use crate::slot::Slot;

const AT_ONCE_OF: usize = 16;

pub(crate) struct Residence {
    most: usize,
    /// The next look is when more are in memory.
    look_at: usize,
}

impl Residence {
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        let look_at = most;
        Self { most, look_at }
    }

    /// One more came.
    pub(crate) fn one_more(&mut self, slots: &mut HashMap<EntityKey, Slot>) {
        if slots.len() > self.look_at {
            self.look(slots);
        }
    }

    /// Looks whether those that had work have none any more. To be called from time to time.
    pub(crate) fn look(&mut self, slots: &mut HashMap<EntityKey, Slot>) {
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
