use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::{State, Subscription, events, history, plan};
use crate::agreement::{self, AgreementStatus, Kind, Scope, Verdict, Window};
use crate::person::Person;
use crate::reason;
use crate::turn::Turn;
use crate::validate::Violations;

/// Ends a subscription, at once and for good. Either side may: the owners and the consumer; nobody is asked.
/// A request that waits is withdrawn with it. Access may still be on its way: it is taken back all the same.
/// Asked again it changes nothing. Refused with `NOT_LIVE` if nothing is given and nothing is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Revoke {
    /// Who.
    pub by: Person,
    /// Why: 1 to 2,048 characters.
    pub reason: String,
}

impl Revoke {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Subscription>, Rejection> {
        let mut found = Violations::default();
        found.check("reason", super::request::reason(&self.reason));
        found.refuse()?;
        let record = state.known(ctx.id())?;
        let now_ms = ctx.now_ms();
        if record.agreement.status(now_ms) == AgreementStatus::Revoked {
            return Ok(Decision::none());
        }
        record.agreement.may_ask(Kind::Revoke, now_ms)?;
        let mut turn = Turn::new(state, ctx);
        let by = self.by.bare();
        let request = agreement::Request {
            number: record.agreement.next_number(),
            kind: Kind::Revoke,
            by: by.clone(),
            at_ms: now_ms,
            decision: Some(agreement::Decision {
                verdict: Verdict::Approved,
                by,
                at_ms: now_ms,
                reason: reason::sentence(
                    "REVOKED",
                    &format!("revoked by {}: {}", self.by.name(), self.reason),
                ),
                scope: Scope::default(),
                window: Window {
                    from_ms: now_ms,
                    until_ms: None,
                },
            }),
            reason: self.reason,
            ..agreement::Request::default()
        };
        turn.happen(Event::RevokeDecided {
            request: Box::new(request.clone()),
        });
        history::asked(&mut turn, &request);
        events::over_without_access(&mut turn);
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
