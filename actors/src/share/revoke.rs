use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::record::ShareRecord;
use super::request::{self, Ask};
use super::{Share, State, plan};
use crate::agreement::{Kind, Scope, Window};
use crate::person::Person;
use crate::turn::Turn;

/// Takes access back, whatever the share is doing: also while it is pending, being given, drifted or failed.
/// Revoked again it changes nothing. Refused with `SUBSCRIPTION_SHARE` where a subscription made it, and with
/// `NOT_LIVE` where nothing is agreed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoke {
    /// Who.
    pub by: Person,
    /// Why: 1 to 2,048 characters.
    pub reason: String,
}

impl Revoke {
    pub(super) fn decide(self, state: &State, ctx: &mut Ctx) -> Result<Decision<Share>, Rejection> {
        let record = state.known(ctx.id())?;
        request::check_reason(&self.reason, true)?;
        not_of_subscription(record)?;
        if state.agreement.revoked().is_some() {
            return Ok(Decision::none());
        }
        state.agreement.may_ask(Kind::Revoke, ctx.now_ms())?;
        let mut turn = Turn::new(state, ctx);
        request::ask(
            &mut turn,
            Ask {
                kind: Kind::Revoke,
                reason: self.reason,
                scope: Scope::default(),
                window: Window::default(),
                decided_by: Some(self.by.clone()),
                by: self.by,
            },
        );
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}

/// Refuses what only a subscription may do.
pub(super) fn not_of_subscription(record: &ShareRecord) -> Result<(), Rejection> {
    match record.subscription_id.as_str() {
        "" => Ok(()),
        subscription_id => Err(Rejection::precondition(
            "SUBSCRIPTION_SHARE",
            format!(
                "the share {} is of the subscription {subscription_id}: change that",
                record.share_id
            ),
        )),
    }
}
