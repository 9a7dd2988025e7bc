use datamesh_actor::{Ctx, Decision, Rejection, RejectionKind};
use serde::{Deserialize, Serialize};

use super::{State, Subscription, plan};
use crate::agreement::{self, Verdict};
use crate::person::Person;
use crate::reason;
use crate::turn::Turn;
use crate::validate;

/// Withdraws the open request: the first one, or a renewal. What is given stays as it is. Only who asked, and
/// admins, may: others are refused with `NOT_REQUESTER`. Refused with `NOTHING_OPEN` if no request waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cancel {
    /// Who.
    pub by: Person,
    /// Why: up to 2,048 characters; may be empty.
    pub reason: String,
}

impl Cancel {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Subscription>, Rejection> {
        validate::comment(&self.reason)?;
        let record = state.known(ctx.id())?;
        let Some(open) = record.agreement.open() else {
            return Err(Rejection::precondition(
                "NOTHING_OPEN",
                format!(
                    "no request of the subscription {} waits for a decision: revoke it instead",
                    record.subscription_id
                ),
            ));
        };
        if !self.by.admin && !open.by.is(&self.by) {
            return Err(Rejection::new(
                RejectionKind::Denied,
                "NOT_REQUESTER",
                format!(
                    "only {}, who asked, and admins may cancel it",
                    open.by.name()
                ),
            ));
        }
        let number = open.number;
        let mut turn = Turn::new(state, ctx);
        let by = format!("cancelled by {}", self.by.name());
        let sentence = match self.reason.as_str() {
            "" => by,
            reason => format!("{by}: {reason}"),
        };
        let decision = agreement::Decision {
            verdict: Verdict::Cancelled,
            by: self.by.bare(),
            at_ms: turn.now_ms(),
            reason: reason::sentence("CANCELLED", &sentence),
            ..agreement::Decision::default()
        };
        plan::decided(&mut turn, number, decision, false);
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
