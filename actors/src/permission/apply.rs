use std::collections::BTreeSet;
use std::sync::Arc;

use super::event::{Event, Fate, Sight};
use super::fate::{put_ended, remove_ended, saw};
use super::item::Phase;
use super::looking::{Inspection, Looking};
use super::state::{Lane, State};
use crate::access::Thing;

/// Most inspections that are remembered.
const MAX_INSPECTIONS: usize = 8;
/// Most things given by hand that are remembered.
const MAX_EXTRAS: usize = 1_000;

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
                for (number, _) in fates {
                    let mut held = self.cut_by(*number);
                    held.push(*number);
                    self.release(held);
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
                self.took(fates);
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
