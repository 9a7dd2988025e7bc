use std::collections::BTreeSet;

use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::record::permission_id;
use super::work::Work;
use super::{Ledger, State, ask};
use crate::access::{CellsFilter, Hold, LedgerId, Object, Permission, Thing, Why};
use crate::validate::Violations;

/// Gives permissions for a reason of its own (Lake Formation `GrantPermissions`): a [`Hold`] whose holder is
/// the permission's id. It adds to what was granted there before; `why` and its end count for all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// To whom.
    pub principal: String,
    /// One object, or several columns of one table.
    pub on: BTreeSet<Object>,
    /// What is allowed; not empty.
    pub permissions: BTreeSet<Permission>,
    /// What of it the principal may give on.
    pub grantable: BTreeSet<Permission>,
    /// The filter that the object names, if it is to be made.
    pub filter: Option<CellsFilter>,
    /// Whether Lake Formation's permissions count for the principal from now on where IAM's would suffice.
    pub opt_in: bool,
    /// Who asked, why, and until when.
    pub why: Why,
    /// Only say whether it could be asked.
    pub dry_run: bool,
}

impl Grant {
    /// Says what is wrong with it, field by field.
    ///
    /// # Errors
    /// `INVALID_FIELDS`.
    pub fn check(&self, ledger: &LedgerId, now_ms: i64) -> Result<(), Rejection> {
        let mut found = Violations::default();
        ask::check(ledger, &self.principal, &self.on, &mut found);
        if self.permissions.is_empty() {
            found.check("permissions", Err("is missing".to_owned()));
        }
        ask::check_permissions("permissions", &self.permissions, &self.on, &mut found);
        if let Some(more) = self.grantable.difference(&self.permissions).next() {
            let rule = format!("has {more}, which is not among the permissions");
            found.check("grantable", Err(rule));
        }
        let everybody = self.principal == "IAM_ALLOWED_PRINCIPALS";
        if everybody && !self.grantable.is_empty() {
            let rule = "IAM_ALLOWED_PRINCIPALS cannot give on what it has";
            found.check("grantable", Err(rule.to_owned()));
        }
        found.check("filter", self.check_filter());
        let optable = |on: &Object| on.table().is_some() || *on == Object::Database;
        if self.opt_in && (everybody || !self.on.iter().all(optable)) {
            let rule = "only a principal opts in, on a database or a table";
            found.check("optIn", Err(rule.to_owned()));
        }
        if self.why.until_ms.is_some_and(|until_ms| until_ms <= now_ms) {
            found.check("until", Err("has passed already".to_owned()));
        }
        found.refuse()
    }

    fn check_filter(&self) -> Result<(), String> {
        let Some(filter) = &self.filter else {
            return Ok(());
        };
        let named = |on: &Object| match on {
            Object::Filter { table, name } => *table == filter.table && *name == filter.name,
            _ => false,
        };
        if !self.on.iter().all(named) {
            return Err("is not the filter that the permission is on".to_owned());
        }
        if !filter.columns.is_empty() && !filter.excluded.is_empty() {
            return Err("lets columns through and excludes others: say one of both".to_owned());
        }
        Ok(())
    }

    /// Everything that it asks to be there.
    pub fn wants(&self) -> BTreeSet<Thing> {
        let (principal, on) = (&self.principal, &self.on);
        let plain = ask::grants(principal, on, &self.permissions, false);
        let grantable = ask::grants(principal, on, &self.grantable, true);
        let mut wants: BTreeSet<Thing> = plain.into_iter().chain(grantable).collect();
        wants.extend(self.filter.clone().map(Thing::Filter));
        if self.opt_in {
            let on = on.first().and_then(Object::table);
            let on = on.map_or(Object::Database, |table| Object::Table(table.to_owned()));
            let principal = principal.clone();
            wants.insert(Thing::OptIn { principal, on });
        }
        wants
    }

    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Ledger>, Rejection> {
        let ledger = LedgerId::parse(ctx.id()).unwrap_or_default();
        self.check(&ledger, ctx.now_ms())?;
        let Some(first) = self.on.first().filter(|_| !self.dry_run) else {
            return Ok(Decision::none());
        };
        let id = permission_id(&ledger, &self.principal, first);
        let last = state.holder(&id).cloned().unwrap_or_default();
        let had = state.things(last.wants.iter().copied());
        let mut wants = self.wants();
        wants.extend(had);
        let mut why = self.why;
        if why.since_ms == 0 {
            why.since_ms = ctx.now_ms();
        }
        let mut work = Work::new(state, ctx);
        let at_ms = work.now_ms();
        work.happen(Event::Held {
            hold: Box::new(Hold {
                holder: id,
                generation: last.generation + 1,
                wants,
                why,
            }),
            at_ms,
        });
        Ok(work.done())
    }
}
