//! Events that are put at the same time go in one `PutEvents`.
//!
//! An event joins the open batch of its bus, caller's place and priority, or opens one. A batch goes
//! at once when no call for the same bus is under way, or when it is full; else it gathers until
//! that call ends, for [`GATHER_AT_MOST`] at the longest, so that a call that hangs holds nobody up.
//! Until the pool lets the batch through it stays open: what a limit or an open circuit holds back
//! fills up meanwhile.
//!
//! **Who drives a batch.** There is no background task. A batch's call is one future that all its
//! members share: each polls it, so any of them may be dropped, and the others go on. A member that is
//! dropped before the batch is sealed takes its event out; when the last is dropped, so is the call.
//!
//! **What goes wrong.** An entry that AWS did not take fails alone. A call that fails, times out or
//! never gets its turn fails for all its members alike, with the same class and the same
//! `may_have_happened`. Only what AWS refused for good, with nothing done, may be the fault of a
//! single entry: then each event is put once more, alone, and answers for itself.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared, WeakShared};
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::Events;
use super::put::{EntryError, Event, MAX_BYTES, MAX_ENTRIES};
use crate::aws::{Aws, CallCx};
use crate::classify::Failure;
use crate::error::{AwsError, ErrorClass};

/// The longest that a batch waits for the call before it to end.
const GATHER_AT_MOST: Duration = Duration::from_millis(100);

/// How one entry ended.
type Told = Result<String, EntryError>;
type Flight = Shared<BoxFuture<'static, Arc<Answer>>>;
type WeakFlight = WeakShared<BoxFuture<'static, Arc<Answer>>>;
/// Where, as whom and how urgently to call, and which bus: one that refuses does not fail another's.
type Key = (CallCx, String);

/// How a batch ended, for all its members.
#[derive(Debug)]
enum Answer {
    /// The call succeeded: by place in the batch. None where nobody was.
    Told(Vec<Option<Told>>),
    /// The call, of so many entries, failed.
    Failed { error: AwsError, entries: usize },
}

/// The batches of one handle. Bounded by who puts: everybody in here waits for its own event.
#[derive(Debug, Default)]
pub(crate) struct Gathering {
    lanes: Mutex<HashMap<Key, Lane>>,
}

/// The batches for one key.
#[derive(Debug, Default)]
struct Lane {
    /// Sealed, and not answered yet.
    in_flight: usize,
    open: Option<(Arc<Batch>, WeakFlight)>,
}

#[derive(Debug)]
struct Batch {
    entries: Mutex<Entries>,
    /// Rings when the batch need not gather any longer.
    go: Notify,
}

#[derive(Debug, Default)]
struct Entries {
    /// None where a member left.
    events: Vec<Option<Event>>,
    bytes: usize,
    /// Nobody joins any more: an event came that did not fit.
    is_full: bool,
    /// The events are taken: what leaves now changes nothing.
    is_sealed: bool,
}

impl Entries {
    /// Takes the event in; its place, or none when it does not fit. The first always fits: if it is too
    /// large it is AWS that says so.
    fn add(&mut self, event: &Event) -> Option<usize> {
        let count = self.count();
        let bytes = self.bytes + event.size();
        if self.is_sealed || self.is_full {
            return None;
        }
        if count > 0 && (count == MAX_ENTRIES || bytes > MAX_BYTES) {
            self.is_full = true;
            return None;
        }
        self.bytes = bytes;
        let place = self.events.iter().position(Option::is_none);
        let place = place.unwrap_or_else(|| {
            self.events.push(None);
            self.events.len() - 1
        });
        if let Some(free) = self.events.get_mut(place) {
            *free = Some(event.clone());
        }
        self.is_full = count + 1 == MAX_ENTRIES || bytes >= MAX_BYTES;
        Some(place)
    }

    fn count(&self) -> usize {
        self.events.iter().flatten().count()
    }
}

impl Batch {
    fn is_full(&self) -> bool {
        self.entries.lock().is_full
    }

    fn leave(&self, place: usize) {
        let mut entries = self.entries.lock();
        if entries.is_sealed {
            return;
        }
        if let Some(event) = entries.events.get_mut(place).and_then(Option::take) {
            entries.bytes -= event.size();
        }
    }
}

/// One event's place in a batch, given up when dropped.
#[derive(Debug)]
struct Member {
    batch: Arc<Batch>,
    place: usize,
    flight: Flight,
}

impl Drop for Member {
    fn drop(&mut self) {
        self.batch.leave(self.place);
    }
}

impl Gathering {
    fn join(self: &Arc<Self>, aws: &Aws, cx: &CallCx, event: &Event) -> Member {
        // Outlives the lock: whoever drops the last share of a call takes the lock.
        let mut _not_joined = None;
        let key = (cx.clone(), event.bus.clone());
        let mut lanes = self.lanes.lock();
        let lane = lanes.entry(key.clone()).or_default();
        if let Some((batch, flight)) = &lane.open
            && let Some(flight) = flight.upgrade()
        {
            let mut entries = batch.entries.lock();
            let place = entries.add(event);
            let is_full = entries.is_full;
            drop(entries);
            let batch = Arc::clone(batch);
            if is_full {
                batch.go.notify_one();
                lane.open = None;
            }
            if let Some(place) = place {
                return Member {
                    batch,
                    place,
                    flight,
                };
            }
            _not_joined = Some(flight);
        }
        let mut entries = Entries::default();
        let place = entries.add(event).unwrap_or_default();
        let is_full = entries.is_full;
        let batch = Arc::new(Batch {
            entries: Mutex::new(entries),
            go: Notify::new(),
        });
        let flying = Flying {
            gathering: Arc::clone(self),
            key,
            batch: Arc::clone(&batch),
            is_sealed: false,
        };
        let flight = fly(aws.clone(), flying).boxed().shared();
        if !is_full {
            lane.open = flight.downgrade().map(|weak| (Arc::clone(&batch), weak));
        }
        Member {
            batch,
            place,
            flight,
        }
    }
}

