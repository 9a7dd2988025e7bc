use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Outcome;
use crate::agreement::{Kind, Request};
use crate::approval::{self, Open, Policy, StagePolicy};
use crate::audit::sha256;
use crate::aws_error::terminal;
use crate::mesh::{command_id, unanswered};
use crate::person::Person;
use crate::world::World;

/// Asks the owners of the asset's domain, or an admin. The approval's id is derived from the share and the
/// request, so that a repeat is one. Refused with `ASSET_NOT_FOUND`.
///
/// What it is about is the request's digest; `scope` and `until` (milliseconds since the Unix epoch) in the
/// details are what is asked, and come back with the yes unless less is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenApproval {
    /// The token that the end is told with.
    pub token: String,
    /// The share.
    pub share_id: String,
    /// The asset.
    pub asset_id: String,
    /// Who asks; cannot say yes.
    pub requested_by: Person,
    /// What is asked.
    pub request: Request,
}

impl OpenApproval {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let mesh = &world.mesh;
        let found = mesh.asset_source(&self.asset_id).await;
        let Some(found) = found.map_err(unanswered)? else {
            return Err(terminal(
                "ASSET_NOT_FOUND",
                format!("there is no asset {}", self.asset_id),
            ));
        };
        let mut groups = found.owner_groups;
        let admins = &world.options.workflows.admin_group;
        if !groups.contains(admins) {
            groups.push(admins.clone());
        }
        let request = &self.request;
        let asked = serde_json::to_string(request).unwrap_or_default();
        let verb = match request.kind {
            Kind::Grant => "share",
            Kind::Renew => "share for longer",
            Kind::Revoke => "revoke",
        };
        let open = approval::Command::Open(Box::new(Open {
            task_token: self.token.clone(),
            execution_id: String::new(),
            project_id: found.asset.project_id.clone(),
            subject: format!("{verb} {}", found.asset.asset_name)
                .chars()
                .take(256)
                .collect(),
            message: request.reason.clone(),
            requested_by: self.requested_by.clone(),
            digest: sha256(&asked),
            details: json!({
                "shareId": self.share_id,
                "assetId": self.asset_id,
                "request": request.number,
                "scope": request.scope,
                "until": request.window.until_ms,
            }),
            policy: Policy {
                stages: vec![StagePolicy {
                    name: "owners".to_owned(),
                    groups,
                    users: Vec::new(),
                    threshold: 1,
                }],
                deadline_seconds: world.options.access.request_seconds(),
                escalation: None,
                allow_requester: false,
            },
        }));
        mesh.approval(&request.approval_id, open, &command_id(cx))
            .await
            .map_err(unanswered)?;
        Ok(Outcome::Told)
    }
}
