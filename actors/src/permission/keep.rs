use std::collections::BTreeSet;

use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::holding::both;
use super::resource_record::resource_id;
use super::work::Work;
use super::{Ledger, State, ask};
use crate::access::{Hold, LedgerId, Object, Rows, Thing, Why};
use crate::validate::{self, Violations};

/// What the names of the filters that datamesh makes for agreements begin with.
const OURS: &str = "datamesh-";

/// Keeps something that permissions stand on, for a reason of its own: a [`Hold`] whose holder is the
/// resource's id. Asked again it puts again what could not be put.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keep {
    /// What; no grant, which [`Grant`](super::Grant) gives.
    pub thing: Thing,
    /// Who asked, and why.
    pub why: Why,
}

impl Keep {
    /// Says what is wrong with it, field by field, as the API's specification of a resource calls them.
    ///
    /// # Errors
    /// `INVALID_FIELDS`.
    pub fn check(&self, ledger: &LedgerId) -> Result<(), Rejection> {
        let mut found = Violations::default();
        check(&self.thing, ledger, &mut found);
        found.refuse()
    }

    /// # Errors
    /// `CONFLICTING_WANTS` if others hold something else under the same key.
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Ledger>, Rejection> {
        let ledger = LedgerId::parse(ctx.id()).unwrap_or_default();
        self.check(&ledger)?;
        let key = self.thing.key();
        let id = resource_id(&ledger, &key);
        if let Some((_, item)) = state.find(&key)
            && *item.thing != self.thing
            && both(&item.thing, &self.thing).is_none()
        {
            let others: Vec<&str> = (item.holders.iter().map(String::as_str))
                .filter(|holder| *holder != id)
                .collect();
            if !others.is_empty() {
                return Err(Rejection::precondition(
                    "CONFLICTING_WANTS",
                    format!(
                        "{} need something else in the place of {}: agree with them, or give it another name",
                        others.join(", "),
                        self.thing
                    ),
                ));
            }
        }
        let generation = state.holder(&id).map_or(0, |last| last.generation) + 1;
        let mut why = self.why;
        if why.since_ms == 0 {
            why.since_ms = ctx.now_ms();
        }
        let mut work = Work::new(state, ctx);
        let at_ms = work.now_ms();
        work.happen(Event::Held {
            hold: Box::new(Hold {
                holder: id,
                generation,
                wants: BTreeSet::from([self.thing]),
                why,
            }),
            at_ms,
        });
        Ok(work.done())
    }
}

fn check(thing: &Thing, ledger: &LedgerId, found: &mut Violations) {
    match thing {
        Thing::Sharing { version } => found.check(
            "crossAccountVersion",
            match version {
                1..=4 => Ok(()),
                _ => Err("must be 1 to 4".to_owned()),
            },
        ),
        Thing::Admin { principal } => found.check("administrator", ask::check_person(principal)),
        Thing::Location(location) => {
            found.check("location.arn", check_location(&location.arn));
            if !location.role_arn.is_empty() {
                found.check("location.roleArn", ask::check_role(&location.role_arn));
            }
        }
        Thing::TagKey { key, values } => {
            found.check("tagKey.key", named(key));
            let blank = values.is_empty() || values.iter().any(|value| value.trim().is_empty());
            if blank {
                let rule = "needs one value at least, and none that is blank";
                found.check("tagKey.values", Err(rule.to_owned()));
            }
        }
        Thing::Tag { on, key, value } => {
            found.check("tag.key", named(key));
            found.check("tag.value", named(value));
            if let Object::Column { column, .. } = on {
                found.check("tag.column", named(column));
            }
            found.check("tag.table", check_table(on.table()));
        }
        Thing::Filter(filter) => {
            found.check("filter.table", check_table(Some(&filter.table)));
            found.check("filter.name", named(&filter.name));
            if filter.name.starts_with(OURS) {
                let rule = format!("begins with {OURS}: such filters are made for agreements");
                found.check("filter.name", Err(rule));
            }
            if !filter.columns.is_empty() && !filter.excluded.is_empty() {
                let rule = "lets columns through and excludes others: say one of both";
                found.check("filter.scope", Err(rule.to_owned()));
            }
            if matches!(&filter.rows, Rows::Where(rows) if rows.trim().is_empty()) {
                found.check("filter.scope.rowFilter", Err("is blank".to_owned()));
            }
        }
        Thing::Link(link) => {
            found.check("link.database", check_table(Some(&link.database)));
            found.check("link.name", check_table(Some(&link.name)));
            found.check("link.targetTable", check_table(Some(&link.table)));
            found.check("link.targetAccount", validate::account(&ledger.catalog));
        }
        Thing::OptIn { principal, on } => {
            found.check("optIn.principal", ask::check_person(principal));
            found.check("optIn.table", check_table(on.table()));
        }
        Thing::Grant(_) => {
            found.check("kind", Err("is a permission: grant it".to_owned()));
        }
    }
    let of_account = matches!(
        thing,
        Thing::Sharing { .. } | Thing::Admin { .. } | Thing::Location(_) | Thing::TagKey { .. }
    );
    match (of_account, ledger.is_account()) {
        (true, false) => found.check("kind", Err("belongs to the whole account".to_owned())),
        (false, true) => found.check("kind", Err("is in a database: say in which".to_owned())),
        (true, true) | (false, false) => {}
    }
}

fn check_table(name: Option<&str>) -> Result<(), String> {
    name.map_or(Ok(()), |name| validate::glue_table(&format!("d.{name}")))
}

fn named(text: &str) -> Result<(), String> {
    match text.trim().is_empty() {
        true => Err("is missing".to_owned()),
        false => Ok(()),
    }
}

fn check_location(arn: &str) -> Result<(), String> {
    let mut parts = arn.splitn(6, ':');
    let parts: [Option<&str>; 6] = std::array::from_fn(|_| parts.next());
    match parts {
        [
            Some("arn"),
            Some(partition),
            Some("s3"),
            Some(""),
            Some(""),
            Some(path),
        ] if partition.starts_with("aws") && !path.is_empty() && !path.starts_with('/') => Ok(()),
        _ => Err("must be an S3 location's ARN: arn:aws:s3:::bucket/prefix".to_owned()),
    }
}
