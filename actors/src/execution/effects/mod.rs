//! What an execution asks of the world.

mod api_request;
mod call_api;
mod close_approval;
mod open_approval;
mod publish;
mod put_events;
mod refusal;
mod send_message;
mod tell_promotion;

use std::sync::Arc;

use async_trait::async_trait;
use datamesh_actor::{Effect, EffectCx, EffectError, Effects, Idempotency, Named};
use datamesh_workflow::TaskId;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::WorkflowExecution;
use crate::own_api::OwnApi;
use crate::world::World;

pub use call_api::CallApi;
pub use close_approval::CloseApproval;
pub use open_approval::OpenApproval;
pub use publish::Publish;
pub use put_events::PutEvents;
pub use send_message::SendMessage;
pub use tell_promotion::TellPromotion;

/// Something an execution wants done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ExecutionEffect {
    /// See [`CallApi`].
    CallApi(CallApi),
    /// See [`OpenApproval`].
    OpenApproval(OpenApproval),
    /// See [`CloseApproval`].
    CloseApproval(CloseApproval),
    /// See [`SendMessage`].
    SendMessage(SendMessage),
    /// See [`Publish`].
    Publish(Publish),
    /// See [`PutEvents`].
    PutEvents(PutEvents),
    /// See [`TellPromotion`].
    TellPromotion(TellPromotion),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The task's result.
    Answered {
        /// The result.
        output: Value,
        /// The deployment that was made, if it was one.
        deployment_id: Option<String>,
    },
    /// What was asked for goes on: to be asked again.
    StillUnderWay {
        /// The deployment that goes on, if it is one.
        deployment_id: Option<String>,
    },
    /// It was sent; the task waits for its token.
    Sent {
        /// What the service answered.
        output: Value,
    },
    /// People are asked.
    ApprovalOpened {
        /// The approval.
        approval_id: String,
    },
    /// Nobody is asked any more.
    ApprovalClosed,
    /// The promotion knows.
    Told,
}

impl Named for ExecutionEffect {
    fn name(&self) -> &'static str {
        match self {
            Self::CallApi(_) => "CallApi",
            Self::OpenApproval(_) => "OpenApproval",
            Self::CloseApproval(_) => "CloseApproval",
            Self::SendMessage(_) => "SendMessage",
            Self::Publish(_) => "Publish",
            Self::PutEvents(_) => "PutEvents",
            Self::TellPromotion(_) => "TellPromotion",
        }
    }
}

impl Effect for ExecutionEffect {
    fn idempotency(&self) -> Idempotency {
        match self {
            Self::CallApi(_) => Idempotency::Token,
            Self::OpenApproval(_) | Self::CloseApproval(_) | Self::TellPromotion(_) => {
                Idempotency::NaturalKey
            }
            Self::SendMessage(_) | Self::Publish(_) | Self::PutEvents(_) => {
                Idempotency::AtLeastOnce
            }
        }
    }
}

impl ExecutionEffect {
    /// The task that it does; `None` if it does none.
    pub(super) fn task(&self) -> Option<TaskId> {
        match self {
            Self::CallApi(effect) => Some(effect.task),
            Self::OpenApproval(effect) => Some(effect.task),
            Self::SendMessage(effect) => Some(effect.task),
            Self::Publish(effect) => Some(effect.task),
            Self::PutEvents(effect) => Some(effect.task),
            Self::CloseApproval(_) | Self::TellPromotion(_) => None,
        }
    }

    /// Whether it asks for a deployment.
    pub(super) fn deploys(&self) -> bool {
        matches!(self, Self::CallApi(call) if call.deploys())
    }
}

/// Does the effects of executions.
pub struct ExecutionEffects {
    /// AWS, and the other actors.
    pub world: Arc<World>,
    /// datamesh's own API.
    pub api: Arc<dyn OwnApi>,
}

#[async_trait]
impl Effects<WorkflowExecution> for ExecutionEffects {
    async fn run(&self, effect: &ExecutionEffect, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let world = &*self.world;
        match effect {
            ExecutionEffect::CallApi(effect) => effect.run(world, &*self.api, cx).await,
            ExecutionEffect::OpenApproval(effect) => effect.run(world, cx).await,
            ExecutionEffect::CloseApproval(effect) => effect.run(world, cx).await,
            ExecutionEffect::SendMessage(effect) => effect.run(world, cx).await,
            ExecutionEffect::Publish(effect) => effect.run(world, cx).await,
            ExecutionEffect::PutEvents(effect) => effect.run(world, cx).await,
            ExecutionEffect::TellPromotion(effect) => effect.run(world, cx).await,
        }
    }
}
