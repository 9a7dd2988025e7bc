use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::approval;
use crate::mesh::{command_id, unanswered};
use crate::world::World;

/// Closes an approval that counts for nothing any more. One that has ended is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloseApproval {
    /// Which approval.
    pub approval_id: String,
    /// Why.
    pub reason: String,
}

impl CloseApproval {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let close = approval::Command::Close(approval::Close {
            reason: self.reason.clone(),
            expired: false,
        });
        let mesh = &world.mesh;
        mesh.approval(&self.approval_id, close, &command_id(cx))
            .await
            .map_err(unanswered)?;
        Ok(Outcome::ApprovalClosed)
    }
}
