//! The messages of a queue in the store, and the lists that tell which of them can be received.
//!
//! A message is in one of three states. **Ready** messages can be received; **delayed** ones were
//! never received and wait for their time; those **in flight** were received and are hidden for now.
//! The last two have a list by the time at which they become ready, which [`Backlog::settle`] works
//! off. How many messages are in each state is kept beside, so that nobody counts a million.
//!
//! Ready messages of a standard queue are listed by when they became ready. Of a FIFO queue only
//! those are listed that are the first of their group: a group whose first message is hidden is
//! locked, however many ready messages stand behind it.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::message::{Key, Message};
use super::queue::Queue;
use super::window;
use crate::error::ServiceError;
use crate::store::{Scope, Tx};

const MESSAGES: &str = "sqs.backlog";
const READY: &str = "sqs.ready";
const DELAYED: &str = "sqs.delayed";
const IN_FLIGHT: &str = "sqs.in-flight";
const GROUPS: &str = "sqs.groups";
const COUNTS: &str = "sqs.counts";

/// The most messages that become ready, or expire, in one request: what is left comes next time.
const LARGEST_STEP: usize = 10_000;
const PAGE: usize = 100;

/// A queue's messages, at one moment of the cloud's clock.
#[derive(Clone, Copy)]
pub(super) struct Backlog<'a> {
    pub(super) queue: &'a Queue,
    pub(super) scope: &'a Scope,
    pub(super) tx: &'a Tx<'a>,
    pub(super) now_ms: i64,
}

/// A message in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Line {
    #[serde(flatten)]
    pub(super) key: Key,
    pub(super) visible_ms: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<String>,
}

/// How many messages are in each state, and what the next one is to know.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
struct Tally {
    ready: u64,
    delayed: u64,
    in_flight: u64,
    next_order: u64,
    /// No message of the queue was sent before.
    oldest_ms: Option<i64>,
}

/// How many messages can be received, are delayed, and were received and not deleted.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) ready: u64,
    pub(super) delayed: u64,
    pub(super) in_flight: u64,
}

