//! What an approval asks of the world.

mod tell_execution;

use std::sync::Arc;

use async_trait::async_trait;
use datamesh_actor::{Effect, EffectCx, EffectError, Effects, Idempotency, Named};
use serde::{Deserialize, Serialize};

use super::Approval;
use crate::mesh_event::MeshEvent;
use crate::put_event;
use crate::world::World;

pub use tell_execution::TellExecution;

/// Something an approval wants done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ApprovalEffect {
    /// See [`TellExecution`].
    TellExecution(TellExecution),
    /// Puts an event on the bus.
    PutEvent(MeshEvent),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The execution knows, or is gone.
    ExecutionTold,
    /// The bus has the event.
    EventPut,
}

impl From<MeshEvent> for ApprovalEffect {
    fn from(event: MeshEvent) -> Self {
        Self::PutEvent(event)
    }
}

impl Named for ApprovalEffect {
    fn name(&self) -> &'static str {
        match self {
            Self::TellExecution(_) => "TellExecution",
            Self::PutEvent(_) => "PutEvent",
        }
    }
}

impl Effect for ApprovalEffect {
    fn idempotency(&self) -> Idempotency {
        match self {
            Self::TellExecution(_) => Idempotency::NaturalKey,
            Self::PutEvent(_) => Idempotency::AtLeastOnce,
        }
    }
}

/// Does the effects of approvals.
pub struct ApprovalEffects(pub Arc<World>);

#[async_trait]
impl Effects<Approval> for ApprovalEffects {
    async fn run(&self, effect: &ApprovalEffect, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let world = &*self.0;
        match effect {
            ApprovalEffect::TellExecution(effect) => effect.run(world, cx).await,
            ApprovalEffect::PutEvent(event) => put_event::run(event, world, cx)
                .await
                .map(|()| Outcome::EventPut),
        }
    }
}
