//! A gate before a queue: it has so many places, who comes in takes one and gives it back when it is
//! answered, and who finds none is told at once when to come again.
//!
//! **Shares.** A tenant may have what no other wants, but for the last eighth of the places. What the others want
//! is known from what they held, or were refused, within the last seconds (`share.rs`). Beyond that:
//! - while more than the last sixteenth is free, who holds less than their share may take: `1 / (n + 1)` of all for
//!   each of `n` tenants. So what is given back goes to those who have little;
//! - a tenant may always hold as many places as are free (the dynamic threshold of Choudhury and Hahne, 1998). So
//!   whoever comes next finds room, however many hold their share already.
//!
//! One alone gets seven eighths. Nobody is pushed out: of many who come at once the last may find less than their
//! share until those before have got some answers.
//!
//! **The reserve.** Normal work fills the ordinary places only. High work (what takes access away) may
//! take the reserve too, and its shares are counted apart: who has used up the share of their normal work
//! can still revoke.
//!
//! **Why the counts are right.** All of them lie behind one lock, are changed together, and are changed
//! back by one [`Place`] when it is dropped, which happens once whatever becomes of its owner: answered,
//! panicked, or gone with its thread.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::Duration;

use datamesh_journal::EntityKey;
use parking_lot::Mutex;

use crate::ctx::Clock;
use crate::limit::Limit;
use crate::pace::Pace;
use crate::priority::{Priority, Tenant};
use crate::share::Shares;

/// How many places a gate has. Each number counts as at least one, but the reserve.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    /// For all work.
    pub ordinary: usize,
    /// Beside these, for high work only.
    pub reserve: usize,
    /// For normal work with one actor; high work with it gets half as much again.
    pub each: usize,
}

/// Nobody came in; nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Which limit refused.
    pub limit: Limit,
    /// When a try is likely to find a place: 50 ms to 5 s.
    pub retry_after: Duration,
}

/// What a gate looks like just now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Taken {
    /// Places that are taken.
    pub now: usize,
    /// The most that ever were.
    pub most: usize,
    /// How many were refused because of the actor's, the tenant's, the shard's limit.
    pub refused: [u64; 3],
}

/// A gate. Its places hold it: keep it in an `Arc`.
pub struct Gate {
    places: Places,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    taken: usize,
    most: usize,
    of_actors: HashMap<EntityKey, usize>,
    normal: Shares,
    high: Shares,
    refused: [u64; 3],
    pace: Pace,
}

/// One place, until it is dropped.
pub struct Place {
    gate: Arc<Gate>,
    priority: Priority,
    tenant: Option<Tenant>,
    actor: Option<EntityKey>,
    since_ms: i64,
}

impl Gate {
    /// A gate with all places free. `seed` spreads the hints of gates that are full at the same time.
    pub fn new(places: Places, clock: Arc<dyn Clock>, seed: u64) -> Arc<Self> {
        let places = Places {
            ordinary: places.ordinary.max(1),
            reserve: places.reserve,
            each: places.each.max(1),
        };
        let state = State {
            pace: Pace::new(seed),
            ..State::default()
        };
        Arc::new(Self {
            places,
            clock,
            state: Mutex::new(state),
        })
    }

    /// A place for work of this tenant with this actor.
    ///
    /// # Errors
    /// When there is none for them.
    pub fn enter(
        self: &Arc<Self>,
        priority: Priority,
        tenant: Tenant,
        actor: &EntityKey,
    ) -> Result<Place, Refused> {
        self.take(priority, Some(tenant), Some(actor))
    }

