use std::collections::BTreeMap;

use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::cloudformation::{self, ChangeSetKind, Template};
use datamesh_aws::{PageRequest, Token};
use serde::{Deserialize, Serialize};

use super::{Outcome, stack};
use crate::aws_error;
use crate::deployment::running::Condition;
use crate::deployment::{ChangeSet, Secrets};
use crate::world::{Place, World};

/// Makes the change set of a deployment (`CreateChangeSet`, idempotent by token), which is called as the
/// deployment. CloudFormation works it out some time later: [`super::ReviewChangeSet`] looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateChangeSet {
    /// Where.
    pub place: Place,
    /// The stack's name.
    pub stack: String,
    /// The change set's name: the deployment's id.
    pub name: String,
    /// Whether it makes the stack.
    pub creates: bool,
    /// The template's text.
    pub template: String,
    /// The parameters, those that datamesh gives among them, without the hidden ones.
    pub parameters: BTreeMap<String, String>,
    /// The hidden parameters that keep the value the stack has.
    pub keep: Vec<String>,
    /// What is acknowledged.
    pub capabilities: Vec<String>,
    /// The stack's tags.
    pub tags: BTreeMap<String, String>,
    /// The hidden parameters.
    pub secrets: Secrets,
}

impl CreateChangeSet {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let cloudformation = world.aws.cloudformation(&call);
        let mut parameters = self.parameters.clone();
        parameters.extend(self.secrets.0.clone());
        let created = cloudformation
            .create_change_set(cloudformation::CreateChangeSet {
                stack: self.stack.clone(),
                name: self.name.clone(),
                kind: if self.creates {
                    ChangeSetKind::Create
                } else {
                    ChangeSetKind::Update
                },
                template: Template::Body(self.template.clone()),
                parameters,
                previous_parameters: self.keep.clone(),
                capabilities: self.capabilities.clone(),
                tags: self.tags.clone(),
                role_arn: None,
                notification_arns: Vec::new(),
                description: None,
                on_failure: None,
                token: Token::derive(&cx.key(), "CreateChangeSet"),
            })
            .await;
        let (id, stack_id) = match created {
            Ok(created) => (created.change_set_id, created.stack_id),
            Err(error) if error.is_conflict() => {
                let page = PageRequest::default();
                let there = cloudformation
                    .describe_change_set(Some(&self.stack), &self.name, page)
                    .await;
                match there {
                    Ok(there) => (there.change_set_id, there.stack_id),
                    Err(_) => {
                        let seen = stack::seen(&cloudformation, &self.stack)
                            .await
                            .map_err(|error| aws_error::of(error, cx))?;
                        if seen.condition() == Condition::Moving {
                            return Err(aws_error::still(
                                "STACK_BUSY",
                                format!("the stack {} is {}", self.stack, seen.status),
                            ));
                        }
                        return Err(aws_error::of_creation(error, cx));
                    }
                }
            }
            Err(error) => return Err(aws_error::of_creation(error, cx)),
        };
        Ok(Outcome::ChangeSetCreated {
            stack_id,
            change_set: ChangeSet {
                id,
                creates: self.creates,
            },
        })
    }
}
