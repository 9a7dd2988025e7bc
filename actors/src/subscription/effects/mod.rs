//! What a subscription asks of the world.

mod close_approval;
mod data_zone;
mod data_zone_grant;
mod data_zone_request;
mod open_approval;
mod order_share;
mod publish;

use std::sync::Arc;

use async_trait::async_trait;
use datamesh_actor::{Effect, EffectCx, EffectError, Effects, Idempotency, Named, Rank};
use serde::{Deserialize, Serialize};

use super::{Subscription, ZoneFact, ZoneStep};
use crate::mesh_event::MeshEvent;
use crate::put_event;
use crate::world::World;

pub use close_approval::CloseApproval;
pub use data_zone::DataZoneCall;
pub use open_approval::OpenApproval;
pub use order_share::OrderShare;
pub use publish::Publish;

/// Something a subscription wants done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum SubscriptionEffect {
    /// See [`OpenApproval`].
    OpenApproval(Box<OpenApproval>),
    /// See [`CloseApproval`].
    CloseApproval(CloseApproval),
    /// See [`OrderShare`].
    OrderShare(Box<OrderShare>),
    /// See [`DataZoneCall`].
    DataZone(Box<DataZoneCall>),
    /// See [`Publish`].
    Publish(Publish),
    /// Puts an event on the bus.
    PutEvent(MeshEvent),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The owners are asked.
    ApprovalOpened,
    /// Nobody is asked any more.
    ApprovalClosed,
    /// The share knows.
    OrderTaken,
    /// DataZone has this.
    InDataZone(ZoneFact),
    /// DataZone has this of the same subscriber to the listing, and takes no other.
    CoveredInDataZone {
        /// What it has.
        holder: String,
        /// Whether an earlier try is without an answer: its request may be there as soon as the place is free.
        may_come: bool,
    },
    /// The topic has the message, or there is no topic.
    Published,
    /// The bus has the event.
    EventPut,
}

impl From<MeshEvent> for SubscriptionEffect {
    fn from(event: MeshEvent) -> Self {
        Self::PutEvent(event)
    }
}

impl Named for SubscriptionEffect {
    fn name(&self) -> &'static str {
        match self {
            Self::OpenApproval(_) => "OpenApproval",
            Self::CloseApproval(_) => "CloseApproval",
            Self::OrderShare(_) => "OrderShare",
            Self::DataZone(call) => match call.step {
                ZoneStep::Request => "RequestInDataZone",
                ZoneStep::Accept => "AcceptInDataZone",
                ZoneStep::Reject => "RejectInDataZone",
                ZoneStep::Grant => "GrantInDataZone",
                ZoneStep::Ungrant => "UngrantInDataZone",
                ZoneStep::Revoke => "RevokeInDataZone",
            },
            Self::Publish(_) => "Publish",
            Self::PutEvent(_) => "PutEvent",
        }
    }
}

impl Effect for SubscriptionEffect {
    fn idempotency(&self) -> Idempotency {
        match self {
            Self::OpenApproval(_) | Self::CloseApproval(_) | Self::OrderShare(_) => {
                Idempotency::NaturalKey
            }
            Self::DataZone(call) => match call.step {
                ZoneStep::Request => Idempotency::Token,
                // What takes no token is read first.
                ZoneStep::Accept
                | ZoneStep::Reject
                | ZoneStep::Grant
                | ZoneStep::Ungrant
                | ZoneStep::Revoke => Idempotency::NaturalKey,
            },
            Self::Publish(_) | Self::PutEvent(_) => Idempotency::AtLeastOnce,
        }
    }

    fn rank(&self) -> Rank {
        match self {
            Self::OrderShare(order) => order.rank(),
            Self::DataZone(call) => call.rank(),
            Self::OpenApproval(_)
            | Self::CloseApproval(_)
            | Self::Publish(_)
            | Self::PutEvent(_) => Rank::Normal,
        }
    }
}

/// Does the effects of subscriptions.
pub struct SubscriptionEffects(pub Arc<World>);

#[async_trait]
impl Effects<Subscription> for SubscriptionEffects {
    async fn run(
        &self,
        effect: &SubscriptionEffect,
        cx: &EffectCx,
    ) -> Result<Outcome, EffectError> {
        let world = &*self.0;
        match effect {
            SubscriptionEffect::OpenApproval(effect) => effect.run(world, cx).await,
            SubscriptionEffect::CloseApproval(effect) => effect.run(world, cx).await,
            SubscriptionEffect::OrderShare(effect) => effect.run(world, cx).await,
            SubscriptionEffect::DataZone(effect) => effect.run(world, cx).await,
            SubscriptionEffect::Publish(effect) => effect.run(world, cx).await,
            SubscriptionEffect::PutEvent(event) => put_event::run(event, world, cx)
                .await
                .map(|()| Outcome::EventPut),
        }
    }
}
