//! Change sets: what would change, before it does.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types;

use super::stack::OnFailure;
use super::template::Template;
use super::{CloudFormation, capabilities, parameter_values, parameters, tag_values, tags};
use crate::error::AwsError;
use crate::ops::{Page, PageRequest, millis};
use crate::token::Token;

/// Whether a change set makes a stack or changes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeSetKind {
    /// A new stack, which is in `REVIEW_IN_PROGRESS` until the change set is executed.
    Create,
    /// A stack that is there.
    Update,
}

/// What `CreateChangeSet` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateChangeSet {
    /// The stack's name, or for an update its ARN.
    pub stack: String,
    /// The change set's name, unique in the stack.
    pub name: String,
    /// New stack or old.
    pub kind: ChangeSetKind,
    /// The wanted template.
    pub template: Template,
    /// Values for the template's parameters.
    pub parameters: BTreeMap<String, String>,
    /// Parameters that keep the value that the stack has.
    pub previous_parameters: Vec<String>,
    /// `CAPABILITY_NAMED_IAM` and others.
    pub capabilities: Vec<String>,
    /// The stack's tags, which its resources get as well.
    pub tags: BTreeMap<String, String>,
    /// The role that CloudFormation acts as; the caller's rights when unset.
    pub role_arn: Option<String>,
    /// SNS topics that are told of the stack's events.
    pub notification_arns: Vec<String>,
    /// For people.
    pub description: Option<String>,
    /// What becomes of the stack if the execution fails; rolled back when unset.
    pub on_failure: Option<OnFailure>,
    /// Makes a repeat answer with the same change set.
    pub token: Token,
}

/// A change set that is being made; poll [`CloudFormation::describe_change_set`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatedChangeSet {
    /// The change set's ARN.
    pub change_set_id: String,
    /// The stack's ARN.
    pub stack_id: String,
}

/// A change set, with one page of its changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeSet {
    /// The change set's ARN.
    pub change_set_id: String,
    /// Its name.
    pub name: String,
    /// The stack's ARN.
    pub stack_id: String,
    /// The stack's name.
    pub stack_name: String,
    /// `CREATE_PENDING`, `CREATE_IN_PROGRESS`, `CREATE_COMPLETE`, `FAILED` and others.
    pub status: String,
    /// Why it failed; [`super::is_no_change`] knows the harmless case.
    pub status_reason: Option<String>,
    /// `AVAILABLE` once it can be executed; `UNAVAILABLE`, `OBSOLETE`, `EXECUTE_COMPLETE` and others.
    pub execution_status: String,
    /// For people.
    pub description: Option<String>,
    /// The values of the parameters; hidden ones as `****`.
    pub parameters: BTreeMap<String, String>,
    /// The stack's tags.
    pub tags: BTreeMap<String, String>,
    /// Milliseconds since the Unix epoch.
    pub created_at_ms: Option<i64>,
    /// What will be done, a page of it.
    pub changes: Page<Change>,
}

/// What is done to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeAction {
    /// It is made.
    Add,
    /// It is changed, or replaced: see [`Change::replacement`].
    Modify,
    /// It is deleted, or left behind if its policy says so.
    Remove,
    /// It is taken into the stack.
    Import,
    /// What it does depends on what is not known yet, or is new to this crate.
    Dynamic,
}

/// Whether a changed resource is made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replacement {
    /// A new one is made and the old one deleted.
    Always,
    /// It stays.
    Never,
    /// Known when it is done.
    Conditional,
}

/// What will be done to one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Add, modify, remove.
    pub action: ChangeAction,
    /// The name in the template.
    pub logical_id: String,
    /// The name in AWS, if it is there.
    pub physical_id: Option<String>,
    /// `AWS::S3::Bucket`.
    pub resource_type: String,
    /// Only for a change.
    pub replacement: Option<Replacement>,
    /// What of it changes: `Properties`, `Tags`, `DeletionPolicy`.
    pub scope: Vec<String>,
    /// `Retain`, `Delete`, `Snapshot` and others: what the policies make of the old resource.
    pub policy_action: Option<String>,
    /// Why, one by one.
    pub details: Vec<ChangeDetail>,
}

/// One reason for a resource's change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeDetail {
    /// `Properties`, `Tags`, `Metadata` and others.
    pub attribute: String,
    /// The property, if it is one.
    pub name: Option<String>,
    /// `Never`, `Conditionally`, `Always`.
    pub requires_recreation: Option<String>,
    /// `Static` when the new value is known now, `Dynamic` when not.
    pub evaluation: Option<String>,
    /// `DirectModification`, `ParameterReference`, `ResourceReference`, `ResourceAttribute`.
    pub source: Option<String>,
    /// The parameter, resource or attribute that causes it.
    pub causing_entity: Option<String>,
}

