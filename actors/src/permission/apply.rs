use std::collections::BTreeSet;
use std::sync::Arc;

use super::event::{Event, Fate, Sight};
use super::holder::{Holder, Told};
use super::item::{Item, Phase};
use super::looking::{Inspection, Looking};
use super::state::{Lane, State};
use crate::access::{Hold, Thing, Why};

/// Most inspections that are remembered.
const MAX_INSPECTIONS: usize = 8;
/// Most things given by hand that are remembered.
const MAX_EXTRAS: usize = 1_000;
/// Most holders that the record shows.
const MAX_RECENT: usize = 16;
/// So many re-reads in a row that still see what was taken away mean that it cannot be.
const MAX_DOUBTS: u32 = 3;

impl State {
    /// Takes in what happened.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Held { hold, at_ms } => self.held(hold, *at_ms),
            Event::Adopted {
                holder,
                things,
                at_ms,
            } => self.adopted(holder, things, *at_ms),
            Event::Expired { holder, at_ms } => self.expired(holder, *at_ms),
            Event::PutBegun { numbers } => {
                self.giving.begin(numbers);
                for number in numbers {
                    self.change(*number, |item| {
                        item.phase = Phase::Putting;
                        item.tried = true;
                        item.stale = false;
                    });
                }
            }
            Event::PutEnded {
                fates,
                at_ms,
                not_before_ms,
            } => {
                self.giving.end(fates, *not_before_ms);
                for (number, fate) in fates {
                    self.change(*number, |item| put_ended(item, fate, *at_ms));
                }
            }
            Event::RemoveBegun { numbers } => {
                self.taking.begin(numbers);
                for number in numbers {
                    self.change(*number, |item| item.phase = Phase::Removing);
                }
            }
            Event::RemoveEnded {
                fates,
                at_ms,
                not_before_ms,
            } => {
                self.taking.end(fates, *not_before_ms);
                for (number, fate) in fates {
                    self.change(*number, |item| remove_ended(item, fate, *at_ms));
                }
            }
            Event::ReadBegun => self.reading.busy = true,
            Event::ReadEnded { sights, at_ms } => {
                self.reading.busy = false;
                for (number, sight) in sights {
                    self.read(*number, sight, *at_ms);
                }
            }
            Event::LookAsked { holder, number } => self.look_asked(holder, *number),
            Event::Looked {
                numbers,
                missing,
                extra,
                at_ms,
            } => self.looked(numbers, missing, extra, *at_ms),
            Event::LookFailed { not_before_ms } => {
                self.reading.busy = false;
                self.reading.not_before_ms = *not_before_ms;
                if let Some(look) = self.looks.front_mut() {
                    look.failures += 1;
                }
            }
            Event::LookEnded { whole, at_ms } => self.look_ended(*whole, *at_ms),
            Event::RepairAsked { numbers } => {
                for number in numbers {
                    self.change(*number, |item| {
                        if item.phase == Phase::Missing {
                            item.phase = Phase::Wanted { due_ms: 0 };
                        }
                    });
                }
            }
            Event::Told { holder, told } => self.change_holder(holder, |holder| {
                holder.told = *told;
                if told.is_end() {
                    holder.removed.clear();
                    holder.kept.clear();
                }
            }),
            Event::Inspected { inspection } => self.inspected(inspection),
        }
    }

    fn held(&mut self, hold: &Hold, at_ms: i64) {
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
        for number in old.wants.difference(&wants) {
            self.let_go(&id, *number);
        }
        self.change_holder(&id, |holder| {
            holder.wants = wants;
            holder.denied = denied;
        });
    }

    /// `None` if others have something else under the same key.
    fn want(&mut self, id: &str, thing: &Thing, at_ms: i64) -> Option<u32> {
        let number = self.enter(thing.clone(), at_ms);
        let item = self.items.get(&number)?;
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
        Some(number)
    }

    fn let_go(&mut self, id: &str, number: u32) {
        let Some(item) = self.items.get(&number).cloned() else {
            return;
        };
        let kept = item.holders.iter().any(|holder| holder != id);
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

    fn adopted(&mut self, id: &str, things: &[Thing], at_ms: i64) {
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

    fn expired(&mut self, id: &str, at_ms: i64) {
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
        if !super::is_own(id) {
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

    fn read(&mut self, number: u32, sight: &Sight, at_ms: i64) {
        let Some(phase) = self.item(number).map(|item| item.phase) else {
            return;
        };
        if matches!((phase, sight), (Phase::Removed { .. }, Sight::Right)) {
            return self.forget(number, at_ms);
        }
        self.change(number, |item| saw(item, sight, at_ms));
    }

    fn look_asked(&mut self, id: &str, number: u64) {
        let remaining = match self.holder(id) {
            Some(holder) => holder.wants.clone(),
            None if id.is_empty() => &self.queues.there | &self.queues.missing,
            None => BTreeSet::new(),
        };
        self.looks.push_back(Looking {
            holder: id.to_owned(),
            number,
            remaining,
            ..Looking::default()
        });
    }

    fn looked(&mut self, numbers: &[u32], missing: &[u32], extra: &[Thing], at_ms: i64) {
        self.reading.busy = false;
        let missing: BTreeSet<u32> = missing.iter().copied().collect();
        for number in numbers {
            self.change(*number, |item| {
                let is_missing = missing.contains(number);
                match item.phase {
                    Phase::There if is_missing => item.phase = Phase::Missing,
                    Phase::Missing if !is_missing => item.phase = Phase::There,
                    _ => return,
                }
                item.trouble = (String::new(), String::new());
                item.read_ms = at_ms;
            });
        }
        if let Some(look) = self.looks.front_mut() {
            look.failures = 0;
            for number in numbers {
                look.remaining.remove(number);
            }
            look.missing.extend(missing);
            let extra = extra.iter().map(|thing| (thing.key(), thing.clone()));
            look.extra.extend(extra);
        }
    }

    fn look_ended(&mut self, whole: bool, at_ms: i64) {
        self.reading.busy = false;
        let Some(look) = self.looks.pop_front() else {
            return;
        };
        if whole && look.holder.is_empty() {
            self.extras.clear();
            self.verified = Some((look.number, at_ms));
        }
        for (key, thing) in look.extra {
            if self.extras.len() < MAX_EXTRAS && !self.numbers.contains_key(key.as_str()) {
                self.extras.insert(key, Arc::new(thing));
            }
        }
    }

    fn inspected(&mut self, inspection: &Inspection) {
        self.inspections
            .retain(|old| old.number != inspection.number || old.table != inspection.table);
        self.inspections.push_back(Arc::new(inspection.clone()));
        if self.inspections.len() > MAX_INSPECTIONS {
            self.inspections.pop_front();
        }
    }
}

impl Lane {
    fn begin(&mut self, numbers: &[u32]) {
        self.busy = true;
        self.in_flight = numbers.iter().copied().collect();
    }

    fn end(&mut self, fates: &[(u32, Fate)], not_before_ms: i64) {
        self.busy = false;
        self.in_flight.clear();
        self.not_before_ms = not_before_ms;
        let late = |(_, fate): &(u32, Fate)| matches!(fate, Fate::Later { .. });
        self.failures = match fates.iter().all(late) {
            true => self.failures.saturating_add(1),
            false => 0,
        };
    }
}

fn put_ended(item: &mut Item, fate: &Fate, at_ms: i64) {
    let wanted = item.is_wanted();
    match fate {
        Fate::Done => {
            item.answered_ms = at_ms;
            item.tries = 0;
            item.told = true;
            item.trouble = (String::new(), String::new());
            item.phase = match item.stale {
                _ if !wanted => Phase::Leaving { due_ms: 0 },
                true => Phase::Wanted { due_ms: 0 },
                false => Phase::Put { due_ms: 0 },
            };
        }
        Fate::Later {
            due_ms,
            code,
            message,
        } => {
            item.tries = item.tries.saturating_add(1);
            item.trouble = (code.clone(), message.clone());
            item.phase = match wanted {
                true => Phase::Wanted { due_ms: *due_ms },
                false => Phase::Leaving { due_ms: 0 },
            };
        }
        Fate::Refused { code, message, .. } => {
            item.trouble = (code.clone(), message.clone());
            item.phase = match wanted {
                true if item.stale => Phase::Wanted { due_ms: 0 },
                true if item.was_there => Phase::Missing,
                true => Phase::Failed,
                false => Phase::Leaving { due_ms: 0 },
            };
        }
    }
}

fn remove_ended(item: &mut Item, fate: &Fate, at_ms: i64) {
    let wanted = item.is_wanted();
    item.phase = match fate {
        Fate::Done => {
            item.answered_ms = at_ms;
            item.tries = 0;
            item.told = false;
            item.was_there = false;
            item.trouble = (String::new(), String::new());
            Phase::Removed { due_ms: 0 }
        }
        Fate::Later {
            due_ms,
            code,
            message,
        } => {
            item.tries = item.tries.saturating_add(1);
            item.trouble = (code.clone(), message.clone());
            Phase::Leaving { due_ms: *due_ms }
        }
        Fate::Refused {
            due_ms,
            code,
            message,
        } => {
            item.trouble = (code.clone(), message.clone());
            item.stuck = !wanted;
            Phase::Leaving { due_ms: *due_ms }
        }
    };
    if wanted {
        item.phase = Phase::Wanted { due_ms: 0 };
    }
}

fn saw(item: &mut Item, sight: &Sight, at_ms: i64) {
    match (item.phase, sight) {
        (Phase::Put { .. }, Sight::Right) => {
            item.phase = Phase::There;
            item.was_there = true;
            item.doubts = 0;
            item.read_ms = at_ms;
        }
        (Phase::Put { .. }, Sight::Again { due_ms }) => {
            item.phase = Phase::Put { due_ms: *due_ms };
        }
        (Phase::Removed { .. }, Sight::Again { due_ms }) => {
            item.phase = Phase::Removed { due_ms: *due_ms };
        }
        (Phase::Put { .. }, Sight::Wrong { due_ms }) => {
            item.doubts += 1;
            item.phase = Phase::Wanted { due_ms: *due_ms };
        }
        (Phase::Removed { .. }, Sight::Wrong { due_ms }) => {
            item.doubts += 1;
            item.tried = true;
            item.stuck = item.stuck || item.doubts >= MAX_DOUBTS;
            let message = "it is still there after it was taken away, again and again";
            item.trouble = ("StillThere".to_owned(), message.to_owned());
            item.phase = Phase::Leaving { due_ms: *due_ms };
        }
        (Phase::Put { .. }, Sight::Failed { code, message }) => {
            item.trouble = (code.clone(), message.clone());
            item.doubts = 0;
            item.phase = match item.was_there {
                true => Phase::Missing,
                false => Phase::Failed,
            };
        }
        (
            Phase::Removed { .. },
            Sight::Stuck {
                due_ms,
                code,
                message,
            },
        ) => {
            item.trouble = (code.clone(), message.clone());
            item.stuck = true;
            item.phase = Phase::Removed { due_ms: *due_ms };
        }
        _ => {}
    }
}

/// What serves both holders, where there is such a thing.
fn both(one: &Thing, other: &Thing) -> Option<Thing> {
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

impl Told {
    /// Whether a generation with this result is settled in the eyes of who waits for it.
    pub fn is_settled(self) -> bool {
        self != Self::Nothing
    }
}
