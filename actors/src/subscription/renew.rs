use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::{State, Subscription, events, history, plan};
use crate::agreement::{self, Kind, Scope, Window};
use crate::person::Person;
use crate::turn::Turn;
use crate::validate::Violations;

/// Asks for more time after the end of what is given: a request of its own, which the owners decide. Until
/// they say yes, and if they say no, the present access goes on and ends when it was to end; if it ends first,
/// the request is withdrawn with it.
///
/// Refused with `NOT_LIVE` if nothing is given, `REQUEST_OPEN` while another request waits, `NO_END` if what
/// is given never ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Renew {
    /// Until when, in milliseconds since the Unix epoch; `None` for no end.
    pub until_ms: Option<i64>,
    /// What of the table; what is given now if `None`.
    pub scope: Option<Scope>,
    /// Why: 1 to 2,048 characters.
    pub reason: String,
    /// Who asks.
    pub by: Person,
}

impl Renew {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Subscription>, Rejection> {
        let record = state.known(ctx.id())?;
        let now_ms = ctx.now_ms();
        record.agreement.may_ask(Kind::Renew, now_ms)?;
        let Some(from_ms) = record.agreement.ends_ms() else {
            return Err(Rejection::precondition(
                "NO_END",
                "it never ends: there is nothing to renew",
            ));
        };
        let window = Window {
            from_ms,
            until_ms: self.until_ms,
        };
        let present = record.granted.clone().unwrap_or_default();
        let scope = self.scope.unwrap_or(present);
        let mut found = Violations::default();
        found.check("reason", super::request::reason(&self.reason));
        found.check("until", super::request::until(&window, now_ms));
        let asset = state.home.as_ref().map(|home| &home.asset);
        super::scope::check(
            "scope",
            &scope,
            asset.unwrap_or(&Default::default()),
            &mut found,
        );
        found.refuse()?;
        let number = record.agreement.next_number();
        let approval_id = plan::approval_id(&record.subscription_id, number);
        let mut turn = Turn::new(state, ctx);
        let token = plan::new_token(&mut turn);
        let request = agreement::Request {
            number,
            kind: Kind::Renew,
            reason: self.reason,
            scope,
            window,
            by: self.by.bare(),
            at_ms: now_ms,
            approval_id,
            decision: None,
        };
        turn.happen(Event::RenewalRequested {
            request: Box::new(request.clone()),
            token,
        });
        history::asked(&mut turn, &request);
        events::requested(&mut turn);
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
