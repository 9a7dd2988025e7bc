use datamesh_actor::{EffectCx, EffectError};
use datamesh_workflow::TaskId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Outcome, refusal};
use crate::approval::{self, Open, Policy, StagePolicy};
use crate::mesh::{command_id, unanswered};
use crate::person::Person;
use crate::world::World;

/// The error of an approval that cannot be opened as the document asks for it.
const REFUSED: &str = "Approval.Refused";

/// The most characters of a subject that is made of the message.
const MAX_SUBJECT: usize = 256;

/// Asks people (Step Functions `sqs:sendMessage.waitForTaskToken`; there the message would reach a queue that
/// people's tools read, here it is an approval). The approval's id is derived from the task, so that a repeat
/// is one.
///
/// `MessageBody` may hold `message`, `subject`, `projectId`, `digest` and `approval`, an approval's policy.
/// All that it holds beside them and the token is kept as the approval's details. Without a policy one member
/// of the project's owner groups or of the admin group has to say yes, within `workflows.approval_deadline`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OpenApproval {
    /// The task.
    pub task: TaskId,
    /// The approval to be.
    pub approval_id: String,
    /// The execution that waits for it.
    pub execution_id: String,
    /// Who started the workflow.
    pub requested_by: Person,
    /// The task's token.
    pub token: String,
    /// What the document gives.
    pub parameters: Value,
}

impl OpenApproval {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let body = match self.parameters.get("MessageBody") {
            Some(Value::Object(members)) => members.clone(),
            Some(Value::String(text)) => serde_json::from_str(text)
                .unwrap_or_else(|_| Map::from_iter([("message".to_owned(), text.clone().into())])),
            _ => return Err(refusal::parameters("the parameter MessageBody is missing")),
        };
        let open = self.open(world, body).await?;
        let command = approval::Command::Open(Box::new(open));
        let mesh = &world.mesh;
        mesh.approval(&self.approval_id, command, &command_id(cx))
            .await
            .map_err(|error| {
                let error = unanswered(error);
                match error.class {
                    datamesh_actor::ErrorClass::Terminal => refused(error.message),
                    _ => error,
                }
            })?;
        Ok(Outcome::ApprovalOpened {
            approval_id: self.approval_id.clone(),
        })
    }

    async fn open(&self, world: &World, body: Map<String, Value>) -> Result<Open, EffectError> {
        let text = |name: &str| {
            let value = body.get(name).and_then(Value::as_str);
            value.unwrap_or_default().to_owned()
        };
        let project_id = text("projectId");
        let policy = match body.get("approval") {
            None | Some(Value::Null) => self.default_policy(world, &project_id).await?,
            Some(policy) => {
                let mut policy = policy.clone();
                fill_in(&mut policy, world);
                serde_json::from_value(policy)
                    .map_err(|error| refused(format!("the approval's policy is wrong: {error}")))?
            }
        };
        let message = text("message");
        let subject = [text("subject"), message.clone()]
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_else(|| format!("the workflow {} asks", self.execution_id));
        let subject = subject.chars().take(MAX_SUBJECT).collect();
        let taken = ["approval", "message", "subject", "digest"];
        let details: Map<String, Value> = body
            .iter()
            .filter(|(name, value)| {
                !taken.contains(&name.as_str()) && value.as_str() != Some(&self.token)
            })
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Ok(Open {
            task_token: self.token.clone(),
            execution_id: self.execution_id.clone(),
            project_id,
            subject,
            message,
            requested_by: self.requested_by.clone(),
            digest: text("digest"),
            details: Value::Object(details),
            policy,
        })
    }

    /// One of the owners of the project's domain, or an admin.
    async fn default_policy(&self, world: &World, project_id: &str) -> Result<Policy, EffectError> {
        let mut groups = world
            .mesh
            .owner_groups(project_id)
            .await
            .map_err(unanswered)?;
        let admins = &world.options.workflows.admin_group;
        if !groups.contains(admins) {
            groups.push(admins.clone());
        }
        Ok(Policy {
            stages: vec![StagePolicy {
                name: "approval".to_owned(),
                groups,
                users: Vec::new(),
                threshold: 1,
            }],
            deadline_seconds: deadline_seconds(world),
            escalation: None,
            allow_requester: false,
        })
    }
}

/// A policy without a deadline has the one that is set.
fn fill_in(policy: &mut Value, world: &World) {
    if let Value::Object(policy) = policy
        && !policy.contains_key("deadlineSeconds")
    {
        policy.insert("deadlineSeconds".to_owned(), deadline_seconds(world).into());
    }
}

fn deadline_seconds(world: &World) -> i64 {
    let deadline = world.options.workflows.approval_deadline.as_secs();
    i64::try_from(deadline).unwrap_or(i64::MAX)
}

fn refused(cause: impl Into<String>) -> EffectError {
    crate::aws_error::terminal(REFUSED, cause)
}
