//! Who may run: at most so many effects at once, and of those on probation (`recorder/adoption.rs`) one.
//!
//! Whoever is on probation waits for that turn first and for a place after it, so that those who wait for the
//! turn take no place from anybody. Places are given in the order in which they were asked for. A permit is given
//! back when it is dropped, whatever became of its owner: ended, given up after its time, panicked, or gone.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::planted::planted;

/// Gives permits. Cheap to clone; clones count together.
#[derive(Clone)]
pub(crate) struct Permits {
    places: Arc<Semaphore>,
    /// One of the effects on probation at a time.
    probation: Arc<Semaphore>,
    /// A bug for the simulator to find.
    #[cfg(feature = "simulation")]
    pub(crate) planted: Option<crate::planted::Planted>,
}

/// To run, until it is dropped.
pub(crate) struct Permit {
    _alone: Option<OwnedSemaphorePermit>,
    _place: OwnedSemaphorePermit,
}

impl Permits {
    /// For so many effects at once; at least one.
    pub(crate) fn new(effects: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(effects.max(1))),
            probation: Arc::new(Semaphore::new(1)),
            #[cfg(feature = "simulation")]
            planted: None,
        }
    }

    /// A permit, if there is nothing to wait for.
    pub(crate) fn at_once(&self, probation: bool) -> Option<Permit> {
        let alone = match probation && !planted!(self, ProbationShared) {
            true => Some(self.probation.clone().try_acquire_owned().ok()?),
            false => None,
        };
        Some(Permit {
            _alone: alone,
            _place: self.places.clone().try_acquire_owned().ok()?,
        })
    }

    /// A permit, as soon as there is one; `None` never comes, for nobody closes this. Whoever stops waiting leaves
    /// the line.
    pub(crate) async fn take(self, probation: bool) -> Option<Permit> {
        let alone = match probation && !planted!(self, ProbationShared) {
            true => Some(self.probation.acquire_owned().await.ok()?),
            false => None,
        };
        Some(Permit {
            _alone: alone,
            _place: self.places.acquire_owned().await.ok()?,
        })
    }
}

#[cfg(feature = "simulation")]
impl Permit {
    /// Gives the place back and not the turn.
    pub(crate) fn keep_turn(self) {
        let Self {
            _alone: turn,
            _place: place,
        } = self;
        std::mem::forget(turn);
        drop(place);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use futures::FutureExt;

    use super::*;

    #[test]
    fn so_many_run_at_once_and_the_next_comes_when_one_has_ended() {
        let permits = Permits::new(2);
        let first = permits.at_once(false).unwrap();
        let _second = permits.at_once(false).unwrap();
        assert!(permits.at_once(false).is_none());
        let mut waits = Box::pin(permits.clone().take(false));
        assert!(waits.as_mut().now_or_never().is_none());
        drop(first);
        assert!(permits.at_once(false).is_none(), "nobody is overtaken");
        assert!(waits.as_mut().now_or_never().is_some());
    }

    #[test]
    fn one_on_probation_runs_at_a_time_and_those_that_wait_take_no_place() {
        let permits = Permits::new(2);
        let suspect = permits.at_once(true).unwrap();
        assert!(permits.at_once(true).is_none());
        let mut waits = Box::pin(permits.clone().take(true));
        assert!(waits.as_mut().now_or_never().is_none());
        let other = permits.at_once(false);
        assert!(other.is_some(), "others run beside it");
        drop(suspect);
        assert!(waits.as_mut().now_or_never().is_some());
    }

    #[test]
    fn who_stops_waiting_leaves_the_line() {
        let permits = Permits::new(1);
        let runs = permits.at_once(false);
        let mut gone = Box::pin(permits.clone().take(true));
        assert!(gone.as_mut().now_or_never().is_none());
        drop(gone);
        drop(runs);
        assert!(permits.at_once(true).is_some());
    }
}
