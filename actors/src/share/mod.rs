//! Shares: access of one principal to one asset's table, from one account to another or within one.
//!
//! Three things are apart. The *agreement* says what was asked and decided, and follows from nothing but that
//! and the time. The *fulfilment* brings about what the agreement says: what is wanted, a generation for each
//! change of it, against what the ledgers, RAM and a query show. The *health* is what the last look saw.
//!
//! What is wanted can change at any moment, and the change does not wait for what is under way: a hold of an
//! older generation is nothing to a ledger that knows a newer one, an end that carries an old ticket is not
//! listened to, and all else outside only reads. So a revoke overtakes a grant at once.
//!
//! Access is taken at the producer first: that cuts it, whatever becomes of the consumer's side. It is over
//! when everything was taken and read again and a query as the consumer was refused; a certificate says so.
//! Where the consumer's side cannot be reached, the certificate says what may be left, and the ledgers and the
//! share try on.

mod apply;
mod cancel;
mod certificate;
mod create;
mod decided;
mod effects;
mod event;
mod events;
mod fulfilment;
mod giving;
mod health;
mod hold_ended;
mod look_ended;
mod looking;
mod order;
mod plan;
mod post;
mod reapply;
mod record;
mod renew;
mod request;
mod revoke;
mod settle;
mod state;
mod taking;
mod token;
mod verify;
mod wants;

#[cfg(test)]
mod tests;

use datamesh_actor::{Ctx, Decision, Entity, Failure, Named, Rejection};
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use crate::access::{HoldEnd, LookEnd, ShareOrder};
use crate::turn::Turn;

pub use cancel::Cancel;
pub use certificate::{Certificate, SHARE_CERTIFICATES};
pub use create::Create;
pub use decided::Decided;
pub use effects::{Outcome, ShareEffect, ShareEffects};
pub use event::Event;
pub use events::SOURCE;
pub use fulfilment::{
    Fulfilment, Health, HealthState, Phase, PlanAction, PlanLine, SharePlan, StepRecord,
};
pub use post::{Held, HeldEnd, Post};
pub use reapply::Reapply;
pub use record::{SHARES, ShareRecord};
pub use renew::Renew;
pub use revoke::Revoke;
pub use state::{
    Answer, Association, Failed, LookWish, Looking, RamSeen, Resolved, Stage, State, Step,
    TableSeen, Ticket, Wanted,
};
pub use token::share_of;
pub use verify::Verify;

/// Wakes at the next moment at which the agreement changes by itself.
const AGREEMENT_TIMER: &str = "agreement";
/// Wakes when a pause is over.
const RETRY_TIMER: &str = "retry";
/// Wakes when a look is due.
const VERIFY_TIMER: &str = "verify";

/// The share as an aggregate; ids are `share-…`.
pub struct Share;

/// What a share can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// See [`Create`].
    Create(Box<Create>),
    /// See [`ShareOrder`]; for a subscription.
    Order(ShareOrder),
    /// See [`Renew`].
    Renew(Renew),
    /// See [`Cancel`].
    Cancel(Cancel),
    /// See [`Revoke`].
    Revoke(Revoke),
    /// See [`Decided`]; for an approval.
    Decided(Decided),
    /// See [`HoldEnd`]; for a ledger.
    HoldEnded(Box<HoldEnd>),
    /// See [`LookEnd`]; for a ledger.
    LookEnded(Box<LookEnd>),
    /// See [`Verify`].
    Verify(Verify),
    /// See [`Reapply`].
    Reapply(Reapply),
}

impl Named for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Create(_) => "CreateShare",
            Self::Order(ShareOrder::Give(_)) => "OrderGive",
            Self::Order(ShareOrder::Take(_)) => "OrderTake",
            Self::Renew(_) => "RenewShare",
            Self::Cancel(_) => "CancelRequest",
            Self::Revoke(_) => "RevokeShare",
            Self::Decided(_) => "RequestDecided",
            Self::HoldEnded(_) => "HoldEnded",
            Self::LookEnded(_) => "LookEnded",
            Self::Verify(_) => "VerifyShare",
            Self::Reapply(_) => "ReapplyShare",
        }
    }
}

impl Entity for Share {
    const KIND: &'static str = "share";
    type State = State;
    type Command = Command;
    type Event = Event;
    type Effect = ShareEffect;
    type Outcome = Outcome;
    type Reply = ShareRecord;

    fn decide(state: &State, command: Command, ctx: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        match command {
            Command::Create(create) => create.decide(state, ctx),
            Command::Order(ShareOrder::Give(give)) => order::give(*give, state, ctx),
            Command::Order(ShareOrder::Take(take)) => order::take(&take, state, ctx),
            Command::Renew(renew) => renew.decide(state, ctx),
            Command::Cancel(cancel) => cancel.decide(state, ctx),
            Command::Revoke(revoke) => revoke.decide(state, ctx),
            Command::Decided(decided) => decided.decide(state, ctx),
            Command::HoldEnded(end) => hold_ended::decide(*end, state, ctx),
            Command::LookEnded(end) => look_ended::decide(*end, state, ctx),
            Command::Verify(verify) => verify.decide(state, ctx),
            Command::Reapply(reapply) => reapply.decide(state, ctx),
        }
    }

    fn settle(
        state: &State,
        effect: &ShareEffect,
        result: Result<Outcome, Failure>,
        ctx: &mut Ctx,
    ) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        settle::settle(&mut turn, effect, result);
        turn.done()
    }

    fn timer(state: &State, name: &str, ctx: &mut Ctx) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        settle::timer(&mut turn, name);
        turn.done()
    }

    fn apply(state: &mut State, event: &Event) {
        state.apply(event);
    }

    fn reply(id: &str, state: &State) -> ShareRecord {
        state.record.clone().unwrap_or_else(|| ShareRecord {
            share_id: id.to_owned(),
            ..ShareRecord::default()
        })
    }

    fn views(_: &str, state: &State) -> Vec<ViewChange> {
        state.record.iter().filter_map(ShareRecord::row).collect()
    }
}

impl State {
    fn known(&self, id: &str) -> Result<&ShareRecord, Rejection> {
        self.record.as_ref().ok_or_else(|| not_found(id))
    }
}

pub(crate) fn not_found(id: &str) -> Rejection {
    Rejection::not_found("SHARE_NOT_FOUND", format!("there is no share {id}"))
}
