//! What a promotion asks of the other actors.

mod hold;
mod pin;
mod release;
mod start_workflow;
mod stop_workflow;
mod unpin;
mod void_approval;

use std::sync::Arc;

use async_trait::async_trait;
use datamesh_actor::{Effect, EffectCx, EffectError, Effects, Idempotency, Named};
use serde::{Deserialize, Serialize};

use super::Promotion;
use super::state::{State, Step};
use crate::deployment::Deployed;
use crate::mesh_event::MeshEvent;
use crate::put_event;
use crate::world::World;

pub use hold::Hold;
pub use pin::Pin;
pub use release::Release;
pub use start_workflow::StartWorkflow;
pub use stop_workflow::StopWorkflow;
pub use unpin::Unpin;
pub use void_approval::VoidApproval;

/// Something a promotion wants done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum PromotionEffect {
    /// See [`Pin`].
    Pin(Pin),
    /// See [`Hold`].
    Hold(Hold),
    /// See [`StartWorkflow`].
    StartWorkflow(Box<StartWorkflow>),
    /// See [`VoidApproval`].
    VoidApproval(VoidApproval),
    /// See [`StopWorkflow`].
    StopWorkflow(StopWorkflow),
    /// See [`Release`].
    Release(Release),
    /// See [`Unpin`].
    Unpin(Unpin),
    /// Puts an event on the bus.
    PutEvent(MeshEvent),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The source has our pin.
    Pinned {
        /// What it runs.
        deployed: Deployed,
    },
    /// The target is ours.
    Held,
    /// The workflow is under way.
    WorkflowStarted,
    /// The approval counts for nothing.
    ApprovalVoided,
    /// The workflow was told to stop; it tells its end.
    WorkflowStopped,
    /// The target is free.
    Released,
    /// The source is free.
    Unpinned,
    /// The bus has the event.
    EventPut,
}

impl From<MeshEvent> for PromotionEffect {
    fn from(event: MeshEvent) -> Self {
        Self::PutEvent(event)
    }
}

impl Named for PromotionEffect {
    fn name(&self) -> &'static str {
        match self {
            Self::Pin(_) => "PinSource",
            Self::Hold(_) => "HoldTarget",
            Self::StartWorkflow(_) => "StartWorkflow",
            Self::VoidApproval(_) => "VoidApproval",
            Self::StopWorkflow(_) => "StopWorkflow",
            Self::Release(_) => "ReleaseTarget",
            Self::Unpin(_) => "UnpinSource",
            Self::PutEvent(_) => "PutEvent",
        }
    }
}

impl Effect for PromotionEffect {
    fn idempotency(&self) -> Idempotency {
        match self {
            Self::Pin(_)
            | Self::Hold(_)
            | Self::StartWorkflow(_)
            | Self::VoidApproval(_)
            | Self::StopWorkflow(_)
            | Self::Release(_)
            | Self::Unpin(_) => Idempotency::NaturalKey,
            Self::PutEvent(_) => Idempotency::AtLeastOnce,
        }
    }
}

impl PromotionEffect {
    /// The effect of a step; `None` if the state lacks what the step is about.
    pub(super) fn of(step: Step, state: &State) -> Option<Self> {
        let record = state.record.as_ref()?;
        let project_id = record.project_id.clone();
        let promotion_id = record.request_id.clone();
        let execution_id = record.execution_id.clone();
        Some(match step {
            Step::Pin => Self::Pin(Pin {
                project_id,
                environment: record.source_environment.clone(),
                promotion_id,
            }),
            Step::Unpin => Self::Unpin(Unpin {
                project_id,
                environment: record.source_environment.clone(),
                promotion_id,
            }),
            Step::Hold => Self::Hold(Hold {
                project_id,
                environment: record.target_environment.clone(),
                promotion_id,
            }),
            Step::Release => Self::Release(Release {
                project_id,
                environment: record.target_environment.clone(),
                promotion_id,
            }),
            Step::StartWorkflow => Self::StartWorkflow(Box::new(StartWorkflow::of(
                record,
                state.order.as_ref()?,
                state.source.as_ref()?,
            ))),
            Step::VoidApproval => Self::VoidApproval(VoidApproval {
                approval_id: record.approval_id.clone()?,
                reason: state.ending.as_ref()?.reason.clone(),
                digest: state.ending.as_ref()?.void.clone()?,
            }),
            Step::StopWorkflow => Self::StopWorkflow(StopWorkflow {
                execution_id,
                cause: state.ending.as_ref()?.reason.clone(),
            }),
        })
    }
}

/// Does the effects of promotions.
pub struct PromotionEffects(pub Arc<World>);

#[async_trait]
impl Effects<Promotion> for PromotionEffects {
    async fn run(&self, effect: &PromotionEffect, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let world = &*self.0;
        match effect {
            PromotionEffect::Pin(effect) => effect.run(world, cx).await,
            PromotionEffect::Hold(effect) => effect.run(world, cx).await,
            PromotionEffect::StartWorkflow(effect) => effect.run(world, cx).await,
            PromotionEffect::VoidApproval(effect) => effect.run(world, cx).await,
            PromotionEffect::StopWorkflow(effect) => effect.run(world, cx).await,
            PromotionEffect::Release(effect) => effect.run(world, cx).await,
            PromotionEffect::Unpin(effect) => effect.run(world, cx).await,
            PromotionEffect::PutEvent(event) => put_event::run(event, world, cx)
                .await
                .map(|()| Outcome::EventPut),
        }
    }
}