impl Backlog<'_> {
    fn prefix(&self) -> String {
        format!("{}/", self.queue.name)
    }

    fn message_key(&self, key: Key) -> String {
        format!("{}/{:016}/{:016}", self.queue.name, key.sent_ms, key.order)
    }

    fn timed_key(&self, line: &Line) -> String {
        format!(
            "{}/{:016}/{:016}",
            self.queue.name, line.visible_ms, line.key.order
        )
    }

    fn group_prefix(&self, group: &str) -> String {
        let group = utf8_percent_encode(group, NON_ALPHANUMERIC);
        format!("{}/{group}/", self.queue.name)
    }

    fn group_key(&self, line: &Line) -> String {
        let group = line.group.as_deref().unwrap_or_default();
        format!("{}{:016}", self.group_prefix(group), line.key.order)
    }

    fn ready_key(&self, line: &Line) -> String {
        if self.queue.is_fifo() {
            format!("{}/{:016}", self.queue.name, line.key.order)
        } else {
            self.timed_key(line)
        }
    }

    fn line(&self, message: &Message) -> Line {
        Line {
            key: message.key(),
            visible_ms: message.visible_ms,
            group: self.queue.is_fifo().then(|| message.group().to_owned()),
        }
    }

    fn tally<T>(&self, change: impl FnOnce(&mut Tally) -> T) -> Result<T, ServiceError> {
        let mut tally: Tally = self
            .tx
            .get(self.scope, COUNTS, &self.queue.name)?
            .unwrap_or_default();
        let value = change(&mut tally);
        self.tx.put(self.scope, COUNTS, &self.queue.name, &tally)?;
        Ok(value)
    }

    /// Puts a message in, behind all others, and wakes the queue's long polls once this is
    /// committed.
    pub(super) fn add(&self, mut message: Message) -> Result<Message, ServiceError> {
        message.order = self.tally(|tally| {
            let oldest_ms = tally.oldest_ms.unwrap_or(i64::MAX);
            tally.oldest_ms = Some(oldest_ms.min(message.sent_ms));
            tally.next_order += 1;
            tally.next_order
        })?;
        self.save(&message)?;
        self.enlist(&message)?;
        self.tx.notify(self.queue.topic());
        Ok(message)
    }

    /// Writes a changed message whose place is the same.
    fn save(&self, message: &Message) -> Result<(), ServiceError> {
        let key = self.message_key(message.key());
        self.tx.put(self.scope, MESSAGES, &key, message)
    }

    pub(super) fn load(&self, key: Key) -> Result<Option<Message>, ServiceError> {
        self.tx.get(self.scope, MESSAGES, &self.message_key(key))
    }

    /// Writes a changed message, hidden until `visible_ms`.
    pub(super) fn hide(&self, message: &mut Message, visible_ms: i64) -> Result<(), ServiceError> {
        self.delist(message)?;
        message.visible_ms = visible_ms;
        self.save(message)?;
        self.enlist(message)
    }

    pub(super) fn remove(&self, message: &Message) -> Result<(), ServiceError> {
        self.delist(message)?;
        if self.queue.is_fifo() {
            let key = self.group_key(&self.line(message));
            self.tx.delete(self.scope, GROUPS, &key)?;
            self.list_first_of(message.group())?;
        }
        let key = self.message_key(message.key());
        self.tx.delete(self.scope, MESSAGES, &key)?;
        Ok(())
    }

    fn enlist(&self, message: &Message) -> Result<(), ServiceError> {
        let line = self.line(message);
        let hidden = message.visible_ms > self.now_ms;
        let received = message.receipt.is_some();
        self.tally(|tally| match (hidden, received) {
            (false, _) => tally.ready += 1,
            (true, true) => tally.in_flight += 1,
            (true, false) => tally.delayed += 1,
        })?;
        if hidden {
            let list = if received { IN_FLIGHT } else { DELAYED };
            self.tx
                .put(self.scope, list, &self.timed_key(&line), &line)?;
        } else if !self.queue.is_fifo() {
            self.tx
                .put(self.scope, READY, &self.ready_key(&line), &line)?;
        }
        if self.queue.is_fifo() {
            self.tx
                .put(self.scope, GROUPS, &self.group_key(&line), &line)?;
            self.list_first_of(message.group())?;
        }
        Ok(())
    }

    fn delist(&self, message: &Message) -> Result<(), ServiceError> {
        let line = self.line(message);
        let timed = self.timed_key(&line);
        let was_in_flight = self.tx.delete(self.scope, IN_FLIGHT, &timed)?;
        let was_delayed = !was_in_flight && self.tx.delete(self.scope, DELAYED, &timed)?;
        self.tx.delete(self.scope, READY, &self.ready_key(&line))?;
        self.tally(|tally| {
            let count = match (was_in_flight, was_delayed) {
                (true, _) => &mut tally.in_flight,
                (_, true) => &mut tally.delayed,
                _ => &mut tally.ready,
            };
            *count = count.saturating_sub(1);
        })
    }

    /// Lists the first message of a group if it can be received.
    fn list_first_of(&self, group: &str) -> Result<(), ServiceError> {
        let first = self.of_group(group, None, 1)?;
        match first.first() {
            Some((_, line)) if line.visible_ms <= self.now_ms => {
                self.tx.put(self.scope, READY, &self.ready_key(line), line)
            }
            _ => Ok(()),
        }
    }

    /// Messages of a group in their order, behind `after`.
    pub(super) fn of_group(
        &self,
        group: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Line)>, ServiceError> {
        let prefix = self.group_prefix(group);
        self.tx.scan(self.scope, GROUPS, &prefix, after, limit)
    }

    /// Messages that can be received, or of a FIFO queue the first of each group, behind `after`.
    pub(super) fn ready(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Line)>, ServiceError> {
        let prefix = self.prefix();
        self.tx.scan(self.scope, READY, &prefix, after, limit)
    }

    /// When the next hidden message becomes ready.
    pub(super) fn next_ready_ms(&self) -> Result<Option<i64>, ServiceError> {
        let mut next: Option<i64> = None;
        for list in [DELAYED, IN_FLIGHT] {
            let prefix = self.prefix();
            let first: Vec<(String, Line)> = self.tx.scan(self.scope, list, &prefix, None, 1)?;
            let times = next.into_iter();
            next = times
                .chain(first.first().map(|(_, line)| line.visible_ms))
                .min();
        }
        Ok(next)
    }

    /// Makes ready whose time has come, and drops what is older than the queue keeps messages.
    pub(super) fn settle(&self) -> Result<(), ServiceError> {
        self.expire()?;
        for list in [DELAYED, IN_FLIGHT] {
            let mut moved = 0;
            while moved < LARGEST_STEP {
                let prefix = self.prefix();
                let due: Vec<(String, Line)> =
                    self.tx.scan(self.scope, list, &prefix, None, PAGE)?;
                let due: Vec<_> = due
                    .into_iter()
                    .take_while(|(_, line)| line.visible_ms <= self.now_ms)
                    .collect();
                for (key, line) in &due {
                    self.tx.delete(self.scope, list, key)?;
                    match &line.group {
                        Some(group) => self.list_first_of(group)?,
                        None => self
                            .tx
                            .put(self.scope, READY, &self.ready_key(line), line)?,
                    }
                }
                let count = due.len() as u64;
                if count > 0 {
                    self.tally(|tally| {
                        let from = if list == DELAYED {
                            &mut tally.delayed
                        } else {
                            &mut tally.in_flight
                        };
                        *from = from.saturating_sub(count);
                        tally.ready += count;
                    })?;
                }
                moved += due.len();
                if due.len() < PAGE {
                    break;
                }
            }
        }
        Ok(())
    }

    fn expire(&self) -> Result<(), ServiceError> {
        let tally: Option<Tally> = self.tx.get(self.scope, COUNTS, &self.queue.name)?;
        let Some(oldest_ms) = tally.and_then(|tally| tally.oldest_ms) else {
            return Ok(());
        };
        if !self.is_expired(oldest_ms) {
            return Ok(());
        }
        let mut dropped = 0;
        let oldest_ms = loop {
            let prefix = self.prefix();
            let first: Vec<(String, Message)> =
                self.tx.scan(self.scope, MESSAGES, &prefix, None, 1)?;
            match first.first() {
                Some((_, message))
                    if dropped < LARGEST_STEP && self.is_expired(message.sent_ms) =>
                {
                    self.remove(message)?;
                    dropped += 1;
                }
                Some((_, message)) => break Some(message.sent_ms),
                None => break None,
            }
        };
        self.tally(|tally| tally.oldest_ms = oldest_ms)
    }

    fn is_expired(&self, sent_ms: i64) -> bool {
        sent_ms + i64::from(self.queue.settings.retention) * 1_000 <= self.now_ms
    }

    /// How many messages were received and are hidden, of a settled backlog.
    pub(super) fn in_flight(&self) -> Result<u64, ServiceError> {
        let tally: Option<Tally> = self.tx.get(self.scope, COUNTS, &self.queue.name)?;
        Ok(tally.unwrap_or_default().in_flight)
    }

    /// How many messages are in each state. Of messages whose time has come and that are not made
    /// ready yet, too.
    pub(super) fn counts(&self) -> Result<Counts, ServiceError> {
        self.expire()?;
        let tally: Tally = self
            .tx
            .get(self.scope, COUNTS, &self.queue.name)?
            .unwrap_or_default();
        let behind = format!("{}/{:016}/~", self.queue.name, self.now_ms);
        let due = |list| self.tx.count(self.scope, list, &self.prefix(), &behind);
        let (delayed, in_flight) = (due(DELAYED)?, due(IN_FLIGHT)?);
        Ok(Counts {
            ready: tally.ready + delayed + in_flight,
            delayed: tally.delayed.saturating_sub(delayed),
            in_flight: tally.in_flight.saturating_sub(in_flight),
        })
    }

    /// Drops every message, and what is remembered of those that were sent and received lately.
    pub(super) fn clear(&self) -> Result<(), ServiceError> {
        for collection in [MESSAGES, READY, DELAYED, IN_FLIGHT, GROUPS] {
            self.tx
                .delete_prefix(self.scope, collection, &self.prefix())?;
        }
        window::forget_all(self)?;
        self.tally(|tally| {
            *tally = Tally {
                next_order: tally.next_order,
                ..Tally::default()
            };
        })
    }

    /// Drops everything of a queue that is deleted.
    pub(super) fn drop_all(&self) -> Result<(), ServiceError> {
        self.clear()?;
        self.tx.delete(self.scope, COUNTS, &self.queue.name)?;
        Ok(())
    }
}