/// A batch on its way. Dropped in the middle, also, it makes way for the next.
#[derive(Debug)]
struct Flying {
    gathering: Arc<Gathering>,
    key: Key,
    batch: Arc<Batch>,
    is_sealed: bool,
}

impl Flying {
    /// Whether the batch has nothing to wait for.
    fn may_go(&self) -> bool {
        let lanes = self.gathering.lanes.lock();
        lanes.get(&self.key).is_none_or(|lane| lane.in_flight == 0) || self.batch.is_full()
    }

    /// Nobody joins or leaves from here on.
    fn seal(&mut self) -> Vec<Option<Event>> {
        let mut lanes = self.gathering.lanes.lock();
        let lane = lanes.entry(self.key.clone()).or_default();
        lane.in_flight += 1;
        lane.close(&self.batch);
        self.is_sealed = true;
        let mut entries = self.batch.entries.lock();
        entries.is_sealed = true;
        std::mem::take(&mut entries.events)
    }
}

impl Lane {
    fn close(&mut self, batch: &Arc<Batch>) {
        if let Some((open, _)) = &self.open
            && Arc::ptr_eq(open, batch)
        {
            self.open = None;
        }
    }
}

impl Drop for Flying {
    fn drop(&mut self) {
        let mut lanes = self.gathering.lanes.lock();
        let Entry::Occupied(mut entry) = lanes.entry(self.key.clone()) else {
            return;
        };
        let lane = entry.get_mut();
        lane.close(&self.batch);
        lane.in_flight -= usize::from(self.is_sealed);
        if lane.in_flight > 0 {
            return;
        }
        match lane.open.as_ref().map(|(next, _)| Arc::clone(next)) {
            Some(next) => next.go.notify_one(),
            None => drop(entry.remove()),
        }
    }
}

/// Gathers, waits for its turn, and makes the one call.
async fn fly(aws: Aws, mut flying: Flying) -> Arc<Answer> {
    let clock = Arc::clone(aws.clock());
    let until = clock.elapsed().saturating_add(GATHER_AT_MOST);
    while !flying.may_go() {
        let left = until.saturating_sub(clock.elapsed());
        if left.is_zero() {
            break;
        }
        tokio::select! {
            biased;
            () = flying.batch.go.notified() => {}
            () = clock.sleep(left) => {}
        }
    }
    let cx = flying.key.0.clone();
    let mut present = Vec::new();
    let put = aws
        .events(&cx)
        .put_when_let_through(|| {
            let events = flying.seal();
            present = events.iter().map(Option::is_some).collect();
            events.into_iter().flatten().collect()
        })
        .await;
    let entries = present.iter().filter(|present| **present).count();
    Arc::new(match put {
        Ok(told) => {
            let mut told = told.into_iter();
            let by_place = present
                .into_iter()
                .map(|present| present.then(|| told.next()).flatten());
            Answer::Told(by_place.collect())
        }
        Err(error) => Answer::Failed { error, entries },
    })
}

impl Events<'_> {
    /// Puts one event, in a call with others that are put at the same time to the same bus, from the same
    /// place and with the same priority and deadline: its event id, or why it was not taken.
    ///
    /// Fails as [`Events::put_events`] does, for all events of the call alike. What joined a call that
    /// waits for its turn already may be told `WaitedTooLong` before its own deadline. Dropped before the call
    /// is sent, the event is not put.
    pub async fn put_event(&self, event: Event) -> Result<Result<String, EntryError>, AwsError> {
        let (aws, cx) = (self.0.aws(), self.0.cx());
        let mut member = aws.gathering().join(aws, cx, &event);
        let answer = (&mut member.flight).await;
        match &*answer {
            Answer::Told(told) => told.get(member.place).cloned().flatten().ok_or_else(|| {
                Failure::unreadable("no result for the entry").into_error("events", "PutEvents")
            }),
            Answer::Failed { error, entries } if *entries > 1 && is_for_good(error) => {
                let alone = self.put_events(vec![event]).await?.into_iter().next();
                alone.ok_or_else(|| {
                    Failure::unreadable("no result for the entry").into_error("events", "PutEvents")
                })
            }
            Answer::Failed { error, .. } => Err(error.clone()),
        }
    }
}

/// Whether the call was refused, did nothing, and would be refused again.
fn is_for_good(error: &AwsError) -> bool {
    !error.may_have_happened && !matches!(error.class, ErrorClass::Throttle | ErrorClass::Transient)
}

#[cfg(test)]
#[path = "gather_tests.rs"]
mod tests;
