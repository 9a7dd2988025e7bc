//! The place of a request among those that are worked on. The front takes it before it knows who asks; who
//! knows then says so, and the tenant's share is looked at.

use std::sync::Arc;

use datamesh_actor::{Limit, Place, Priority, Refused};
use parking_lot::Mutex;
use tonic::{Code, Status};

use super::metrics::Metrics;
use crate::status::retry_later;

/// Travels in the extensions of a request. A copy of it holds nothing once the request is answered.
#[derive(Clone)]
pub(crate) struct Pass {
    place: Arc<Mutex<Option<Place>>>,
    metrics: Metrics,
}

/// The place is free when this is dropped: after the answer, or when the client has hung up.
pub(super) struct Held(Pass);

impl Pass {
    pub(super) fn new(place: Place, metrics: Metrics) -> (Self, Held) {
        let place = Arc::new(Mutex::new(Some(place)));
        let pass = Self { place, metrics };
        (pass.clone(), Held(pass))
    }

    /// Says who asks.
    ///
    /// # Errors
    /// `USER_BUSY` when as much is under way for this user as their share is.
    pub(crate) fn name(&self, user: &str, priority: Priority) -> Result<(), Status> {
        match &mut *self.place.lock() {
            Some(place) => place
                .name(Some(Arc::from(user)), priority)
                .map_err(|refused| refusal(&self.metrics, refused)),
            None => Ok(()),
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let place = self.0.place.lock().take();
        drop(place);
    }
}

/// What a request is told that is not worked on, and counts it.
pub(super) fn refusal(metrics: &Metrics, refused: Refused) -> Status {
    let (code, reason, message) = match refused.limit {
        Limit::Actor | Limit::Tenant => (
            Code::ResourceExhausted,
            "USER_BUSY",
            "as many of your requests are under way as your share is just now",
        ),
        Limit::Shard => (Code::Unavailable, "TOO_BUSY", "too many requests at once"),
    };
    metrics.refused(reason);
    retry_later(code, reason, message, refused.retry_after)
}
