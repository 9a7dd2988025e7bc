//! Drives a pure core by hand: no runtime, no journal, no time but the test's.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use datamesh_actor::{Ctx, Decision, Entity, Failure, Named, Rejection};
use datamesh_journal::ViewChange;
use serde_json::Value;

use crate::mesh_event::EVENTS;

/// One entity, its effects that are not settled, and its rows in the lists.
pub(crate) struct Core<E: Entity> {
    pub(crate) id: String,
    pub(crate) state: E::State,
    pub(crate) seq: u64,
    pub(crate) now_ms: i64,
    pub(crate) pending: Vec<E::Effect>,
    pub(crate) rows: BTreeMap<(String, String), Value>,
    pub(crate) happened: Vec<&'static str>,
    pub(crate) timers: BTreeMap<String, i64>,
    told: Vec<(String, Value)>,
}

impl<E: Entity> Core<E> {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            state: E::State::default(),
            seq: 0,
            now_ms: 1_768_422_600_000,
            pending: Vec::new(),
            rows: BTreeMap::new(),
            happened: Vec::new(),
            timers: BTreeMap::new(),
            told: Vec::new(),
        }
    }

    /// Sends a command as `ann@example.com`.
    pub(crate) fn tell(&mut self, command: E::Command) -> Result<E::Reply, Rejection> {
        let decision = E::decide(&self.state, command, &mut self.ctx())?;
        self.absorb(decision);
        Ok(self.reply())
    }

    /// Ends the first pending effect of this name.
    #[track_caller]
    pub(crate) fn settle(&mut self, name: &str, result: Result<E::Outcome, Failure>) {
        let at = self
            .pending
            .iter()
            .position(|effect| effect.name() == name)
            .unwrap_or_else(|| panic!("{name} is not pending, but {:?}", self.names()));
        self.settle_at(at, result);
    }

    /// Ends a pending effect.
    pub(crate) fn settle_at(&mut self, at: usize, result: Result<E::Outcome, Failure>) {
        let effect = self.pending.remove(at);
        let decision = E::settle(&self.state, &effect, result, &mut self.ctx());
        self.absorb(decision);
    }

    /// Lets a timer fire, set or not.
    pub(crate) fn timer(&mut self, name: &str) {
        self.timers.remove(name);
        let decision = E::timer(&self.state, name, &mut self.ctx());
        self.absorb(decision);
    }

    pub(crate) fn reply(&self) -> E::Reply {
        E::reply(&self.id, &self.state)
    }

    /// The names of the pending effects, in the order they were asked for.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        self.pending.iter().map(Named::name).collect()
    }

    /// What was put on the bus so far, by type, with its detail; empties the list.
    pub(crate) fn told(&mut self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.told)
    }

    fn ctx(&self) -> Ctx {
        Ctx::new(
            self.id.clone(),
            self.seq + 1,
            self.now_ms,
            Some("ann@example.com".to_owned()),
            7,
        )
    }

    /// Takes a decision the way the runtime does: everything goes through its JSON.
    fn absorb(&mut self, decision: Decision<E>) {
        if decision.is_none() {
            return;
        }
        self.seq += 1;
        for (name, due_ms) in decision.timers() {
            match due_ms {
                Some(due_ms) => self.timers.insert(name.to_owned(), due_ms),
                None => self.timers.remove(name),
            };
        }
        for event in decision.events() {
            let json = serde_json::to_string(event).unwrap();
            let event: E::Event = serde_json::from_str(&json).unwrap();
            self.happened.push(event.name());
            E::apply(&mut self.state, &event);
        }
        let json = serde_json::to_string(&self.state).unwrap();
        self.state = serde_json::from_str(&json).unwrap();
        for effect in decision.effects() {
            let json = serde_json::to_value(effect).unwrap();
            if let Some(event) = json.get("PutEvent") {
                let kind = event["detailType"].as_str().unwrap().to_owned();
                self.told.push((kind, event["detail"].clone()));
            }
            self.pending.push(serde_json::from_value(json).unwrap());
        }
        // The list of events is the world's, not the entity's.
        let shown = decision.views().iter().filter(
            |change| !matches!(change, ViewChange::Put { collection, .. } if collection == EVENTS),
        );
        let shown = shown.cloned();
        for change in shown.chain(E::views(&self.id, &self.state)) {
            match change {
                // The list of events is not kept: `told` has them.
                ViewChange::Put { collection, .. } if collection == EVENTS => {}
                ViewChange::Put {
                    collection,
                    key,
                    doc,
                    ..
                } => {
                    let doc = serde_json::from_str(doc.get()).unwrap();
                    self.rows.insert((collection, key), doc);
                }
                ViewChange::Delete { collection, key } => {
                    self.rows.remove(&(collection, key));
                }
            }
        }
    }
}

/// A failure with this code.
pub(crate) fn failure(code: &str) -> Failure {
    Failure {
        code: code.to_owned(),
        message: format!("{code} happened"),
    }
}

/// The world outside of one entity, as far as its effects change it.
pub(crate) trait Outside<E: Entity>: Default {
    /// The code of the failure that is all that is left of a lost answer.
    const LOST: &'static str = "AccessDeniedException";

    /// Does the deed.
    fn perform(&mut self, effect: &E::Effect) -> E::Outcome;
}

/// How an effect ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The deed is done.
    Done,
    /// Nothing is done.
    Refused,
    /// The deed is done, and its answer is an error.
    DoneAndLost,
}

/// An entity in its world, with both driven by a test.
pub(crate) struct Drama<E: Entity, O> {
    pub(crate) core: Core<E>,
    pub(crate) outside: O,
}

impl<E: Entity, O: Outside<E>> Drama<E, O> {
    pub(crate) fn new(id: &str) -> Self {
        Self {
            core: Core::new(id),
            outside: O::default(),
        }
    }

    /// Ends one of the pending effects, if there is any.
    pub(crate) fn end(&mut self, which: usize, end: End) {
        if self.core.pending.is_empty() {
            return;
        }
        let at = which % self.core.pending.len();
        let effect = self.core.pending[at].clone();
        let result = match end {
            End::Done => Ok(self.outside.perform(&effect)),
            End::Refused => Err(failure("AccessDeniedException")),
            End::DoneAndLost => {
                self.outside.perform(&effect);
                Err(failure(O::LOST))
            }
        };
        self.core.settle_at(at, result);
        self.core.now_ms += 1_000;
    }

    /// Lets every effect succeed and the timer fire, if it is set, until nothing is left to do.
    pub(crate) fn finish(&mut self, timer: &str) {
        for _ in 0..200 {
            if self.core.pending.is_empty() {
                if !self.core.timers.contains_key(timer) {
                    return;
                }
                self.core.now_ms += 60_000;
                self.core.timer(timer);
            }
            self.end(0, End::Done);
        }
        panic!("no end in sight: {:?}", self.core.names());
    }

    /// How many effects are pending that are not events on their way to the bus.
    pub(crate) fn steps(&self) -> usize {
        let names = self.core.names();
        names.iter().filter(|name| **name != "PutEvent").count()
    }
}
