use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::execution::{self, Stop};
use crate::mesh::{command_id, unanswered};
use crate::world::World;

/// Stops the workflow, unless it has begun to deploy: then refused with `EXECUTION_DEPLOYING`. One that has
/// ended changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopWorkflow {
    /// The execution.
    pub execution_id: String,
    /// Why.
    pub cause: String,
}

impl StopWorkflow {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let stop = execution::Command::Stop(Stop {
            error: "Promotion.Cancelled".to_owned(),
            cause: self.cause.clone(),
            unless_deploying: true,
        });
        let mesh = &world.mesh;
        mesh.execution(&self.execution_id, stop, &command_id(cx))
            .await
            .map_err(unanswered)?;
        Ok(Outcome::WorkflowStopped)
    }
}