impl CloudFormation<'_> {
    /// `CreateChangeSet`. Conflict when there is another of that name.
    pub async fn create_change_set(
        &self,
        input: CreateChangeSet,
    ) -> Result<CreatedChangeSet, AwsError> {
        self.0
            .call("CreateChangeSet", |cloudformation| async move {
                let kind = match input.kind {
                    ChangeSetKind::Create => types::ChangeSetType::Create,
                    ChangeSetKind::Update => types::ChangeSetType::Update,
                };
                let (body, url, previous) = input.template.into_members();
                let mut values = parameters(input.parameters).unwrap_or_default();
                values.extend(input.previous_parameters.into_iter().map(|key| {
                    types::Parameter::builder()
                        .parameter_key(key)
                        .use_previous_value(true)
                        .build()
                }));
                let out = cloudformation
                    .create_change_set()
                    .stack_name(input.stack)
                    .change_set_name(input.name)
                    .change_set_type(kind)
                    .set_template_body(body)
                    .set_template_url(url)
                    .set_use_previous_template(previous)
                    .set_parameters(Some(values))
                    .set_capabilities(capabilities(input.capabilities))
                    .set_tags(tags(input.tags))
                    .set_role_arn(input.role_arn)
                    .set_notification_arns(Some(input.notification_arns))
                    .set_description(input.description)
                    .set_on_stack_failure(input.on_failure.map(OnFailure::on_stack_failure))
                    .client_token(input.token.as_str())
                    .send()
                    .await?;
                Ok(CreatedChangeSet {
                    change_set_id: out.id.unwrap_or_default(),
                    stack_id: out.stack_id.unwrap_or_default(),
                })
            })
            .await
    }

    /// `DescribeChangeSet`: its state, and a page of its changes. `change_set` is a name, or an
    /// ARN, which needs no stack. The page's size is AWS's.
    pub async fn describe_change_set(
        &self,
        stack: Option<&str>,
        change_set: &str,
        page: PageRequest,
    ) -> Result<ChangeSet, AwsError> {
        self.0
            .call("DescribeChangeSet", |cloudformation| async move {
                let out = cloudformation
                    .describe_change_set()
                    .set_stack_name(stack.map(str::to_owned))
                    .change_set_name(change_set)
                    .set_next_token(page.next_token)
                    .send()
                    .await?;
                let changes = out.changes.unwrap_or_default().into_iter();
                Ok(ChangeSet {
                    change_set_id: out.change_set_id.unwrap_or_default(),
                    name: out.change_set_name.unwrap_or_default(),
                    stack_id: out.stack_id.unwrap_or_default(),
                    stack_name: out.stack_name.unwrap_or_default(),
                    status: text(out.status.as_ref().map(|status| status.as_str())),
                    status_reason: out.status_reason,
                    execution_status: text(
                        out.execution_status.as_ref().map(|status| status.as_str()),
                    ),
                    description: out.description,
                    parameters: parameter_values(out.parameters),
                    tags: tag_values(out.tags),
                    created_at_ms: millis(out.creation_time),
                    changes: Page {
                        items: changes
                            .filter_map(|change| change.resource_change)
                            .map(change)
                            .collect(),
                        next_token: out.next_token,
                    },
                })
            })
            .await
    }

    /// `ExecuteChangeSet`. A conflict when it is executed already, or cannot be now.
    pub async fn execute_change_set(
        &self,
        stack: Option<&str>,
        change_set: &str,
        token: &Token,
    ) -> Result<(), AwsError> {
        self.0
            .call("ExecuteChangeSet", |cloudformation| async move {
                cloudformation
                    .execute_change_set()
                    .set_stack_name(stack.map(str::to_owned))
                    .change_set_name(change_set)
                    .client_request_token(token.as_str())
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `DeleteChangeSet`. A stack in `REVIEW_IN_PROGRESS` stays. A repeat is harmless.
    pub async fn delete_change_set(
        &self,
        stack: Option<&str>,
        change_set: &str,
    ) -> Result<(), AwsError> {
        self.0
            .call("DeleteChangeSet", |cloudformation| async move {
                cloudformation
                    .delete_change_set()
                    .set_stack_name(stack.map(str::to_owned))
                    .change_set_name(change_set)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }
}

fn text(value: Option<&str>) -> String {
    value.unwrap_or_default().to_owned()
}

fn change(change: types::ResourceChange) -> Change {
    let details = change.details.unwrap_or_default().into_iter();
    Change {
        action: match change.action {
            Some(types::ChangeAction::Add) => ChangeAction::Add,
            Some(types::ChangeAction::Modify) => ChangeAction::Modify,
            Some(types::ChangeAction::Remove) => ChangeAction::Remove,
            Some(types::ChangeAction::Import) => ChangeAction::Import,
            _ => ChangeAction::Dynamic,
        },
        logical_id: change.logical_resource_id.unwrap_or_default(),
        physical_id: change.physical_resource_id,
        resource_type: change.resource_type.unwrap_or_default(),
        replacement: change.replacement.map(|replacement| match replacement {
            types::Replacement::True => Replacement::Always,
            types::Replacement::False => Replacement::Never,
            _ => Replacement::Conditional,
        }),
        scope: change
            .scope
            .unwrap_or_default()
            .iter()
            .map(|attribute| attribute.as_str().to_owned())
            .collect(),
        policy_action: change
            .policy_action
            .map(|action| action.as_str().to_owned()),
        details: details.map(detail).collect(),
    }
}

fn detail(detail: types::ResourceChangeDetail) -> ChangeDetail {
    let target = detail.target;
    let target = target.as_ref();
    ChangeDetail {
        attribute: text(
            target
                .and_then(|target| target.attribute.as_ref())
                .map(|attribute| attribute.as_str()),
        ),
        name: target.and_then(|target| target.name.clone()),
        requires_recreation: target
            .and_then(|target| target.requires_recreation.as_ref())
            .map(|recreation| recreation.as_str().to_owned()),
        evaluation: detail
            .evaluation
            .map(|evaluation| evaluation.as_str().to_owned()),
        source: detail
            .change_source
            .map(|source| source.as_str().to_owned()),
        causing_entity: detail.causing_entity,
    }
}
