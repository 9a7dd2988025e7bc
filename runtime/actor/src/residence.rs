//! Who leaves memory before its time: when more entities are in memory than there are to be, or they weigh more, those
//! without work that were used least recently. Nothing is lost by that: they are read from the journal when they are
//! next needed.
//!
//! To look for them means to look at all, so a sixteenth leaves at once, and when most have work the next look waits
//! until a sixteenth of all has come. So there are never more in memory than `most`, or those that have work and a
//! sixteenth as many.
//!
//! Whoever may not wait for the shard reads from a [`Headcount`] how many there are.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datamesh_journal::EntityKey;

use crate::planted::planted;
use crate::slot::Slot;
use crate::weight::Scale;

const ONE_OF: usize = 16;

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
    most_bytes: usize,
    scale: Scale,
    /// The next look is when more are in memory, or they weigh more.
    look_at: usize,
    look_at_bytes: usize,
    headcount: Headcount,
    /// A bug for the simulator to find.
    #[cfg(feature = "simulation")]
    pub(crate) planted: Option<crate::planted::Planted>,
}

impl Residence {
    /// `scale` is where all of them are weighed.
    pub(crate) fn new(most: usize, most_bytes: usize, scale: Scale) -> Self {
        let most = most.max(1);
        Self {
            most,
            most_bytes,
            scale,
            look_at: most,
            look_at_bytes: most_bytes,
            headcount: Headcount::default(),
            #[cfg(feature = "simulation")]
            planted: None,
        }
    }

    pub(crate) fn headcount(&self) -> Headcount {
        self.headcount.clone()
    }

    /// One more came.
    pub(crate) fn one_more(&mut self, slots: &mut HashMap<EntityKey, Slot>) {
        if slots.len() > self.look_at || self.scale.bytes() > self.look_at_bytes {
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
        let (count, bytes) = (slots.len(), self.scale.bytes());
        if count > self.most || bytes > self.most_bytes {
            let goal = |now, most| match now > most {
                true => most - sixteenth(most).min(most - 1),
                false => now,
            };
            let over = count - goal(count, self.most);
            let over_bytes = bytes.saturating_sub(goal(bytes, self.most_bytes.max(1)));
            let may_leave = |slot: &Slot| slot.idle() || planted!(self, WorkForgotten);
            for key in least_recently_used(slots, may_leave, over, over_bytes) {
                slots.remove(&key);
            }
        }
        let (count, bytes) = (slots.len(), self.scale.bytes());
        self.look_at = self.most.max(count + count / ONE_OF);
        self.look_at_bytes = self.most_bytes.max(bytes + sixteenth(bytes));
    }
}

fn sixteenth(all: usize) -> usize {
    (all / ONE_OF).max(1)
}

impl Drop for Residence {
    fn drop(&mut self) {
        self.headcount.set(0);
    }
}

/// So many of those that may leave, and of such a weight, or all of them.
fn least_recently_used(
    slots: &HashMap<EntityKey, Slot>,
    may_leave: impl Fn(&Slot) -> bool,
    mut count: usize,
    mut bytes: usize,
) -> Vec<EntityKey> {
    let idle = slots.values().filter(|slot| may_leave(slot));
    // The key makes it the same whatever the order of the map is.
    let mut idle: Vec<_> = idle
        .map(|slot| (slot.used_ms, &slot.key, slot.bytes()))
        .collect();
    if bytes > 0 {
        idle.sort_unstable();
    } else if count < idle.len() {
        idle.select_nth_unstable(count);
    }
    let leaves = |(_, _, weight): &(i64, &EntityKey, usize)| {
        let leaves = count > 0 || bytes > 0;
        count = count.saturating_sub(1);
        bytes = bytes.saturating_sub(*weight);
        leaves
    };
    let leaving = idle.into_iter().take_while(leaves);
    leaving.map(|(_, key, _)| key.clone()).collect()
}
