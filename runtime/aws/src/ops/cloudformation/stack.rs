//! Stacks.

use std::collections::BTreeMap;

use aws_sdk_cloudformation::types;

use super::{CloudFormation, absent, parameter_values, tag_values};
use crate::error::AwsError;
use crate::ops::millis;
use crate::token::Token;

/// What becomes of a stack whose execution fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnFailure {
    /// It stays as it is, in `CREATE_FAILED` or `UPDATE_FAILED`.
    DoNothing,
    /// Back to what it was: `ROLLBACK_COMPLETE` or `UPDATE_ROLLBACK_COMPLETE`.
    Rollback,
    /// A new stack is deleted, without a trace but its ARN.
    Delete,
}

impl OnFailure {
    pub(super) fn on_stack_failure(self) -> types::OnStackFailure {
        match self {
            Self::DoNothing => types::OnStackFailure::DoNothing,
            Self::Rollback => types::OnStackFailure::Rollback,
            Self::Delete => types::OnStackFailure::Delete,
        }
    }
}

/// A stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stack {
    /// The ARN.
    pub stack_id: String,
    /// The name.
    pub name: String,
    /// `REVIEW_IN_PROGRESS`, `CREATE_IN_PROGRESS`, `CREATE_COMPLETE`, `ROLLBACK_COMPLETE` and the
    /// others, in AWS's spelling.
    pub status: String,
    /// Why, for people.
    pub status_reason: Option<String>,
    /// From the template.
    pub description: Option<String>,
    /// The change set that was executed last.
    pub change_set_id: Option<String>,
    /// The values of the parameters; hidden ones as `****`.
    pub parameters: BTreeMap<String, String>,
    /// What the template puts out.
    pub outputs: BTreeMap<String, String>,
    /// Outputs that other stacks can import: export name to output key.
    pub exports: BTreeMap<String, String>,
    /// The stack's tags.
    pub tags: BTreeMap<String, String>,
    /// What was acknowledged.
    pub capabilities: Vec<String>,
    /// The role that CloudFormation acts as.
    pub role_arn: Option<String>,
    /// Whether a failure leaves it as it is.
    pub disable_rollback: bool,
    /// Whether it cannot be deleted.
    pub termination_protection: bool,
    /// `IN_SYNC`, `DRIFTED`, `NOT_CHECKED`.
    pub drift_status: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub created_at_ms: Option<i64>,
    /// Milliseconds since the Unix epoch.
    pub updated_at_ms: Option<i64>,
    /// Milliseconds since the Unix epoch, once it is gone.
    pub deleted_at_ms: Option<i64>,
}

fn stack(stack: types::Stack) -> Stack {
    let outputs = stack.outputs.unwrap_or_default();
    let exports = outputs
        .iter()
        .filter_map(|output| Some((output.export_name.clone()?, output.output_key.clone()?)))
        .collect();
    Stack {
        stack_id: stack.stack_id.unwrap_or_default(),
        name: stack.stack_name.unwrap_or_default(),
        status: stack
            .stack_status
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default(),
        status_reason: stack.stack_status_reason,
        description: stack.description,
        change_set_id: stack.change_set_id,
        parameters: parameter_values(stack.parameters),
        exports,
        outputs: outputs
            .into_iter()
            .filter_map(|output| Some((output.output_key?, output.output_value?)))
            .collect(),
        tags: tag_values(stack.tags),
        capabilities: stack
            .capabilities
            .unwrap_or_default()
            .iter()
            .map(|name| name.as_str().to_owned())
            .collect(),
        role_arn: stack.role_arn,
        disable_rollback: stack.disable_rollback.unwrap_or_default(),
        termination_protection: stack.enable_termination_protection.unwrap_or_default(),
        drift_status: stack
            .drift_information
            .and_then(|drift| drift.stack_drift_status)
            .map(|status| status.as_str().to_owned()),
        created_at_ms: millis(stack.creation_time),
        updated_at_ms: millis(stack.last_updated_time),
        deleted_at_ms: millis(stack.deletion_time),
    }
}

impl CloudFormation<'_> {
    /// `DescribeStacks` for one stack. A deleted one is found by its ARN only.
    pub async fn describe_stack(&self, name: &str) -> Result<Stack, AwsError> {
        self.0
            .call("DescribeStacks", |cloudformation| async move {
                let out = cloudformation
                    .describe_stacks()
                    .stack_name(name)
                    .send()
                    .await?;
                let mut stacks = out.stacks.unwrap_or_default().into_iter();
                stacks.next().map(stack).ok_or_else(absent)
            })
            .await
    }

    /// `DeleteStack`. A stack that is not there is deleted already. `retain` names resources to
    /// leave behind, and is allowed in `DELETE_FAILED` only.
    pub async fn delete_stack(
        &self,
        name: &str,
        retain: &[String],
        role_arn: Option<&str>,
        token: &Token,
    ) -> Result<(), AwsError> {
        self.0
            .call("DeleteStack", |cloudformation| async move {
                cloudformation
                    .delete_stack()
                    .stack_name(name)
                    .set_retain_resources((!retain.is_empty()).then(|| retain.to_vec()))
                    .set_role_arn(role_arn.map(str::to_owned))
                    .client_request_token(token.as_str())
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }

    /// `ContinueUpdateRollback`: goes on from `UPDATE_ROLLBACK_FAILED`, without the resources
    /// named in `skip`.
    pub async fn continue_update_rollback(
        &self,
        name: &str,
        skip: &[String],
        role_arn: Option<&str>,
        token: &Token,
    ) -> Result<(), AwsError> {
        self.0
            .call("ContinueUpdateRollback", |cloudformation| async move {
                cloudformation
                    .continue_update_rollback()
                    .stack_name(name)
                    .set_resources_to_skip((!skip.is_empty()).then(|| skip.to_vec()))
                    .set_role_arn(role_arn.map(str::to_owned))
                    .client_request_token(token.as_str())
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }
}
