use datamesh_actor::{Ctx, Decision, Rejection};

use super::event::Event;
use super::work::Work;
use super::{Ledger, State};
use crate::access::Hold;

/// Takes what a holder needs from now on, in the place of what it held. A generation that is known, or older
/// than the last, changes nothing: its end is or was told.
pub(super) fn decide(
    hold: Hold,
    state: &State,
    ctx: &mut Ctx,
) -> Result<Decision<Ledger>, Rejection> {
    if hold.holder.is_empty() {
        return Err(Rejection::new(
            datamesh_actor::RejectionKind::Invalid,
            "NO_HOLDER",
            "the hold does not say whose it is",
        ));
    }
    let last = state.holder(&hold.holder);
    if last.is_some_and(|last| last.generation >= hold.generation) {
        return Ok(Decision::none());
    }
    let mut work = Work::new(state, ctx);
    let at_ms = work.now_ms();
    work.happen(Event::Held {
        hold: Box::new(hold),
        at_ms,
    });
    Ok(work.done())
}
