//! The one door of a pool: who may call now, who waits, and who goes first.
//!
//! A call passes when three things allow it at once: the circuit, the bulkhead
//! (calls under way in the whole pool) and its operation's limiter. Until then
//! it stands in its operation's queue, ordered by priority and then by arrival.
//!
//! **The pump.** Whoever changes something (arrives, finishes, wakes) runs
//! [`Inner::pump`] under the lock. It looks at the first of every queue, takes
//! the best one whose limiter agrees, and goes on until nobody can pass. So a
//! call is let through by whoever made it possible, never by luck of wake-ups,
//! and a higher priority always goes first: across operations for the circuit
//! and the bulkhead, within an operation for its rate.
//!
//! **The leader.** What only time can change (a rate, an open circuit) needs a
//! timer. One waiting call, the leader, sleeps until the earliest such moment
//! and pumps; the others sleep until their own deadlines. A leader that leaves,
//! also by being dropped in the middle, hands over. One that nobody polls any
//! more cannot; so the others look from time to time, and whoever finds the
//! leader overdue takes its place. There is no background task: a gate works on
//! any executor and leaves nothing behind.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::breaker::{Breaker, CircuitState, Health, Passage, Ticket};
use crate::clock::Clock;
use crate::error::{AwsError, ErrorClass};
use crate::lane::{Lane, Operation, Place, Verdict, Waiter};
use crate::options::Options;
use crate::priority::Priority;
use crate::snapshot::{CircuitSnapshot, LastErrorSnapshot, PoolKey, PoolSnapshot};

/// A waiting call looks at least this often, lest its leader be asleep for good.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Why a call was not let through. Nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Too many wait already.
    Busy,
    /// The deadline came while the circuit was not closed.
    CircuitOpen,
    /// The deadline came first.
    WaitedTooLong,
}

#[derive(Debug)]
pub(crate) struct Gate {
    clock: Arc<dyn Clock>,
    max_waiting: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    breaker: Breaker,
    lanes: BTreeMap<&'static str, Lane>,
    in_flight: usize,
    max_in_flight: usize,
    waiting: usize,
    next_seq: u64,
    leader: Option<Arc<Waiter>>,
    /// When the leader will look again; none when it waits for no time in particular.
    leader_wakes: Option<Duration>,
    last_error: Option<LastErrorSnapshot>,
}

