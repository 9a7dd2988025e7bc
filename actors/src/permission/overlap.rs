//! What permissions of one principal that overlap do to each other.
//!
//! Lake Formation keeps what a principal may do, not what it was given: to take a narrow permission cuts it out
//! of a wide one, and to take the wide one takes the narrow ones with it. So what a wide one holds is not taken
//! but let go of, and what a wide one took with it is put again before anything else.
//!
//! Neither looks at more than the permissions of one principal on one table.

use std::collections::BTreeSet;
use std::ops::Bound;

use super::event::Fate;
use super::item::Phase;
use super::state::State;
use crate::access::{Grant, Object, Permission, Thing};

/// Due before all that is due at once: access that another's end has cut.
pub(super) const CUT: i64 = -1;

impl State {
    fn grant(&self, number: u32) -> Option<&Grant> {
        match self.item(number).map(|item| &*item.thing) {
            Some(Thing::Grant(grant)) => Some(grant),
            _ => None,
        }
    }

    /// The numbers in the groups of the principal's that begin so.
    fn grouped(&self, prefix: &str) -> Vec<u32> {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let groups = self.groups.range::<str, _>(from);
        let groups = groups.take_while(|(group, _)| group.starts_with(prefix));
        groups
            .flat_map(|(_, numbers)| numbers.iter().copied())
            .collect()
    }

    /// The others that taking this one away takes too, in whole or in part. The right to give on is taken
    /// alone.
    pub(super) fn cut_by(&self, number: u32) -> Vec<u32> {
        let Some(grant) = self.grant(number) else {
            return Vec::new();
        };
        if let Object::Column { .. } | Object::Filter { .. } = grant.on {
            return Vec::new();
        }
        let mut others = self.grouped(&format!("{}\n{}", grant.principal, grant.on));
        if let (Object::ColumnsExcept { .. }, Some(table)) = (&grant.on, grant.on.table()) {
            others = self.grouped(&format!("{}\ntable {table}, ", grant.principal));
        }
        others.retain(|other| {
            let both = |other: &Grant| {
                let excepts = matches!(
                    (&grant.on, &other.on),
                    (Object::ColumnsExcept { .. }, Object::ColumnsExcept { .. })
                );
                grant.covers(other) || (excepts && grant.on.table() == other.on.table())
            };
            *other != number && self.grant(*other).is_some_and(both)
        });
        others
    }

    /// The others that hold this one. Found by their keys: there may be thousands of columns.
    fn covers_of(&self, number: u32) -> Vec<u32> {
        let Some(grant) = self.grant(number) else {
            return Vec::new();
        };
        let mut objects = vec![grant.on.clone()];
        let mut others = Vec::new();
        if let Object::Column { table, .. } | Object::ColumnsExcept { table, .. } = &grant.on {
            objects.push(Object::Table(table.clone()));
            let principal = &grant.principal;
            others = self.grouped(&format!("{principal}\ntable {table}, all columns but "));
        }
        for on in objects {
            for permission in [grant.permission, Permission::All] {
                // The right to give on is taken alone, and would leave what it holds.
                let wide = Thing::Grant(Grant {
                    on: on.clone(),
                    permission,
                    ..grant.clone()
                });
                others.extend(self.numbers.get(wide.key().as_str()));
            }
        }
        let holds = |other: &Grant| other.grantable == grant.grantable && other.covers(grant);
        others.retain(|other| *other != number && self.grant(*other).is_some_and(holds));
        others
    }

    /// Whether what holds this one is being put or taken, so that a look may not see it.
    pub(super) fn is_in_flux(&self, number: u32) -> bool {
        let covers = self.covers_of(number).into_iter();
        let mut items = covers.filter_map(|cover| self.item(cover));
        items.any(|item| !item.is_wanted() || !item.is_settled())
    }

    /// Whether what is wanted and there holds together what this one allowed, so that it is still to be seen
    /// after it was taken away: all columns but one, and that one.
    pub(super) fn is_held_by_others(&self, number: u32) -> bool {
        let Some(grant) = self.grant(number) else {
            return false;
        };
        // What is not missed: what it left out itself, and the columns that are there by themselves.
        let mut columns = match &grant.on {
            Object::Table(_) => BTreeSet::new(),
            Object::ColumnsExcept { excluded, .. } => excluded.clone(),
            _ => return false,
        };
        let Some(table) = grant.on.table() else {
            return false;
        };
        let others = self.grouped(&format!("{}\ntable {table}, ", grant.principal));
        let others = others.iter().filter_map(|number| self.item(*number));
        let others = others.filter(|item| {
            item.is_wanted() && matches!(item.phase, Phase::Put { .. } | Phase::There)
        });
        let mut open: Option<BTreeSet<String>> = None;
        for item in others {
            let Thing::Grant(other) = &*item.thing else {
                continue;
            };
            if (other.permission, other.grantable) != (grant.permission, grant.grantable) {
                continue;
            }
            match &other.on {
                Object::Column { column, .. } => {
                    columns.insert(column.clone());
                }
                Object::ColumnsExcept { excluded, .. } => {
                    open = Some(match open {
                        Some(open) => &open & excluded,
                        None => excluded.clone(),
                    });
                }
                _ => {}
            }
        }
        open.is_some_and(|open| open.is_subset(&columns))
    }

    /// Forgets of these what nobody wants and a wider one holds that is there: to take it would cut that one.
    /// Who let go of it hears that the wider one is kept, and by whom; it waits for the end of that one if that
    /// comes first.
    pub(super) fn release(&mut self, numbers: impl IntoIterator<Item = u32>) {
        for number in numbers {
            let Some(item) = self.items.get(&number).cloned() else {
                continue;
            };
            if item.is_wanted() || matches!(item.phase, Phase::Putting | Phase::Removing) {
                continue;
            }
            let is_there = |cover: &u32| {
                self.item(*cover).is_some_and(|cover| {
                    cover.is_wanted() && matches!(cover.phase, Phase::Put { .. } | Phase::There)
                })
            };
            let Some(cover) = self.covers_of(number).into_iter().find(is_there) else {
                continue;
            };
            for id in &item.leavers {
                self.change_holder(id, |holder| {
                    holder.leaving.remove(&number);
                    holder.waiting.remove(&number);
                    holder.stuck.remove(&number);
                    if !holder.wants.contains(&cover) {
                        holder.kept.insert(cover);
                    }
                });
            }
            self.change(cover, |cover| {
                let leavers = item.leavers.iter();
                let others = leavers.filter(|id| !cover.holders.contains(*id)).cloned();
                let others: Vec<String> = others.collect();
                cover.kept_for.extend(others);
            });
            self.change(number, |item| item.leavers.clear());
            self.forget(number, 0);
        }
    }

    /// Has put again what the end of this one cut and somebody wants.
    pub(super) fn put_again(&mut self, number: u32) {
        for cut in self.cut_by(number) {
            self.change(cut, |item| {
                if item.is_wanted() && matches!(item.phase, Phase::Put { .. } | Phase::There) {
                    item.phase = Phase::Wanted { due_ms: CUT };
                }
            });
        }
    }

    /// What the end of a batch that was taken means to those that overlap.
    pub(super) fn took(&mut self, fates: &[(u32, Fate)]) {
        for (number, fate) in fates {
            // What may work later may have worked: if it is wanted again, nobody will ask.
            let wanted = self.item(*number).is_some_and(super::Item::is_wanted);
            if *fate == Fate::Done || wanted {
                self.put_again(*number);
            }
        }
        self.release(fates.iter().map(|(number, _)| *number));
    }
}
