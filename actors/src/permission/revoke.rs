use std::collections::BTreeSet;

use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::record::permission_id;
use super::work::Work;
use super::{Ledger, State, ask};
use crate::access::{Hold, LedgerId, Object, Permission, Thing};
use crate::validate::Violations;

/// Takes permissions back that were granted for a reason of their own (Lake Formation `RevokePermissions`),
/// or that were given by hand, as a look or an inspection has seen. What a share needs goes with the share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoke {
    /// From whom.
    pub principal: String,
    /// One object, or several columns of one table.
    pub on: BTreeSet<Object>,
    /// What is taken, with the right to give it on; all if empty and `grantable` is too.
    pub permissions: BTreeSet<Permission>,
    /// Of what only the right to give it on is taken.
    pub grantable: BTreeSet<Permission>,
    /// Only say whether it could be asked.
    pub dry_run: bool,
}

impl Revoke {
    /// Says what is wrong with it, field by field.
    ///
    /// # Errors
    /// `INVALID_FIELDS`.
    pub fn check(&self, ledger: &LedgerId) -> Result<(), Rejection> {
        let mut found = Violations::default();
        ask::check(ledger, &self.principal, &self.on, &mut found);
        ask::check_permissions("permissions", &self.permissions, &self.on, &mut found);
        ask::check_permissions("grantable", &self.grantable, &self.on, &mut found);
        found.refuse()
    }

    /// What it asks to be taken, whether it is there or not.
    pub fn asked(&self) -> BTreeSet<Thing> {
        let all: BTreeSet<Permission> = match self.on.first() {
            Some(on) if self.permissions.is_empty() && self.grantable.is_empty() => {
                ask::allowed(on).iter().copied().collect()
            }
            _ => self.permissions.clone(),
        };
        let options = &all | &self.grantable;
        let plain = ask::grants(&self.principal, &self.on, &all, false);
        let options = ask::grants(&self.principal, &self.on, &options, true);
        plain.into_iter().chain(options).collect()
    }

    /// # Errors
    /// `STILL_NEEDED` if only others hold it, `PERMISSION_NOT_FOUND` if nobody does and nobody has seen it.
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Ledger>, Rejection> {
        let ledger = LedgerId::parse(ctx.id()).unwrap_or_default();
        self.check(&ledger)?;
        let Some(first) = self.on.first() else {
            return Ok(Decision::none());
        };
        let id = permission_id(&ledger, &self.principal, first);
        let asked = self.asked();
        let mut own = BTreeSet::new();
        let mut by_hand = Vec::new();
        let mut others: BTreeSet<&str> = BTreeSet::new();
        let mut leaving = false;
        for thing in &asked {
            match state.find(&thing.key()) {
                Some((_, item)) if item.holders.contains(&id) => {
                    own.insert(thing.clone());
                }
                Some((_, item)) if item.is_wanted() => {
                    others.extend(item.holders.iter().map(String::as_str));
                }
                Some(_) => leaving = true,
                None if state.was_seen(thing) => by_hand.push(thing.clone()),
                None => {}
            }
        }
        if own.is_empty() && by_hand.is_empty() {
            return refuse(&self, &others, leaving);
        }
        if self.dry_run {
            return Ok(Decision::none());
        }
        let last = state.holder(&id).cloned().unwrap_or_default();
        let wants = state.things(last.wants.iter().copied()).into_iter();
        let mut wants: BTreeSet<Thing> = wants.filter(|thing| !own.contains(thing)).collect();
        // Filters and opt-ins are there for the grants.
        if !wants.iter().any(|thing| matches!(thing, Thing::Grant(_))) {
            wants.clear();
        }
        let mut work = Work::new(state, ctx);
        let at_ms = work.now_ms();
        if !by_hand.is_empty() {
            work.happen(Event::Adopted {
                holder: id.clone(),
                things: by_hand,
                at_ms,
            });
        }
        work.happen(Event::Held {
            hold: Box::new(Hold {
                holder: id,
                generation: last.generation + 1,
                wants,
                why: last.why,
            }),
            at_ms,
        });
        Ok(work.done())
    }
}

fn refuse(
    revoke: &Revoke,
    others: &BTreeSet<&str>,
    leaving: bool,
) -> Result<Decision<Ledger>, Rejection> {
    if !others.is_empty() {
        let names: Vec<&str> = others.iter().copied().collect();
        return Err(Rejection::precondition(
            "STILL_NEEDED",
            format!(
                "it is needed by {}: revoke there, and it goes with the last of them",
                names.join(", ")
            ),
        ));
    }
    if leaving {
        return Ok(Decision::none());
    }
    Err(Rejection::not_found(
        "PERMISSION_NOT_FOUND",
        format!(
            "nobody here gave this to {}, and no look has seen it: verify the database or explain the \
             table, and revoke again",
            revoke.principal
        ),
    ))
}

impl State {
    /// Whether a look or an inspection has seen it, given by hand.
    fn was_seen(&self, thing: &Thing) -> bool {
        if self.extras.contains_key(&thing.key()) {
            return true;
        }
        let Thing::Grant(grant) = thing else {
            return false;
        };
        let facts = self.inspections.iter().filter_map(|one| one.facts.as_ref());
        facts
            .flat_map(|facts| &facts.grants)
            .any(|seen| seen == grant)
    }
}
