use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::mesh::{command_id, is_gone, unanswered};
use crate::task_end::TaskEnd;
use crate::world::World;

/// Tells the execution how its task ended. A task ends once, so a repeat finds it ended; a task that nobody
/// waits for any more needs not be told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TellExecution {
    /// Which task.
    pub task_token: String,
    /// How.
    pub end: TaskEnd,
}

impl TellExecution {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let mesh = &world.mesh;
        let told = mesh
            .task_ended(&self.task_token, self.end.clone(), &command_id(cx))
            .await;
        match told {
            Err(error) if !is_gone(&error) => Err(unanswered(error)),
            Ok(()) | Err(_) => Ok(Outcome::ExecutionTold),
        }
    }
}
