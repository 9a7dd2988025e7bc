use tokio::sync::{OwnedSemaphorePermit, oneshot};

use crate::ask::AskError;
use crate::engine::BUSY_RETRY;
use crate::gate::Place;
use crate::limit::Limit;
use crate::slot::Answer;

/// The way back to who asked, and the place that is held until the answer.
pub(crate) struct ReplyTo<T> {
    to: oneshot::Sender<T>,
    place: Option<Place>,
}

impl<T> ReplyTo<T> {
    /// Answers; the place is free before who asked knows.
    pub(crate) fn send(self, answer: T) -> Result<(), T> {
        drop(self.place);
        self.to.send(answer)
    }

    /// Keeps the place until the answer.
    pub(crate) fn holding(to: oneshot::Sender<T>, place: Place) -> Self {
        Self {
            to,
            place: Some(place),
        }
    }
}

/// The way back to a list, of which only so many letters are in a mailbox at once.
pub(crate) struct ListReply<T> {
    to: oneshot::Sender<T>,
    _place: OwnedSemaphorePermit,
}

impl<T> ListReply<T> {
    pub(crate) fn new(to: oneshot::Sender<T>, place: OwnedSemaphorePermit) -> Self {
        Self { to, _place: place }
    }

    /// Answers, if anybody still waits for it.
    pub(crate) fn answer(self, answer: impl FnOnce() -> T) {
        if !self.to.is_closed() {
            drop(self.to.send(answer()));
        }
    }
}

impl ReplyTo<Answer> {
    /// Says that there is no room, and when to come again.
    pub(crate) fn busy(self, limit: Limit) {
        let retry_after = match &self.place {
            Some(place) => place.refuse(limit).retry_after,
            None => BUSY_RETRY,
        };
        drop(self.send(Err(AskError::Busy { limit, retry_after })));
    }
}

impl<T> From<oneshot::Sender<T>> for ReplyTo<T> {
    fn from(to: oneshot::Sender<T>) -> Self {
        Self { to, place: None }
    }
}