impl Gate {
    pub(crate) fn new(service: &str, options: &Options, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            max_waiting: options.max_waiting,
            inner: Mutex::new(Inner {
                breaker: Breaker::new(options.breaker.clone(), clock.elapsed()),
                lanes: BTreeMap::new(),
                in_flight: 0,
                max_in_flight: options.bulkhead(service),
                waiting: 0,
                next_seq: 0,
                leader: None,
                leader_wakes: None,
                last_error: None,
            }),
            clock,
        })
    }

    /// Waits for this call's turn, no longer than `patience`.
    ///
    /// Dropping the future gives the place up, or the turn if it had come.
    pub(crate) async fn acquire(
        self: &Arc<Self>,
        operation: Operation,
        priority: Priority,
        patience: Duration,
    ) -> Result<Permit, Refusal> {
        let deadline = self.clock.elapsed().saturating_add(patience);
        let place = self.enqueue(operation, priority)?;
        loop {
            let wake = match place.look(deadline) {
                Look::Pass(permit) => return Ok(permit),
                Look::Refused(refusal) => return Err(refusal),
                Look::SleepUntil(wake) => wake,
            };
            let nap = wake.saturating_sub(self.clock.elapsed());
            tokio::select! {
                biased;
                () = place.waiter.notify.notified() => {}
                () = self.clock.sleep(nap) => {}
            }
        }
    }

    /// Counts a call that was let through as `more` calls than one: the next waits for them, too.
    pub(crate) fn owe(&self, operation: &'static str, more: usize) {
        if let Some(lane) = self.inner.lock().lanes.get_mut(operation) {
            lane.limiter.owe(more);
        }
    }

    /// Lowers an operation's rate for a throttle that came inside a successful answer.
    pub(crate) fn throttled(&self, operation: &'static str) {
        if let Some(lane) = self.inner.lock().lanes.get_mut(operation) {
            lane.throttled += 1;
            lane.limiter.throttled(None);
        }
    }

    /// What the pool `key` looks like right now.
    pub(crate) fn snapshot(&self, key: &PoolKey) -> PoolSnapshot {
        let inner = self.inner.lock();
        let in_state_for = self.clock.elapsed().saturating_sub(inner.breaker.since());
        let in_state_for = u64::try_from(in_state_for.as_millis()).unwrap_or(u64::MAX);
        PoolSnapshot {
            key: key.clone(),
            in_flight: inner.in_flight,
            max_in_flight: inner.max_in_flight,
            circuit: CircuitSnapshot {
                state: inner.breaker.state(),
                since_ms: self.clock.now_ms().saturating_sub(in_state_for),
                consecutive_failures: inner.breaker.consecutive_failures(),
            },
            operations: inner
                .lanes
                .iter()
                .map(|(name, lane)| lane.snapshot(name))
                .collect(),
            last_error: inner.last_error.clone(),
        }
    }

    fn enqueue(
        self: &Arc<Self>,
        operation: Operation,
        priority: Priority,
    ) -> Result<WaitingPlace, Refusal> {
        let mut inner = self.inner.lock();
        let level = priority.level();
        if inner.waiting >= self.max_waiting && !inner.displace_below(level) {
            return Err(Refusal::Busy);
        }
        let place = Place {
            level,
            seq: inner.next_seq,
        };
        inner.next_seq += 1;
        inner.waiting += 1;
        let waiter = Arc::new(Waiter::new(place, priority));
        inner
            .lanes
            .entry(operation.name)
            .or_insert_with(|| Lane::new(operation, Arc::clone(&self.clock)))
            .queue
            .insert(place, Arc::clone(&waiter));
        Ok(WaitingPlace {
            gate: Arc::clone(self),
            operation: operation.name,
            waiter,
        })
    }

    /// Ends a call that was let through, and lets through whoever can go now.
    fn settle(&self, operation: &'static str, ticket: Ticket, outcome: Outcome<'_>) {
        let now = self.clock.elapsed();
        let mut inner = self.inner.lock();
        inner.breaker.settle(ticket, outcome.health(), now);
        if let Some(lane) = inner.lanes.get_mut(operation) {
            let freed = usize::from(lane.takes_slot);
            match outcome {
                Outcome::Succeeded => {
                    lane.succeeded += 1;
                    lane.limiter.succeeded();
                }
                Outcome::Failed { error, .. } => {
                    *lane.errors.entry(error.class).or_default() += 1;
                    if error.class == ErrorClass::Throttle {
                        lane.throttled += 1;
                        lane.limiter.throttled(error.retry_after);
                    }
                }
                Outcome::Abandoned => {}
            }
            inner.in_flight = inner.in_flight.saturating_sub(freed);
        }
        if let Outcome::Failed { error, .. } = outcome {
            inner.last_error = Some(LastErrorSnapshot {
                error: error.clone(),
                at_ms: self.clock.now_ms(),
            });
        }
        let wake = inner.pump(now);
        inner.tell_leader(wake);
    }
}

impl Inner {
    /// Lets through everybody who can go, best first. Returns when time alone
    /// can let the next one through.
    fn pump(&mut self, now: Duration) -> Option<Duration> {
        for lane in self.lanes.values_mut() {
            lane.blocked = false;
        }
        let mut wake: Option<Duration> = None;
        while self.waiting > 0 {
            match self.breaker.passage(now) {
                Passage::Free => {}
                Passage::NotBefore(at) => return Some(at),
                Passage::ProbesOut => return None,
            }
            let slots_left = self.in_flight < self.max_in_flight;
            let best = self
                .lanes
                .values_mut()
                .filter(|lane| !lane.blocked && (slots_left || !lane.takes_slot))
                .filter_map(|lane| lane.queue.keys().next().copied().map(|place| (place, lane)))
                .min_by_key(|(place, _)| *place);
            let Some((place, lane)) = best else { break };
            match lane.limiter.try_take() {
                Err(at) => {
                    lane.blocked = true;
                    wake = Some(wake.map_or(at, |earlier| earlier.min(at)));
                }
                Ok(()) => {
                    lane.calls += 1;
                    self.in_flight += usize::from(lane.takes_slot);
                    self.waiting -= 1;
                    if let Some(waiter) = lane.queue.remove(&place) {
                        *waiter.verdict.lock() = Verdict::Passed(self.breaker.admit());
                        waiter.notify.notify_one();
                    }
                }
            }
        }
        wake
    }

    /// Wakes the leader if it must look earlier than it plans to.
    fn tell_leader(&self, wake: Option<Duration>) {
        if let (Some(leader), Some(wake)) = (&self.leader, wake)
            && self.leader_wakes.is_none_or(|planned| wake < planned)
        {
            leader.notify.notify_one();
        }
    }

