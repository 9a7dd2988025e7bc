//! What a stream holds while it is open, and why it must end: this process goes down, or the token of who
//! opened it has expired.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use datamesh_actor::Clock;
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};

use crate::auth::{Caller, Refusal};
use crate::status::{draining, retry_later};

/// Streams that one user may have open at once.
pub const MOST_PER_USER: usize = 32;

/// The clock is looked at this often: it may be set while a stream is open.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// The places for streams. Cheap to clone.
#[derive(Clone)]
pub struct StreamPlaces {
    all: Arc<Semaphore>,
    of_users: Arc<Mutex<HashMap<String, usize>>>,
}

impl StreamPlaces {
    /// So many for all users together.
    pub fn new(most: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(most)),
            of_users: Arc::default(),
        }
    }

    /// A place for a stream of this caller.
    ///
    /// # Errors
    /// TOO_MANY_STREAMS when all places, or the user's share of them, are taken.
    pub fn enter(
        &self,
        caller: &Arc<Caller>,
        clock: Arc<dyn Clock>,
        drain: CancellationToken,
    ) -> Result<StreamPass, Status> {
        let place = self.all.clone().try_acquire_owned();
        let place = place.map_err(|_| too_many("too many streams are open".to_owned()))?;
        let mut of_users = self.of_users.lock();
        let open = of_users.entry(caller.user.clone()).or_default();
        if *open >= MOST_PER_USER {
            return Err(too_many(format!("you have {MOST_PER_USER} streams open")));
        }
        *open += 1;
        Ok(StreamPass {
            caller: caller.clone(),
            clock,
            drain,
            of_users: self.of_users.clone(),
            _place: place,
        })
    }
}

fn too_many(message: String) -> Status {
    let after = Duration::from_secs(5);
    retry_later(Code::ResourceExhausted, "TOO_MANY_STREAMS", message, after)
}

/// A place for a stream; it is free again when this is dropped.
pub struct StreamPass {
    caller: Arc<Caller>,
    clock: Arc<dyn Clock>,
    drain: CancellationToken,
    of_users: Arc<Mutex<HashMap<String, usize>>>,
    _place: OwnedSemaphorePermit,
}

impl StreamPass {
    /// Waits until the stream must end, and says with which status.
    pub async fn over(&self) -> Status {
        tokio::select! {
            () = self.drain.cancelled() => draining(),
            () = self.expired() => Refusal::Expired.into(),
        }
    }

    async fn expired(&self) {
        while !self.caller.has_expired(self.clock.now_ms()) {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

impl Drop for StreamPass {
    fn drop(&mut self) {
        let mut of_users = self.of_users.lock();
        if let Some(open) = of_users.get_mut(&self.caller.user) {
            *open -= 1;
            if *open == 0 {
                of_users.remove(&self.caller.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use datamesh_actor::SystemClock;

    use super::*;

    fn enter(places: &StreamPlaces, user: &str) -> Result<StreamPass, Status> {
        let caller = Caller {
            user: user.to_owned(),
            ..Caller::default()
        };
        let drain = CancellationToken::new();
        places.enter(&Arc::new(caller), Arc::new(SystemClock), drain)
    }

    #[test]
    fn nobody_takes_all_places() {
        let places = StreamPlaces::new(MOST_PER_USER + 1);
        let mut anns: Vec<_> = (0..MOST_PER_USER)
            .map(|_| enter(&places, "ann").unwrap())
            .collect();
        assert!(enter(&places, "ann").is_err());
        let bobs = enter(&places, "bob").unwrap();
        assert!(enter(&places, "bob").is_err(), "all are taken");
        anns.pop();
        assert!(enter(&places, "ann").is_ok());
        drop((anns, bobs));
        assert!(places.of_users.lock().is_empty());
    }
}
