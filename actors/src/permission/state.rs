use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::holder::Holder;
use super::item::{Item, Phase};
use super::looking::{Inspection, Looking};
use super::queues::Queues;
use super::record::group_of;
use crate::access::Thing;

/// What a ledger remembers.
///
/// A decision is made on a copy of it: what is big in it is shared, so that a copy costs little and a change
/// copies only what it changes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The next thing's number.
    pub next: u32,
    /// The things by number.
    pub items: BTreeMap<u32, Arc<Item>>,
    /// The numbers by [`Thing::key`].
    pub numbers: BTreeMap<Arc<str>, u32>,
    /// The grants of one principal on one object, or on columns of one table, by [`group_of`].
    pub groups: BTreeMap<Arc<str>, Arc<BTreeSet<u32>>>,
    /// The holders by id.
    pub holders: BTreeMap<Arc<str>, Arc<Holder>>,
    /// What is to be done.
    pub queues: Queues,
    /// Giving.
    pub giving: Lane,
    /// Taking.
    pub taking: Lane,
    /// Reading back and looking.
    pub reading: Lane,
    /// When holders that the ledger itself ends are over.
    pub expiries: BTreeSet<(i64, Arc<str>)>,
    /// Looks that were asked for; the first is under way.
    pub looks: VecDeque<Looking>,
    /// What is there and nobody holds, as the last looks saw it, by key.
    pub extras: BTreeMap<String, Arc<Thing>>,
    /// When all was last looked at, and for which wish.
    pub verified: Option<(u64, i64)>,
    /// The last inspections of tables.
    pub inspections: VecDeque<Arc<Inspection>>,
    /// The holders that were last asked for, newest last.
    pub recent: VecDeque<String>,
}

/// One way out to Lake Formation: at most one effect is in flight on it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane {
    /// What the effect in flight is about.
    pub in_flight: BTreeSet<u32>,
    /// Whether an effect is in flight.
    pub busy: bool,
    /// Effects one after the other that came to nothing.
    pub failures: u32,
    /// No effect before this, in milliseconds since the Unix epoch.
    pub not_before_ms: i64,
}

impl State {
    /// The thing of this number.
    pub fn item(&self, number: u32) -> Option<&Item> {
        self.items.get(&number).map(|item| &**item)
    }

    /// The thing under this key.
    pub fn find(&self, key: &str) -> Option<(u32, &Item)> {
        let number = *self.numbers.get(key)?;
        self.item(number).map(|item| (number, item))
    }

    pub(super) fn holder(&self, id: &str) -> Option<&Holder> {
        self.holders.get(id).map(|holder| &**holder)
    }

    /// The things of these numbers.
    pub(super) fn things(&self, numbers: impl IntoIterator<Item = u32>) -> Vec<Thing> {
        let items = numbers.into_iter().filter_map(|number| self.item(number));
        items.map(|item| (*item.thing).clone()).collect()
    }

    /// Changes a thing, and its places in the queues and in its holders' waiting lists with it.
    pub(super) fn change(&mut self, number: u32, with: impl FnOnce(&mut Item)) {
        let Some(item) = self.items.get_mut(&number) else {
            return;
        };
        self.queues.leave(number, item);
        let item = Arc::make_mut(item);
        let before = item.phase;
        with(item);
        if item.phase != before {
            item.epoch = item.epoch.wrapping_add(1);
        }
        self.queues.enter(number, item);
        let item = item.clone();
        for id in &item.holders {
            self.change_holder(id, |holder| {
                set(&mut holder.waiting, number, !item.is_settled());
                holder.stuck.remove(&number);
            });
        }
        for id in &item.leavers {
            self.change_holder(id, |holder| {
                set(&mut holder.waiting, number, !item.stuck);
                set(&mut holder.stuck, number, item.stuck);
            });
        }
    }

    pub(super) fn change_holder(&mut self, id: &str, with: impl FnOnce(&mut Holder)) {
        if let Some(holder) = self.holders.get_mut(id) {
            with(Arc::make_mut(holder));
        }
    }

    /// The number of the thing under its key, which is new if nothing is there.
    pub(super) fn enter(&mut self, thing: Thing, at_ms: i64) -> u32 {
        let key = thing.key();
        if let Some(number) = self.numbers.get(key.as_str()) {
            return *number;
        }
        let number = self.next;
        self.next += 1;
        if let Some(group) = group_of(&thing) {
            let numbers = self.groups.entry(Arc::from(group)).or_default();
            Arc::make_mut(numbers).insert(number);
        }
        self.extras.remove(&key);
        let item = Item::new(thing, at_ms);
        self.queues.enter(number, &item);
        self.items.insert(number, Arc::new(item));
        self.numbers.insert(Arc::from(key), number);
        number
    }

    /// Forgets a thing that is gone, and tells those who waited for it.
    pub(super) fn forget(&mut self, number: u32, at_ms: i64) {
        let Some(item) = self.items.remove(&number) else {
            return;
        };
        self.queues.leave(number, &item);
        self.numbers.remove(item.thing.key().as_str());
        if let Some(group) = group_of(&item.thing)
            && let Some(numbers) = self.groups.get_mut(group.as_str())
        {
            Arc::make_mut(numbers).remove(&number);
            if numbers.is_empty() {
                self.groups.remove(group.as_str());
            }
        }
        for id in &item.leavers {
            self.change_holder(id, |holder| {
                holder.leaving.remove(&number);
                holder.waiting.remove(&number);
                holder.stuck.remove(&number);
                if !item.thing.stays() {
                    holder.removed.push((item.thing.clone(), at_ms));
                }
            });
        }
    }

    /// What a thing becomes that is wanted, or that nobody wants any more.
    pub(super) fn turned(item: &Item) -> Phase {
        let wanted = !item.holders.is_empty();
        match item.phase {
            Phase::Putting | Phase::Removing => item.phase,
            phase @ (Phase::Wanted { .. } | Phase::Put { .. } | Phase::There) if wanted => phase,
            phase @ (Phase::Leaving { .. } | Phase::Removed { .. }) if !wanted => phase,
            Phase::Missing | Phase::Failed | Phase::Leaving { .. } | Phase::Removed { .. }
                if wanted =>
            {
                Phase::Wanted { due_ms: 0 }
            }
            _ if item.tried => Phase::Leaving { due_ms: 0 },
            _ => Phase::Removed { due_ms: 0 },
        }
    }
}

fn set(numbers: &mut BTreeSet<u32>, number: u32, is_in: bool) {
    if is_in {
        numbers.insert(number);
    } else {
        numbers.remove(&number);
    }
}
