use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::request;
use super::{Share, State, plan};
use crate::agreement::{self, AgreementStatus, Verdict, Window};
use crate::person::Person;
use crate::reason;
use crate::turn::Turn;

/// Withdraws the open request; what is given goes on as it was. Refused with `NO_OPEN_REQUEST`. Withdrawn
/// again it changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancel {
    /// Who.
    pub by: Person,
    /// Why: up to 2,048 characters.
    pub reason: String,
}

impl Cancel {
    pub(super) fn decide(self, state: &State, ctx: &mut Ctx) -> Result<Decision<Share>, Rejection> {
        let record = state.known(ctx.id())?;
        request::check_reason(&self.reason, false)?;
        let Some(open) = state.agreement.open().cloned() else {
            return match record.status {
                AgreementStatus::Cancelled => Ok(Decision::none()),
                _ => Err(Rejection::precondition(
                    "NO_OPEN_REQUEST",
                    "no request waits for its decision; to end what is given, revoke it",
                )),
            };
        };
        let mut turn = Turn::new(state, ctx);
        let said = format!("cancelled by {}", self.by.name());
        let sentence = match self.reason.as_str() {
            "" => said,
            reason => format!("{said}: {reason}"),
        };
        request::close_approval(&mut turn, &open, &sentence);
        let decision = agreement::Decision {
            verdict: Verdict::Cancelled,
            by: self.by.bare(),
            at_ms: turn.now_ms(),
            reason: self.reason,
            scope: open.scope,
            window: Window::default(),
        };
        let shown = reason::sentence("CANCELLED", &sentence);
        request::decide(&mut turn, open.number, decision, shown);
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