    /// A place for work with this actor, whoever wants it: nobody has a share.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn enter_for(self: &Arc<Self>, actor: &EntityKey) -> Result<Place, Refused> {
        self.take(Priority::Normal, None, Some(actor))
    }

    /// A place for somebody who has not said yet who it is: see [`Place::name`].
    ///
    /// # Errors
    /// When all places are taken.
    pub fn enter_unnamed(self: &Arc<Self>, priority: Priority) -> Result<Place, Refused> {
        self.take(priority, None, None)
    }

    /// What it looks like just now.
    pub fn taken(&self) -> Taken {
        let state = self.state.lock();
        Taken {
            now: state.taken,
            most: state.most,
            refused: state.refused,
        }
    }

    /// The most places that can be taken at once.
    pub fn capacity(&self) -> usize {
        self.open_to(Priority::High)
    }

    fn open_to(&self, priority: Priority) -> usize {
        match priority {
            Priority::Normal => self.places.ordinary,
            Priority::High => self.places.ordinary + self.places.reserve,
        }
    }

    /// The places that tenants share.
    fn shared(&self, priority: Priority) -> usize {
        match priority {
            Priority::Normal => self.places.ordinary,
            Priority::High => self.places.reserve,
        }
    }

    fn take(
        self: &Arc<Self>,
        priority: Priority,
        tenant: Option<Tenant>,
        actor: Option<&EntityKey>,
    ) -> Result<Place, Refused> {
        let now_ms = self.clock.now_ms();
        let mut state = self.state.lock();
        state.shares(priority).roll(now_ms);
        let all = self.shared(priority);
        let free = self.open_to(priority).saturating_sub(state.taken);
        let with_actor = actor.and_then(|actor| state.of_actors.get(actor));
        let with_actor = with_actor.copied().unwrap_or(0);
        let limit = if with_actor >= priority.of(self.places.each) {
            Some(Limit::Actor)
        } else if free == 0 {
            Some(Limit::Shard)
        } else if tenant
            .as_ref()
            .is_some_and(|tenant| !state.shares(priority).has_room(tenant, all, free))
        {
            Some(Limit::Tenant)
        } else {
            None
        };
        if let Some(limit) = limit {
            if let Some(tenant) = &tenant
                && limit != Limit::Actor
            {
                state.shares(priority).refuse(tenant, all);
            }
            return Err(state.refuse(limit, with_actor, now_ms));
        }
        if state.taken == 0 {
            state.pace.begin(now_ms);
        }
        state.taken += 1;
        state.most = state.most.max(state.taken);
        if let Some(tenant) = &tenant {
            state.shares(priority).hold(tenant);
        }
        if let Some(actor) = actor {
            *state.of_actors.entry(actor.clone()).or_default() += 1;
        }
        drop(state);
        Ok(Place {
            gate: self.clone(),
            priority,
            tenant,
            actor: actor.cloned(),
            since_ms: now_ms,
        })
    }

    /// Counts a refusal that was found out later than at the gate, and says when to come again.
    fn refuse_late(&self, place: &Place, limit: Limit) -> Refused {
        let now_ms = self.clock.now_ms();
        let mut state = self.state.lock();
        let with_actor = place.actor.as_ref().and_then(|a| state.of_actors.get(a));
        let with_actor = with_actor.copied().unwrap_or(0);
        state.refuse(limit, with_actor, now_ms)
    }

    fn give_back(&self, place: &Place) {
        let now_ms = self.clock.now_ms();
        let mut state = self.state.lock();
        state.taken = state.taken.saturating_sub(1);
        state.pace.end(place.since_ms, now_ms);
        if let Some(tenant) = &place.tenant {
            state.shares(place.priority).let_go(tenant);
        }
        if let Some(actor) = &place.actor
            && let Entry::Occupied(mut held) = state.of_actors.entry(actor.clone())
        {
            *held.get_mut() -= 1;
            if *held.get() == 0 {
                held.remove();
            }
        }
    }
}

impl State {
    fn shares(&mut self, priority: Priority) -> &mut Shares {
        match priority {
            Priority::Normal => &mut self.normal,
            Priority::High => &mut self.high,
        }
    }

    fn refuse(&mut self, limit: Limit, with_actor: usize, now_ms: i64) -> Refused {
        self.refused[limit as usize] += 1;
        let ahead = match limit {
            Limit::Actor => with_actor,
            Limit::Tenant | Limit::Shard => self.taken,
        };
        Refused {
            limit,
            retry_after: self.pace.hint(ahead, self.taken, now_ms),
        }
    }
}

impl Place {
    /// Says whose it is, and whether it was high work after all. A second call changes the name.
    ///
    /// # Errors
    /// When the tenant has its share already; the place is then still taken, without a name.
    pub fn name(&mut self, tenant: Tenant, priority: Priority) -> Result<(), Refused> {
        let gate = self.gate.clone();
        let now_ms = gate.clock.now_ms();
        let mut state = gate.state.lock();
        if let Some(before) = self.tenant.take() {
            state.shares(self.priority).let_go(&before);
        }
        self.priority = priority;
        // Without this place, which is one of those that are taken.
        let others = state.taken.saturating_sub(1);
        let free = gate.open_to(priority).saturating_sub(others);
        let all = gate.shared(priority);
        state.shares(priority).roll(now_ms);
        if !state.shares(priority).has_room(&tenant, all, free) {
            state.shares(priority).refuse(&tenant, all);
            return Err(state.refuse(Limit::Tenant, 0, now_ms));
        }
        state.shares(priority).hold(&tenant);
        self.tenant = Some(tenant);
        Ok(())
    }

    /// What its owner is told if there is no room further in.
    pub(crate) fn refuse(&self, limit: Limit) -> Refused {
        self.gate.refuse_late(self, limit)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate.give_back(self);
    }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
