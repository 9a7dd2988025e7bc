use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Outcome;
use crate::execution::{self, Start};
use crate::mesh::{command_id, unanswered};
use crate::person::Person;
use crate::promotion::PromotionRecord;
use crate::promotion::state::{Order, Source};
use crate::workflow::PROMOTION;
use crate::world::World;

/// Starts the workflow. The execution's id is derived from the promotion's, so that a repeat is one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StartWorkflow {
    /// The execution to be.
    pub execution_id: String,
    /// The promotion.
    pub promotion_id: String,
    /// In whose name.
    pub run_as: Person,
    /// The document.
    pub document: String,
    /// Its SHA-256, in hexadecimal.
    pub workflow_digest: String,
    /// What the document gets as `$`.
    pub input: Value,
}

impl StartWorkflow {
    pub(super) fn of(record: &PromotionRecord, order: &Order, source: &Source) -> Self {
        // A blueprint is named and not sent: datamesh gives some of its parameters.
        let template = match source.blueprint.as_str() {
            "" => Value::from(source.template.as_str()),
            _ => Value::Null,
        };
        Self {
            execution_id: record.execution_id.clone(),
            promotion_id: record.request_id.clone(),
            run_as: order.requested_by.clone(),
            document: order.document.clone(),
            workflow_digest: record.workflow_digest.clone(),
            input: json!({
                "promotionId": record.request_id,
                "projectId": record.project_id,
                "projectName": order.project_name,
                "sourceEnvironment": record.source_environment,
                "targetEnvironment": record.target_environment,
                "cfnTemplate": template,
                "blueprint": source.blueprint,
                "parameters": source.parameters,
                "digest": source.digest,
                "sourceDigest": source.source_digest,
                "requestedBy": record.created_by,
                "comment": record.comment,
                "approval": order.approval,
            }),
        }
    }

    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let start = execution::Command::Start(Box::new(Start {
            workflow: PROMOTION.to_owned(),
            document: self.document.clone(),
            digest: self.workflow_digest.clone(),
            input: self.input.clone(),
            run_as: self.run_as.clone(),
            promotion_id: Some(self.promotion_id.clone()),
            account: world.aws.account().to_owned(),
            region: world.aws.region().await,
        }));
        let mesh = &world.mesh;
        mesh.execution(&self.execution_id, start, &command_id(cx))
            .await
            .map_err(unanswered)?;
        Ok(Outcome::WorkflowStarted)
    }
}
