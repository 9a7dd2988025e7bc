use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::approval;
use crate::mesh::{command_id, unanswered};
use crate::world::World;

/// Makes the approval count for nothing: what it is about has changed. One that has ended is left as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoidApproval {
    /// Which approval.
    pub approval_id: String,
    /// Why.
    pub reason: String,
    /// What there is now in place of what was to be approved.
    pub digest: String,
}

impl VoidApproval {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let void = approval::Command::Void(approval::Void {
            reason: self.reason.clone(),
            digest: self.digest.clone(),
        });
        let mesh = &world.mesh;
        mesh.approval(&self.approval_id, void, &command_id(cx))
            .await
            .map_err(unanswered)?;
        Ok(Outcome::ApprovalVoided)
    }
}
