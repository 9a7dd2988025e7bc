use std::collections::BTreeSet;
use std::sync::Arc;

use super::holder::Holder;
use super::is_own;
use super::item::Phase;
use super::state::State;
use crate::access::{Hold, Thing, Why};

/// Most holders that the record shows.
const MAX_RECENT: usize = 16;

impl State {
    /// Takes what a holder needs from now on, in the place of what it held.
    pub(super) fn held(&mut self, hold: &Hold, at_ms: i64) {
        let id: Arc<str> = Arc::from(hold.holder.as_str());
        let old = self.holders.get(&id).cloned().unwrap_or_default();
        self.expire_at(&id, &old.why, &hold.why, hold.wants.is_empty());
        let waiting = old.leaving.difference(&old.stuck).copied().collect();
        let new = Holder {
            generation: hold.generation,
            why: hold.why.clone(),
            leaving: old.leaving.clone(),
            stuck: old.stuck.clone(),
            waiting,
            ..Holder::default()
        };
        self.holders.insert(id.clone(), Arc::new(new));
        self.remember(&id);
        let mut wants = BTreeSet::new();
        let mut denied = Vec::new();
        for thing in &hold.wants {
            match self.want(&id, thing, at_ms) {
                Some(number) => {
                    wants.insert(number);
                }
                None => denied.push(thing.clone()),
            }
        }
        let gone: Vec<u32> = old.wants.difference(&wants).copied().collect();
        for number in &gone {
            self.let_go(&id, *number);
        }
        self.change_holder(&id, |holder| {
            holder.wants = wants;
            holder.denied = denied;
        });
        self.release(gone);
    }

    /// `None` if others have something else under the same key.
    fn want(&mut self, id: &str, thing: &Thing, at_ms: i64) -> Option<u32> {
        let number = self.enter(thing.clone(), at_ms);
        let item = self.items.get(&number)?.clone();
        let content = if *item.thing == *thing {
            None
        } else if item.holders.iter().all(|holder| holder == id) {
            Some(thing.clone())
        } else {
            let both = both(&item.thing, thing)?;
            (both != *item.thing).then_some(both)
        };
        for leaver in item.leavers.clone() {
            self.change_holder(&leaver, |holder| {
                holder.leaving.remove(&number);
                holder.waiting.remove(&number);
                holder.stuck.remove(&number);
                if leaver != id {
                    holder.kept.insert(number);
                }
            });
        }
        let was_tried = item.phase == Phase::Removing || item.tries > 0;
        let may_have_cut = !item.is_wanted() && was_tried;
        self.change(number, |item| {
            item.kept_for.append(&mut item.leavers);
            item.kept_for.remove(id);
            item.holders.insert(id.to_owned());
            item.stuck = false;
            item.phase = State::turned(item);
            if let Some(content) = content {
                item.thing = Arc::new(content);
                item.stale = true;
                if !matches!(item.phase, Phase::Putting | Phase::Removing) {
                    item.phase = Phase::Wanted { due_ms: 0 };
                }
            }
        });
        if may_have_cut {
            self.put_again(number);
        }
        Some(number)
    }

    fn let_go(&mut self, id: &str, number: u32) {
        let Some(item) = self.items.get(&number).cloned() else {
            return;
        };
        let kept = item.holders.iter().any(|holder| holder != id);
        if !kept && item.thing.stays() && !is_own(id) && item.phase != Phase::Putting {
            return self.leave(id, number);
        }
        self.change_holder(id, |holder| {
            holder.waiting.remove(&number);
            if kept {
                holder.kept.insert(number);
            } else {
                holder.leaving.insert(number);
            }
        });
        let mut leavers = BTreeSet::from([id.to_owned()]);
        if !kept {
            for other in &item.kept_for {
                self.change_holder(other, |holder| {
                    if holder.kept.remove(&number) {
                        holder.leaving.insert(number);
                        leavers.insert(other.clone());
                    }
                });
            }
        }
        self.change(number, |item| {
            item.holders.remove(id);
            if kept {
                item.kept_for.append(&mut leavers);
            } else {
                item.kept_for.clear();
                item.leavers.append(&mut leavers);
                item.phase = State::turned(item);
            }
        });
    }

    /// Lets go of something that stays where it is.
    fn leave(&mut self, id: &str, number: u32) {
        let kept_for = self.item(number).map(|item| item.kept_for.clone());
        self.change_holder(id, |holder| {
            holder.waiting.remove(&number);
        });
        for other in kept_for.unwrap_or_default() {
            self.change_holder(&other, |holder| {
                holder.kept.remove(&number);
            });
        }
        self.change(number, |item| {
            item.holders.clear();
            item.leavers.clear();
            item.kept_for.clear();
        });
        self.forget(number, 0);
    }

    /// Takes something over that was given by hand.
    pub(super) fn adopted(&mut self, id: &str, things: &[Thing], at_ms: i64) {
        let key: Arc<str> = Arc::from(id);
        let holder = self.holders.entry(key).or_default().clone();
        let mut wants = holder.wants.clone();
        for thing in things {
            let number = self.enter(thing.clone(), at_ms);
            wants.insert(number);
            self.change(number, |item| {
                item.holders.insert(id.to_owned());
                item.phase = Phase::There;
                item.tried = true;
                item.told = true;
            });
        }
        self.change_holder(id, |holder| holder.wants = wants);
    }

    /// Ends a holder.
    pub(super) fn expired(&mut self, id: &str, at_ms: i64) {
        let Some(holder) = self.holders.get(id) else {
            return;
        };
        let hold = Hold {
            holder: id.to_owned(),
            generation: holder.generation + 1,
            wants: BTreeSet::new(),
            why: holder.why.clone(),
        };
        self.held(&hold, at_ms);
    }

    /// The ledger ends only its own holders; the others know their time themselves.
    fn expire_at(&mut self, id: &Arc<str>, old: &Why, new: &Why, is_over: bool) {
        if !is_own(id) {
            return;
        }
        if let Some(until_ms) = old.until_ms {
            self.expiries.remove(&(until_ms, id.clone()));
        }
        if let Some(until_ms) = new.until_ms.filter(|_| !is_over) {
            self.expiries.insert((until_ms, id.clone()));
        }
    }

    fn remember(&mut self, id: &str) {
        self.recent.retain(|recent| recent != id);
        self.recent.push_back(id.to_owned());
        if self.recent.len() > MAX_RECENT {
            self.recent.pop_front();
        }
    }
}

/// What serves both holders, where there is such a thing.
pub(super) fn both(one: &Thing, other: &Thing) -> Option<Thing> {
    match (one, other) {
        (Thing::Sharing { version: one }, Thing::Sharing { version: other }) => {
            let version = *one.max(other);
            Some(Thing::Sharing { version })
        }
        (
            Thing::TagKey { key, values },
            Thing::TagKey {
                values: more_values,
                ..
            },
        ) => Some(Thing::TagKey {
            key: key.clone(),
            values: values | more_values,
        }),
        _ => None,
    }
}
