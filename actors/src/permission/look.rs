use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::work::Work;
use super::{Ledger, State};

/// Looks at all that a holder holds, and tells it what was seen. Asked again with the same number while it is
/// under way it changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookAt {
    /// For whom.
    pub holder: String,
    /// Which wish, as the holder numbers it.
    pub number: u64,
}

impl LookAt {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Ledger>, Rejection> {
        let mut looks = state.looks.iter();
        if looks.any(|look| look.holder == self.holder && look.number == self.number) {
            return Ok(Decision::none());
        }
        let mut work = Work::new(state, ctx);
        work.happen(Event::LookAsked {
            holder: self.holder,
            number: self.number,
        });
        Ok(work.done())
    }
}
