use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datamesh_actor::{Ctx, Decision};

use super::event::Event;
use super::item::Item;
use super::record::group_of;
use super::state::State;
use super::{Ledger, ends, plan, resource_record, rows};
use crate::access::{LedgerId, Thing};
use crate::turn::Turn;

/// A decision of a ledger in the making, and whom it concerns.
pub(super) struct Work<'c> {
    pub(super) turn: Turn<'c, Ledger>,
    pub(super) ledger: LedgerId,
    /// Groups of grants whose row changes, each with the things in it that changed, as they were.
    pub(super) groups: BTreeMap<String, Vec<Arc<Item>>>,
    /// What is no grant and whose row changes, by its key, as it was.
    pub(super) resources: BTreeMap<String, Arc<Item>>,
    /// Holders for whom something changed.
    pub(super) holders: BTreeSet<String>,
}

impl<'c> Work<'c> {
    pub(super) fn new(state: &State, ctx: &'c mut Ctx) -> Self {
        let ledger = LedgerId::parse(ctx.id()).unwrap_or_default();
        Self {
            turn: Turn::new(state, ctx),
            ledger,
            groups: BTreeMap::new(),
            resources: BTreeMap::new(),
            holders: BTreeSet::new(),
        }
    }

    pub(super) fn state(&self) -> &State {
        &self.turn.state
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.turn.now_ms()
    }

    pub(super) fn happen(&mut self, event: Event) {
        let numbers = event.numbers();
        if let Event::PutEnded { .. } | Event::RemoveEnded { .. } = event {
            let cut = numbers
                .iter()
                .flat_map(|number| self.state().cut_by(*number));
            let cut: Vec<u32> = cut.collect();
            self.touch(cut);
        }
        self.touch(numbers);
        // Who let go of something that is wanted again needs not wait for its end any more.
        if let Event::Held { hold, .. } = &event {
            let known = |thing: &Thing| self.state().numbers.get(thing.key().as_str()).copied();
            let numbers: Vec<u32> = hold.wants.iter().filter_map(known).collect();
            self.touch(numbers);
        }
        let whose = match &event {
            Event::Held { hold, .. } => Some(hold.holder.clone()),
            Event::Expired { holder, .. } | Event::Adopted { holder, .. } => Some(holder.clone()),
            _ => None,
        };
        self.touch_holder(whose.as_deref());
        self.turn.happen(event);
        self.touch_holder(whose.as_deref());
    }

    /// Settles what follows, and shows what changed.
    pub(super) fn done(mut self) -> Decision<Ledger> {
        plan::expire(&mut self);
        ends::tell(&mut self);
        plan::advance(&mut self);
        rows::show(&mut self);
        resource_record::show(&mut self);
        self.turn.done()
    }

    fn touch_holder(&mut self, id: Option<&str>) {
        let Some(id) = id else {
            return;
        };
        self.holders.insert(id.to_owned());
        let holder = self.turn.state.holder(id);
        let numbers: Vec<u32> = holder
            .map(|holder| holder.wants.union(&holder.leaving).copied().collect())
            .unwrap_or_default();
        self.touch(numbers);
    }

    fn touch(&mut self, numbers: impl IntoIterator<Item = u32>) {
        for number in numbers {
            let Some(item) = self.turn.state.items.get(&number) else {
                continue;
            };
            self.holders.extend(item.holders.iter().cloned());
            self.holders.extend(item.leavers.iter().cloned());
            self.holders.extend(item.kept_for.iter().cloned());
            if let Some(group) = group_of(&item.thing) {
                self.groups.entry(group).or_default().push(item.clone());
            } else {
                self.resources.insert(item.thing.key(), item.clone());
            }
        }
    }
}