    /// Makes room by sending the last of a lower level away; false if there is none.
    fn displace_below(&mut self, level: u8) -> bool {
        let last = self
            .lanes
            .values_mut()
            .filter_map(|lane| {
                lane.queue
                    .keys()
                    .next_back()
                    .copied()
                    .map(|place| (place, lane))
            })
            .max_by_key(|(place, _)| *place)
            .filter(|(place, _)| place.level > level);
        let Some((place, lane)) = last else {
            return false;
        };
        if let Some(waiter) = lane.queue.remove(&place) {
            *waiter.verdict.lock() = Verdict::Displaced;
            waiter.notify.notify_one();
        }
        self.waiting -= 1;
        true
    }

    fn is_leader(&self, waiter: &Arc<Waiter>) -> bool {
        self.leader
            .as_ref()
            .is_some_and(|leader| Arc::ptr_eq(leader, waiter))
    }
}

/// A place in the queue, given up when dropped.
#[derive(Debug)]
struct WaitingPlace {
    gate: Arc<Gate>,
    operation: &'static str,
    waiter: Arc<Waiter>,
}

enum Look {
    Pass(Permit),
    Refused(Refusal),
    SleepUntil(Duration),
}

impl WaitingPlace {
    /// Pumps and says how this call stands.
    fn look(&self, deadline: Duration) -> Look {
        let now = self.gate.clock.elapsed();
        let mut inner = self.gate.inner.lock();
        let wake = inner.pump(now);
        {
            let mut verdict = self.waiter.verdict.lock();
            match *verdict {
                Verdict::Passed(ticket) => {
                    *verdict = Verdict::Taken;
                    return Look::Pass(Permit {
                        gate: Arc::clone(&self.gate),
                        operation: self.operation,
                        ticket: Some(ticket),
                    });
                }
                Verdict::Displaced | Verdict::Taken => return Look::Refused(Refusal::Busy),
                Verdict::Waits => {}
            }
        }
        if now >= deadline {
            return Look::Refused(match inner.breaker.state() {
                CircuitState::Closed => Refusal::WaitedTooLong,
                _ => Refusal::CircuitOpen,
            });
        }
        let nap = deadline.min(now.saturating_add(LOOK_EVERY));
        let leads = inner.is_leader(&self.waiter);
        let overdue = inner.leader_wakes.is_none_or(|planned| planned < now);
        if !leads && !overdue {
            inner.tell_leader(wake);
            return Look::SleepUntil(nap);
        }
        if !leads {
            inner.leader = Some(Arc::clone(&self.waiter));
        }
        inner.leader_wakes = wake;
        Look::SleepUntil(wake.map_or(nap, |wake| wake.min(nap)))
    }
}

impl Drop for WaitingPlace {
    fn drop(&mut self) {
        let mut inner = self.gate.inner.lock();
        let left_queue = inner
            .lanes
            .get_mut(self.operation)
            .is_some_and(|lane| lane.queue.remove(&self.waiter.place).is_some());
        if left_queue {
            inner.waiting -= 1;
        }
        if inner.is_leader(&self.waiter) {
            inner.leader = inner
                .lanes
                .values()
                .find_map(|lane| lane.queue.values().next())
                .cloned();
            inner.leader_wakes = None;
            if let Some(leader) = &inner.leader {
                leader.notify.notify_one();
            }
        }
        drop(inner);
        // Let through, and gone before it noticed: the turn goes back.
        let verdict = std::mem::replace(&mut *self.waiter.verdict.lock(), Verdict::Taken);
        if let Verdict::Passed(ticket) = verdict {
            self.gate.settle(self.operation, ticket, Outcome::Abandoned);
        }
    }
}

/// How a call that was let through ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Outcome<'a> {
    Succeeded,
    Failed {
        error: &'a AwsError,
        /// Whether the error speaks of the destination's health.
        unhealthy: bool,
    },
    Abandoned,
}

impl Outcome<'_> {
    fn health(&self) -> Health {
        match self {
            Self::Succeeded => Health::Alive,
            Self::Failed { unhealthy, .. } => {
                if *unhealthy {
                    Health::Failing
                } else {
                    Health::Alive
                }
            }
            Self::Abandoned => Health::Unknown,
        }
    }
}

/// A turn. Dropped without [`Permit::settle`], the call counts as abandoned.
#[derive(Debug)]
pub(crate) struct Permit {
    gate: Arc<Gate>,
    operation: &'static str,
    ticket: Option<Ticket>,
}

impl Permit {
    pub(crate) fn settle(mut self, outcome: Outcome<'_>) {
        if let Some(ticket) = self.ticket.take() {
            self.gate.settle(self.operation, ticket, outcome);
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.gate.settle(self.operation, ticket, Outcome::Abandoned);
        }
    }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
