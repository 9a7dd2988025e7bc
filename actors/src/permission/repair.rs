use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::work::Work;
use super::{Ledger, State};

/// Puts again what a look found missing. A repair that fails changes nothing of what is there: what cannot be
/// put stays missing, and its row says why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    /// Whose; everybody's if empty.
    pub holder: String,
    /// Only answer, with what is missing and what was given by hand.
    pub dry_run: bool,
}

impl Repair {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Ledger>, Rejection> {
        let wants = match self.holder.as_str() {
            "" => None,
            id => {
                let holder = state.holder(id).ok_or_else(|| {
                    Rejection::not_found(
                        "HOLDER_NOT_FOUND",
                        format!("{id} holds nothing in {}", ctx.id()),
                    )
                })?;
                Some(&holder.wants)
            }
        };
        let missing = state.queues.missing.iter().copied();
        let numbers: Vec<u32> = missing
            .filter(|number| wants.is_none_or(|wants| wants.contains(number)))
            .collect();
        if self.dry_run || numbers.is_empty() {
            return Ok(Decision::none());
        }
        let mut work = Work::new(state, ctx);
        work.happen(Event::RepairAsked { numbers });
        Ok(work.done())
    }
}
