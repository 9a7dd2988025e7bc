use std::collections::BTreeSet;

use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::resource_record::resource_id;
use super::work::Work;
use super::{Ledger, State};
use crate::access::{Hold, LedgerId};

/// Lets go of what was [kept](super::Keep): it is taken away, unless others need it or it is of the kind that
/// [stays](crate::access::Thing::stays). What is gone, or going, is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetGo {
    /// The [key](crate::access::Thing::key) of what.
    pub key: String,
    /// Why.
    pub reason: String,
}

impl LetGo {
    /// # Errors
    /// `STILL_NEEDED` if only others hold it.
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Ledger>, Rejection> {
        let ledger = LedgerId::parse(ctx.id()).unwrap_or_default();
        let id = resource_id(&ledger, &self.key);
        let Some((_, item)) = state.find(&self.key) else {
            return Ok(Decision::none());
        };
        if !item.holders.contains(&id) {
            if !item.is_wanted() {
                return Ok(Decision::none());
            }
            let others: Vec<&str> = item.holders.iter().map(String::as_str).collect();
            return Err(Rejection::precondition(
                "STILL_NEEDED",
                format!(
                    "it is needed by {}: revoke there, and it goes with the last of them",
                    others.join(", ")
                ),
            ));
        }
        let last = state.holder(&id).cloned().unwrap_or_default();
        let mut why = last.why;
        if !self.reason.is_empty() {
            why.reason = self.reason;
        }
        let mut work = Work::new(state, ctx);
        let at_ms = work.now_ms();
        work.happen(Event::Held {
            hold: Box::new(Hold {
                holder: id,
                generation: last.generation + 1,
                wants: BTreeSet::new(),
                why,
            }),
            at_ms,
        });
        Ok(work.done())
    }
}
