use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Outcome;
use crate::agreement::{Kind, Scope, Window};
use crate::approval::{self, Open, Policy, StagePolicy};
use crate::audit::sha256;
use crate::mesh::{command_id, unanswered};
use crate::mesh_event::instant;
use crate::person::Person;
use crate::subscription::State;
use crate::world::World;

/// The most characters of a subject.
const MAX_SUBJECT: usize = 256;

/// Asks the owners of the asset's domain: one of them has to say yes, within `access.request_deadline`. The
/// approval's id is that of the request, so that a repeat is one.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenApproval {
    /// The approval to be.
    pub approval_id: String,
    /// The token that its end is told with.
    pub token: String,
    /// The subscription.
    pub subscription_id: String,
    /// The number of the request.
    pub number: u32,
    /// What is asked.
    pub kind: Kind,
    /// The asset.
    pub asset_id: String,
    /// The asset's name.
    pub asset_name: String,
    /// The project that owns the asset.
    pub owner_project_id: String,
    /// The groups that owned the asset's domain when it was asked for; those of now are asked, where they are
    /// known.
    pub owner_groups: Vec<String>,
    /// The project that asks.
    pub consumer_project_id: String,
    /// The ARN of the role or user that is to read.
    pub principal: String,
    /// What of the table.
    pub scope: Scope,
    /// When.
    pub window: Window,
    /// Why.
    pub reason: String,
    /// Who asks.
    pub requested_by: Person,
}

/// Without the token: whoever has it may decide.
impl std::fmt::Debug for OpenApproval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenApproval")
            .field("approval_id", &self.approval_id)
            .field("subscription_id", &self.subscription_id)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

impl OpenApproval {
    /// The question of the open request, if its owners are not asked yet.
    pub(in crate::subscription) fn of(state: &State) -> Option<Self> {
        let record = state.record.as_ref()?;
        let home = state.home.as_ref()?;
        let asking = state.asking.as_ref().filter(|asking| !asking.opened)?;
        let request = record.agreement.open()?;
        Some(Self {
            approval_id: asking.approval_id.clone(),
            token: asking.token.clone(),
            subscription_id: record.subscription_id.clone(),
            number: request.number,
            kind: request.kind,
            asset_id: record.asset_id.clone(),
            asset_name: record.asset_name.clone(),
            owner_project_id: record.owner_project_id.clone(),
            owner_groups: home.owner_groups.clone(),
            consumer_project_id: record.consumer_project_id.clone(),
            principal: record.principal.clone(),
            scope: request.scope.clone(),
            window: request.window,
            reason: request.reason.clone(),
            requested_by: request.by.clone(),
        })
    }

    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let mesh = &world.mesh;
        let source = mesh
            .asset_source(&self.asset_id)
            .await
            .map_err(unanswered)?;
        let groups = match source.map(|source| source.owner_groups) {
            Some(groups) if !groups.is_empty() => groups,
            Some(_) | None => self.owner_groups.clone(),
        };
        let open = self.question(groups, world.options.access.request_seconds());
        let command = approval::Command::Open(Box::new(open));
        mesh.approval(&self.approval_id, command, &command_id(cx))
            .await
            .map_err(unanswered)?;
        Ok(Outcome::ApprovalOpened)
    }

    fn question(&self, groups: Vec<String>, deadline_seconds: i64) -> Open {
        let asked = self.asked();
        let what = match self.kind {
            Kind::Renew => "more time for access",
            Kind::Grant | Kind::Revoke => "access",
        };
        let subject = format!(
            "{} asks for {what} to {} for {}",
            self.requested_by.name(),
            self.asset_name,
            self.principal
        );
        Open {
            task_token: self.token.clone(),
            execution_id: String::new(),
            project_id: self.owner_project_id.clone(),
            subject: subject.chars().take(MAX_SUBJECT).collect(),
            message: self.reason.clone(),
            requested_by: self.requested_by.clone(),
            digest: sha256(&asked.to_string()),
            details: json!({ "asked": asked }),
            policy: Policy {
                stages: vec![StagePolicy {
                    name: "owners".to_owned(),
                    groups,
                    users: Vec::new(),
                    threshold: 1,
                }],
                deadline_seconds: deadline_seconds.max(1),
                escalation: None,
                allow_requester: false,
            },
        }
    }

    /// What is asked, as the owners see it. No member of it is one that an answer has: nobody gives what they
    /// did not say.
    fn asked(&self) -> Value {
        json!({
            "subscriptionId": self.subscription_id,
            "number": self.number,
            "kind": self.kind.as_str(),
            "assetId": self.asset_id,
            "consumerProjectId": self.consumer_project_id,
            "principal": self.principal,
            "columns": self.scope.columns,
            "excludedColumns": self.scope.excluded,
            "rowFilter": self.scope.row_filter,
            "from": instant(self.window.from_ms),
            "until": self.window.until_ms.map(instant),
            "reason": self.reason,
        })
    }
}
