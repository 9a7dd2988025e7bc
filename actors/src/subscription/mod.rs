//! Subscriptions: a project asks for access to a published asset, the owners decide, a share gives it, and it
//! ends.
//!
//! What was asked and decided is the [`agreement`](crate::agreement); how it stands is read from it and the
//! time. The share is told what is agreed at each moment, under growing numbers, so that a revoke overtakes a
//! grant. What DataZone is told follows what is so and holds nothing up.

mod answer;
mod cancel;
mod decided;
mod effects;
mod event;
mod events;
mod fulfilment;
mod history;
mod plan;
mod record;
mod renew;
mod request;
mod revoke;
mod scope;
mod share_ended;
mod state;
mod token;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use datamesh_actor::{Ctx, Decision, Entity, Failure, Named, Rejection};
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use crate::turn::Turn;

pub use answer::Answer;
pub use cancel::Cancel;
pub use decided::Decided;
pub use effects::{
    CloseApproval, DataZoneCall, OpenApproval, OrderShare, Outcome, Publish, SubscriptionEffect,
    SubscriptionEffects,
};
pub use event::Event;
pub use events::SOURCE;
pub use fulfilment::Fulfilment;
pub use record::{
    DataZoneRecord, DataZoneStatus, SUBSCRIPTIONS, SubscriptionRecord, subscription_id,
};
pub use renew::Renew;
pub use request::Request;
pub use revoke::Revoke;
pub use share_ended::ShareEnded;
pub use state::{
    Asking, Home, Lane, Order, OrderEnd, Retry, State, Want, Zone, ZoneFact, ZoneRetry, ZoneStep,
};
pub use token::subscription_of;

/// The timer of what begins, ends and is tried again by itself.
const TERMS_TIMER: &str = "terms";

/// The subscription as an aggregate; ids are `sub-…`, see [`subscription_id`].
pub struct Subscription;

/// What a subscription can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// See [`Request`].
    Request(Box<Request>),
    /// See [`Decided`]; for approvals.
    Decided(Decided),
    /// See [`Cancel`].
    Cancel(Cancel),
    /// See [`Revoke`].
    Revoke(Revoke),
    /// See [`Renew`].
    Renew(Renew),
    /// See [`ShareEnded`]; for shares.
    ShareEnded(ShareEnded),
}

impl Named for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Request(_) => "RequestSubscription",
            Self::Decided(_) => "RequestDecided",
            Self::Cancel(_) => "CancelRequest",
            Self::Revoke(_) => "RevokeSubscription",
            Self::Renew(_) => "RenewSubscription",
            Self::ShareEnded(_) => "ShareEnded",
        }
    }
}

impl Entity for Subscription {
    const KIND: &'static str = "subscription";
    type State = State;
    type Command = Command;
    type Event = Event;
    type Effect = SubscriptionEffect;
    type Outcome = Outcome;
    type Reply = SubscriptionRecord;

    fn decide(state: &State, command: Command, ctx: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        match command {
            Command::Request(request) => request.decide(state, ctx),
            Command::Decided(decided) => decided.decide(state, ctx),
            Command::Cancel(cancel) => cancel.decide(state, ctx),
            Command::Revoke(revoke) => revoke.decide(state, ctx),
            Command::Renew(renew) => renew.decide(state, ctx),
            Command::ShareEnded(ended) => ended.decide(state, ctx),
        }
    }

    fn settle(
        state: &State,
        effect: &SubscriptionEffect,
        result: Result<Outcome, Failure>,
        ctx: &mut Ctx,
    ) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        plan::settle(&mut turn, effect, result);
        turn.done()
    }

    fn timer(state: &State, name: &str, ctx: &mut Ctx) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        if name == TERMS_TIMER {
            plan::advance(&mut turn);
        }
        turn.done()
    }

    fn apply(state: &mut State, event: &Event) {
        state.apply(event);
    }

    fn reply(id: &str, state: &State) -> SubscriptionRecord {
        state.record.clone().unwrap_or_else(|| SubscriptionRecord {
            subscription_id: id.to_owned(),
            ..SubscriptionRecord::default()
        })
    }

    fn views(_: &str, state: &State) -> Vec<ViewChange> {
        state
            .record
            .iter()
            .filter_map(SubscriptionRecord::row)
            .collect()
    }
}

impl State {
    fn known(&self, id: &str) -> Result<&SubscriptionRecord, Rejection> {
        self.record.as_ref().ok_or_else(|| {
            Rejection::not_found(
                "SUBSCRIPTION_NOT_FOUND",
                format!("there is no subscription {id}"),
            )
        })
    }
}
