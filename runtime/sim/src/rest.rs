//! Whether a run has come to its end: nobody waits, nothing is to be done, and nothing will happen.

use datamesh_actor::Entity;
use datamesh_journal::EntityKey;

use crate::event::Event;
use crate::ledger::Ledger;
use crate::world::World;

impl World {
    /// Whether everything that anybody wanted has come to its end.
    pub(crate) fn at_rest(&self) -> bool {
        !self.troubled()
            && self.wishes.iter().all(|wish| {
                let key = EntityKey::new(Ledger::KIND, wish.entity.as_str());
                wish.answer.is_some() || wish.given_up || self.is_left(&key)
            })
            && self.events.values().all(|event| self.is_idle(event))
            && self.asking.is_empty()
            && self.rests()
    }

    /// Whether all work is done but what is stopped for good.
    fn rests(&self) -> bool {
        self.journal.rests()
            || (!self.plan.cured
                && self
                    .journal
                    .open_work()
                    .iter()
                    .all(|(key, work)| work.due_ms.is_none() || self.is_left(key)))
    }

    /// Whether an event changes nothing more.
    fn is_idle(&self, event: &Event) -> bool {
        match event {
            // A client that goes on asking for what nobody sees to.
            Event::Send { wish } | Event::Arrive { wish, .. } if !self.plan.cured => {
                self.wishes.get(*wish).is_some_and(|wish| {
                    self.is_left(&EntityKey::new(Ledger::KIND, wish.entity.as_str()))
                })
            }
            event => event.periodic(),
        }
    }

    /// Whether a ledger is quarantined and nobody sees to it.
    pub(crate) fn is_left(&self, key: &EntityKey) -> bool {
        !self.plan.cured && self.journal.mark_of(key).is_some()
    }
}
