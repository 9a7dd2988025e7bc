use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::request::{self, Ask};
use super::{Share, State, plan};
use crate::agreement::{Kind, Window};
use crate::person::Person;
use crate::turn::Turn;
use crate::validate::Violations;

/// Asks for more time: a request of its own, whose window follows the present one. Whatever becomes of it, the
/// present one goes on as it was and ends when it was to end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Renew {
    /// The new end, in milliseconds since the Unix epoch; `None` for none.
    pub until_ms: Option<i64>,
    /// Why: up to 2,048 characters.
    pub reason: String,
    /// Who asks.
    pub by: Person,
    /// Whether who asks owns the asset's domain.
    pub given: bool,
}

impl Renew {
    pub(super) fn decide(self, state: &State, ctx: &mut Ctx) -> Result<Decision<Share>, Rejection> {
        let now_ms = ctx.now_ms();
        let record = state.known(ctx.id())?;
        request::check_reason(&self.reason, false)?;
        super::revoke::not_of_subscription(record)?;
        state.agreement.may_ask(Kind::Renew, now_ms)?;
        let Some(from_ms) = state.agreement.ends_ms() else {
            return Err(Rejection::precondition(
                "NO_END",
                "it has no end: there is nothing to renew",
            ));
        };
        let window = Window {
            from_ms,
            until_ms: self.until_ms,
        };
        let mut found = Violations::default();
        request::check_end("validUntil", window, now_ms, &mut found);
        found.refuse()?;
        let scope = record.scope.clone();
        let mut turn = Turn::new(state, ctx);
        request::ask(
            &mut turn,
            Ask {
                kind: Kind::Renew,
                reason: self.reason,
                scope,
                window,
                decided_by: self.given.then(|| self.by.clone()),
                by: self.by,
            },
        );
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
