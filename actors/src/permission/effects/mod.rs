//! What a ledger asks of the world.

mod inspect_table;
mod put;
mod remove;
mod see;
mod tell_holder;
mod tell_look;

use std::sync::Arc;

use async_trait::async_trait;
use datamesh_actor::{Effect, EffectCx, EffectError, Effects, Idempotency, Named, Rank};
use serde::{Deserialize, Serialize};

use super::Ledger;
use crate::access::LedgerId;
use crate::aws_error::terminal;
use crate::lakeformation::{self, Facts, Seen, ThingError};
use crate::mesh_event::MeshEvent;
use crate::put_event;
use crate::world::World;

pub use inspect_table::InspectTable;
pub use put::Put;
pub use remove::Remove;
pub use see::{See, Target};
pub use tell_holder::TellHolder;
pub use tell_look::TellLook;

/// Something a ledger wants done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum LedgerEffect {
    /// See [`Put`].
    Put(Put),
    /// See [`Remove`].
    Remove(Remove),
    /// See [`See`].
    See(See),
    /// See [`InspectTable`].
    InspectTable(InspectTable),
    /// See [`TellHolder`].
    TellHolder(TellHolder),
    /// See [`TellLook`].
    TellLook(TellLook),
    /// Puts an event on the bus.
    PutEvent(MeshEvent),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// What became of each thing, in their order.
    Answered(Vec<Result<(), ThingError>>),
    /// What was seen.
    Seen(Result<Seen, ThingError>),
    /// What decides who can read the table.
    Inspected(Result<Box<Facts>, ThingError>),
    /// The other actor knows, or needs not know.
    Told,
    /// The bus has the event.
    EventPut,
}

impl From<MeshEvent> for LedgerEffect {
    fn from(event: MeshEvent) -> Self {
        Self::PutEvent(event)
    }
}

impl Named for LedgerEffect {
    fn name(&self) -> &'static str {
        match self {
            Self::Put(_) => "PutThings",
            Self::Remove(_) => "RemoveThings",
            Self::See(_) => "SeeThings",
            Self::InspectTable(_) => "InspectTable",
            Self::TellHolder(_) => "TellHolder",
            Self::TellLook(_) => "TellLook",
            Self::PutEvent(_) => "PutEvent",
        }
    }
}

impl Effect for LedgerEffect {
    fn idempotency(&self) -> Idempotency {
        match self {
            Self::Put(_)
            | Self::Remove(_)
            | Self::See(_)
            | Self::InspectTable(_)
            | Self::TellHolder(_)
            | Self::TellLook(_) => Idempotency::NaturalKey,
            Self::PutEvent(_) => Idempotency::AtLeastOnce,
        }
    }

    fn rank(&self) -> Rank {
        match self {
            Self::Remove(_) => lakeformation::TAKING,
            Self::See(_) | Self::InspectTable(_) => lakeformation::LOOKING,
            Self::Put(_) => lakeformation::GIVING,
            Self::TellHolder(_) | Self::TellLook(_) | Self::PutEvent(_) => Rank::Normal,
        }
    }
}

/// Does the effects of ledgers.
pub struct LedgerEffects(pub Arc<World>);

#[async_trait]
impl Effects<Ledger> for LedgerEffects {
    async fn run(&self, effect: &LedgerEffect, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let world = &*self.0;
        let id = &cx.entity.id;
        let Some(ledger) = LedgerId::parse(id) else {
            return Err(terminal("NoLedger", format!("{id} is not a ledger's id")));
        };
        match effect {
            LedgerEffect::Put(effect) => Ok(effect.run(world, &ledger, cx).await),
            LedgerEffect::Remove(effect) => Ok(effect.run(world, &ledger, cx).await),
            LedgerEffect::See(effect) => Ok(effect.run(world, &ledger, cx).await),
            LedgerEffect::InspectTable(effect) => Ok(effect.run(world, &ledger, cx).await),
            LedgerEffect::TellHolder(effect) => effect.run(world, cx).await,
            LedgerEffect::TellLook(effect) => effect.run(world, cx).await,
            LedgerEffect::PutEvent(event) => put_event::run(event, world, cx)
                .await
                .map(|()| Outcome::EventPut),
        }
    }
}
