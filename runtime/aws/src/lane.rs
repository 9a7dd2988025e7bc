//! One operation of a pool: its queue, its limiter and its counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::breaker::Ticket;
use crate::clock::Clock;
use crate::error::ErrorClass;
use crate::limiter::Limiter;
use crate::priority::Priority;
use crate::snapshot::OperationSnapshot;

/// What a gate needs to know of an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    /// Calls per second.
    pub(crate) rate: f64,
    /// Whether a call counts against the bulkhead. A long poll does not: it
    /// waits, and would keep others from working.
    pub(crate) takes_slot: bool,
}

/// One operation's queue, limiter and counts.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) limiter: Limiter,
    pub(crate) takes_slot: bool,
    pub(crate) queue: BTreeMap<Place, Arc<Waiter>>,
    /// Set during one pump, when the limiter said no.
    pub(crate) blocked: bool,
    pub(crate) calls: u64,
    pub(crate) succeeded: u64,
    pub(crate) throttled: u64,
    pub(crate) errors: BTreeMap<ErrorClass, u64>,
}

/// A place in a queue: smaller goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) level: u8,
    pub(crate) seq: u64,
}

/// One call in a queue.
#[derive(Debug)]
pub(crate) struct Waiter {
    pub(crate) place: Place,
    pub(crate) priority: Priority,
    pub(crate) notify: Notify,
    pub(crate) verdict: Mutex<Verdict>,
}

/// How a waiting call stands.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Verdict {
    /// In the queue.
    Waits,
    /// Let through, and not yet awake to see it.
    Passed(Ticket),
    /// Sent away to make room for a higher level.
    Displaced,
    /// Let through and gone.
    Taken,
}

impl Waiter {
    pub(crate) fn new(place: Place, priority: Priority) -> Self {
        Self {
            place,
            priority,
            notify: Notify::new(),
            verdict: Mutex::new(Verdict::Waits),
        }
    }
}

impl Lane {
    pub(crate) fn new(operation: Operation, clock: Arc<dyn Clock>) -> Self {
        Self {
            limiter: Limiter::new(operation.rate, clock),
            takes_slot: operation.takes_slot,
            queue: BTreeMap::new(),
            blocked: false,
            calls: 0,
            succeeded: 0,
            throttled: 0,
            errors: BTreeMap::new(),
        }
    }

    pub(crate) fn snapshot(&self, name: &str) -> OperationSnapshot {
        let mut waiting = BTreeMap::from(Priority::ALL.map(|priority| (priority, 0)));
        for waiter in self.queue.values() {
            *waiting.entry(waiter.priority).or_default() += 1;
        }
        OperationSnapshot {
            operation: name.to_owned(),
            configured_rate: self.limiter.configured(),
            current_rate: self.limiter.current(),
            calls: self.calls,
            succeeded: self.succeeded,
            throttled: self.throttled,
            errors: self.errors.clone(),
            waiting,
        }
    }
}
