//! The gates before the mailbox of one shard: who may put a letter into it, and how many letters that can be.

use std::sync::Arc;

use datamesh_journal::EntityKey;
use tokio::sync::Semaphore;

use crate::ask::{AskError, Meta};
use crate::control::ControlError;
use crate::ctx::Clock;
use crate::gate::{Gate, Place, Places, Taken};
use crate::options::Options;

/// Wishes of operators that one shard holds at once.
const CONTROLS: usize = 256;
/// Letters that are sent one after the other by whoever sends them: the timer pump, the search for unsettled
/// effects, lists.
const OTHERS: usize = 64;
/// Of these, letters of lists.
const LISTS: usize = 16;

/// The gates of one shard. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Admission {
    commands: Arc<Gate>,
    controls: Arc<Gate>,
    lists: Arc<Semaphore>,
}

/// What one shard is to hold at most. A command holds its place until it is answered, so that what waits
/// in the mailbox, what waits for an actor, and what stands on a commit in flight are one number.
pub(crate) fn places(options: &Options, in_flight: usize) -> Places {
    let ordinary = in_flight.min(options.mailbox / 3 * 2).max(1);
    Places {
        ordinary,
        reserve: (ordinary / 2).max(1),
        each: options.entity_mailbox,
    }
}

impl Admission {
    /// `in_flight`: the commits of this shard that may be in flight.
    pub(crate) fn new(
        options: &Options,
        in_flight: usize,
        clock: &Arc<dyn Clock>,
        seed: u64,
    ) -> Self {
        let controls = Places {
            ordinary: CONTROLS,
            reserve: 0,
            each: options.entity_mailbox,
        };
        Self {
            commands: Gate::new(places(options, in_flight), clock.clone(), seed),
            controls: Gate::new(controls, clock.clone(), !seed),
            lists: Arc::new(Semaphore::new(LISTS)),
        }
    }

    /// The places of lists, each held until it is answered: a shard that stands still gets no more of them.
    pub(crate) fn lists(&self) -> Arc<Semaphore> {
        self.lists.clone()
    }

    /// The letters that the mailbox must have room for.
    pub(crate) fn letters(&self) -> usize {
        self.commands.capacity() + CONTROLS + OTHERS
    }

    /// Takes a command in, or says when to come again.
    pub(crate) fn command(&self, key: &EntityKey, meta: &Meta) -> Result<Place, AskError> {
        let place = self.commands.enter(meta.priority, meta.tenant.clone(), key);
        place.map_err(|refused| AskError::Busy {
            limit: refused.limit,
            retry_after: refused.retry_after,
        })
    }

    /// Takes an operator's wish in. Commands, however many, do not keep it out.
    pub(crate) fn control(&self, key: &EntityKey) -> Result<Place, ControlError> {
        let place = self.controls.enter_for(key);
        place.map_err(|refused| {
            ControlError::Unavailable(format!(
                "too many wishes of operators wait: try again in {} ms",
                refused.retry_after.as_millis()
            ))
        })
    }

    /// Commands and operators' wishes that hold a place.
    pub(crate) fn taken(&self) -> (Taken, Taken) {
        (self.commands.taken(), self.controls.taken())
    }
}
