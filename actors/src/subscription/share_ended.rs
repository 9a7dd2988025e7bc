use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::{State, Subscription, events, history, plan};
use crate::access::{ShareEnd, ShareResult};
use crate::reason;
use crate::turn::Turn;

/// The share tells what became of an order. Only the newest order counts: what is told of an older one, or
/// twice, changes nothing. After an order to take back that ended with the consumer out of reach, the proof may
/// still come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShareEnded {
    /// What it tells.
    pub end: ShareEnd,
}

impl ShareEnded {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Subscription>, Rejection> {
        let record = state.known(ctx.id())?;
        let end = self.end;
        let newest = state.order.as_ref().is_some_and(|order| {
            order.number == end.number
                && order.awaits(&end.result)
                && record.share_id == end.share_id
        });
        if !newest {
            return Ok(Decision::none());
        }
        let mut turn = Turn::new(state, ctx);
        let at_ms = turn.now_ms();
        match end.result {
            ShareResult::Given => {
                let first = !plan::is_granted(&turn);
                turn.happen(Event::Given { at_ms });
                if first {
                    history::noted(&mut turn, "GRANTED", "");
                    events::granted(&mut turn);
                }
            }
            ShareResult::Failed { code, message } => {
                plan::give_failed(&mut turn, reason::sentence(&code, &message));
            }
            ShareResult::Taken { certificate } => {
                turn.happen(Event::Taken {
                    at_ms,
                    certificate: certificate.clone(),
                });
                history::noted(&mut turn, "CERTIFIED", &certificate);
                events::over(&mut turn);
            }
            ShareResult::Unreachable {
                code,
                message,
                remains,
            } => {
                let message = match remains.is_empty() {
                    true => message,
                    false => format!("{message}; what may be left: {}", remains.join(", ")),
                };
                let reason = reason::sentence(&code, &message);
                turn.happen(Event::Unreachable {
                    at_ms,
                    reason: reason.clone(),
                });
                history::noted(&mut turn, "UNREACHABLE", &reason);
                events::failed(&mut turn);
            }
        }
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
