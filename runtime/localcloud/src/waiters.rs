//! Requests that wait for something to happen, such as SQS's long polls.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

/// One bell a topic. Topics are few (one a queue that was ever waited on), so bells are kept.
#[derive(Debug, Default)]
pub(crate) struct Waiters(Mutex<HashMap<String, Arc<Notify>>>);

impl Waiters {
    /// From this call on, no ring of the topic is missed by the returned future.
    pub(crate) fn listen(&self, topic: &str) -> OwnedNotified {
        let mut bells = self.0.lock();
        let bell = match bells.get(topic) {
            Some(bell) => Arc::clone(bell),
            None => Arc::clone(bells.entry(topic.to_owned()).or_default()),
        };
        bell.notified_owned()
    }

    /// Wakes everybody: time was moved, and each finds out what that means.
    pub(crate) fn ring_all(&self) {
        for bell in self.0.lock().values() {
            bell.notify_waiters();
        }
    }

    pub(crate) fn ring(&self, topics: &[String]) {
        let bells = self.0.lock();
        for topic in topics {
            if let Some(bell) = bells.get(topic) {
                bell.notify_waiters();
            }
        }
    }
}
