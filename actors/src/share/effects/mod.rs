//! What a share asks of the other actors and of AWS.

mod beside;
mod close_approval;
mod hold;
mod look;
mod look_at_ram;
mod notify;
mod open_approval;
mod query;
mod read_table;
mod resolve;
mod tell_subscription;

use std::sync::Arc;

use async_trait::async_trait;
use datamesh_actor::{Effect, EffectCx, EffectError, Effects, Idempotency, Named, Rank};
use serde::{Deserialize, Serialize};

use super::Share;
use super::state::{Answer, RamSeen, Resolved, State, Step, TableSeen};
use crate::mesh_event::MeshEvent;
use crate::put_event;
use crate::world::World;

pub use close_approval::CloseApproval;
pub use hold::Hold;
pub use look::Look;
pub use look_at_ram::LookAtRam;
pub use notify::Notify;
pub use open_approval::OpenApproval;
pub use query::Query;
pub use read_table::ReadTable;
pub use resolve::Resolve;
pub use tell_subscription::TellSubscription;

/// Something a share wants done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ShareEffect {
    /// See [`Resolve`].
    Resolve(Resolve),
    /// See [`ReadTable`].
    ReadTable(ReadTable),
    /// See [`Hold`].
    Hold(Box<Hold>),
    /// See [`LookAtRam`].
    LookAtRam(LookAtRam),
    /// See [`Query`].
    Query(Box<Query>),
    /// See [`Look`].
    Look(Look),
    /// See [`OpenApproval`].
    OpenApproval(Box<OpenApproval>),
    /// See [`CloseApproval`].
    CloseApproval(CloseApproval),
    /// See [`TellSubscription`].
    TellSubscription(Box<TellSubscription>),
    /// See [`Notify`].
    Notify(Box<Notify>),
    /// Puts an event on the bus.
    PutEvent(MeshEvent),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The asset was looked up.
    Resolved(Box<Resolved>),
    /// The table was read.
    TableRead(TableSeen),
    /// RAM was looked at.
    RamSeen(RamSeen),
    /// The query was answered.
    Answered(Answer),
    /// Who was to be told was told; it answers in its own time.
    Told,
}

impl From<MeshEvent> for ShareEffect {
    fn from(event: MeshEvent) -> Self {
        Self::PutEvent(event)
    }
}

impl Named for ShareEffect {
    fn name(&self) -> &'static str {
        match self {
            Self::Resolve(_) => "LookUpAsset",
            Self::ReadTable(_) => "ReadTable",
            Self::Hold(hold) => hold.name(),
            Self::LookAtRam(look) if look.accept => "AcceptInvitations",
            Self::LookAtRam(_) => "LookAtRam",
            Self::Query(_) => "Query",
            Self::Look(_) => "LookAtLedger",
            Self::OpenApproval(_) => "OpenApproval",
            Self::CloseApproval(_) => "CloseApproval",
            Self::TellSubscription(_) => "TellSubscription",
            Self::Notify(_) => "Notify",
            Self::PutEvent(_) => "PutEvent",
        }
    }
}

impl Effect for ShareEffect {
    fn idempotency(&self) -> Idempotency {
        match self {
            Self::Resolve(_)
            | Self::ReadTable(_)
            | Self::Hold(_)
            | Self::Look(_)
            | Self::OpenApproval(_)
            | Self::CloseApproval(_)
            | Self::TellSubscription(_) => Idempotency::NaturalKey,
            Self::LookAtRam(_) | Self::Query(_) => Idempotency::Token,
            Self::Notify(_) | Self::PutEvent(_) => Idempotency::AtLeastOnce,
        }
    }

    fn rank(&self) -> Rank {
        match self {
            Self::Hold(hold) => hold.rank(),
            Self::LookAtRam(look) => look.rank(),
            Self::Query(_) => Query::RANK,
            Self::Look(_) => Rank::Verify,
            Self::ReadTable(_) => ReadTable::RANK,
            Self::Resolve(_)
            | Self::OpenApproval(_)
            | Self::CloseApproval(_)
            | Self::TellSubscription(_)
            | Self::Notify(_)
            | Self::PutEvent(_) => Rank::Normal,
        }
    }
}

impl ShareEffect {
    /// The effect of the step that was just begun; `None` if the state lacks what the step is about.
    pub(super) fn of(step: Step, state: &State) -> Option<Self> {
        let record = state.record.as_ref()?;
        let ticket = state.ticket?.number;
        Some(match step {
            Step::Resolve => Self::Resolve(Resolve {
                ticket,
                asset_id: record.asset_id.clone(),
                target: record.target.clone(),
                principal: record.principal.clone(),
            }),
            Step::ReadTable => {
                let resolved = state.resolved.as_ref()?;
                Self::ReadTable(ReadTable {
                    ticket,
                    place: resolved.source.clone(),
                    database: resolved.database.clone(),
                    table: resolved.table.clone(),
                })
            }
            Step::Accept | Step::LookAtRam => {
                let resolved = state.resolved.as_ref()?;
                Self::LookAtRam(LookAtRam {
                    ticket,
                    accept: step == Step::Accept,
                    taking: state.wanted.is_none(),
                    source: resolved.source.clone(),
                    database: resolved.database.clone(),
                    table: resolved.table.clone(),
                    target: resolved.target.clone(),
                })
            }
            Step::AskPermitted => Self::Query(Box::new(Query::of(ticket, state, true)?)),
            Step::AskLeftOut => Self::Query(Box::new(Query::of(ticket, state, false)?)),
        })
    }

    /// The ticket of a step.
    pub(super) fn ticket(&self) -> Option<u64> {
        match self {
            Self::Resolve(effect) => Some(effect.ticket),
            Self::ReadTable(effect) => Some(effect.ticket),
            Self::LookAtRam(effect) => Some(effect.ticket),
            Self::Query(effect) => Some(effect.ticket),
            Self::Hold(_)
            | Self::Look(_)
            | Self::OpenApproval(_)
            | Self::CloseApproval(_)
            | Self::TellSubscription(_)
            | Self::Notify(_)
            | Self::PutEvent(_) => None,
        }
    }
}

/// Does the effects of shares.
pub struct ShareEffects(pub Arc<World>);

#[async_trait]
impl Effects<Share> for ShareEffects {
    async fn run(&self, effect: &ShareEffect, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let world = &*self.0;
        match effect {
            ShareEffect::Resolve(effect) => effect.run(world).await,
            ShareEffect::ReadTable(effect) => effect.run(world, cx).await,
            ShareEffect::Hold(effect) => effect.run(world, cx).await,
            ShareEffect::LookAtRam(effect) => effect.run(world, cx).await,
            ShareEffect::Query(effect) => effect.run(world, cx).await,
            ShareEffect::Look(effect) => effect.run(world, cx).await,
            ShareEffect::OpenApproval(effect) => effect.run(world, cx).await,
            ShareEffect::CloseApproval(effect) => effect.run(world, cx).await,
            ShareEffect::TellSubscription(effect) => effect.run(world, cx).await,
            ShareEffect::Notify(effect) => effect.run(world, cx).await,
            ShareEffect::PutEvent(event) => put_event::run(event, world, cx)
                .await
                .map(|()| Outcome::Told),
        }
    }
}
