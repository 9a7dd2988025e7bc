//! What a rule sends its events to.

use aws_sdk_eventbridge::types::{self, DeadLetterConfig, RetryPolicy, SqsParameters};

use super::Events;
use crate::classify::Failure;
use crate::error::AwsError;
use crate::ops::{Page, PageRequest};

/// A target of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// The id, unique in the rule; a put of the same id replaces.
    pub id: String,
    /// Where: a queue's, a bus's, a function's ARN.
    pub arn: String,
    /// The role that EventBridge acts as, where the target needs one.
    pub role_arn: Option<String>,
    /// Sends only this part of the event, a JSON path.
    pub input_path: Option<String>,
    /// The message group, for a FIFO queue.
    pub message_group_id: Option<String>,
    /// The ARN of the queue for what cannot be delivered.
    pub dead_letter_arn: Option<String>,
    /// How often to try again, 0 to 185.
    pub max_retries: Option<i32>,
    /// How long to try, in seconds, 60 to 86400.
    pub max_event_age_s: Option<i32>,
}

fn input(target: Target) -> Result<types::Target, Failure> {
    let policy = (target.max_retries.is_some() || target.max_event_age_s.is_some()).then(|| {
        RetryPolicy::builder()
            .set_maximum_retry_attempts(target.max_retries)
            .set_maximum_event_age_in_seconds(target.max_event_age_s)
            .build()
    });
    let target = types::Target::builder()
        .id(target.id)
        .arn(target.arn)
        .set_role_arn(target.role_arn)
        .set_input_path(target.input_path)
        .set_sqs_parameters(
            target
                .message_group_id
                .map(|group| SqsParameters::builder().message_group_id(group).build()),
        )
        .set_dead_letter_config(
            target
                .dead_letter_arn
                .map(|arn| DeadLetterConfig::builder().arn(arn).build()),
        )
        .set_retry_policy(policy)
        .build()?;
    Ok(target)
}

fn output(target: types::Target) -> Target {
    Target {
        id: target.id,
        arn: target.arn,
        role_arn: target.role_arn,
        input_path: target.input_path,
        message_group_id: target.sqs_parameters.and_then(|sqs| sqs.message_group_id),
        dead_letter_arn: target.dead_letter_config.and_then(|config| config.arn),
        max_retries: target
            .retry_policy
            .as_ref()
            .and_then(|p| p.maximum_retry_attempts),
        max_event_age_s: target
            .retry_policy
            .and_then(|p| p.maximum_event_age_in_seconds),
    }
}

impl Events<'_> {
    /// `PutTargets`, at most 5 to a rule. One that fails fails the call with its
    /// code; the others are put then, and a repeat is harmless.
    pub async fn put_targets(
        &self,
        bus: &str,
        rule: &str,
        targets: Vec<Target>,
    ) -> Result<(), AwsError> {
        self.0
            .call("PutTargets", |events| async move {
                let targets: Result<Vec<_>, _> = targets.into_iter().map(input).collect();
                let out = events
                    .put_targets()
                    .event_bus_name(bus)
                    .rule(rule)
                    .set_targets(Some(targets?))
                    .send()
                    .await?;
                match out.failed_entries.unwrap_or_default().first() {
                    Some(failed) if out.failed_entry_count > 0 => Err(Failure::of_entry(
                        failed.error_code.as_deref(),
                        failed.error_message.as_deref(),
                    )),
                    _ => Ok(()),
                }
            })
            .await
    }

    /// `ListTargetsByRule`.
    pub async fn list_targets(
        &self,
        bus: &str,
        rule: &str,
        page: PageRequest,
    ) -> Result<Page<Target>, AwsError> {
        self.0
            .call("ListTargetsByRule", |events| async move {
                let out = events
                    .list_targets_by_rule()
                    .event_bus_name(bus)
                    .rule(rule)
                    .set_limit(page.max_results)
                    .set_next_token(page.next_token)
                    .send()
                    .await?;
                Ok(Page {
                    items: out
                        .targets
                        .unwrap_or_default()
                        .into_iter()
                        .map(output)
                        .collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }

    /// `RemoveTargets`. As [`Events::put_targets`] when one fails.
    pub async fn remove_targets(
        &self,
        bus: &str,
        rule: &str,
        ids: Vec<String>,
    ) -> Result<(), AwsError> {
        self.0
            .call("RemoveTargets", |events| async move {
                let out = events
                    .remove_targets()
                    .event_bus_name(bus)
                    .rule(rule)
                    .set_ids(Some(ids))
                    .send()
                    .await?;
                match out.failed_entries.unwrap_or_default().first() {
                    Some(failed) if out.failed_entry_count > 0 => Err(Failure::of_entry(
                        failed.error_code.as_deref(),
                        failed.error_message.as_deref(),
                    )),
                    _ => Ok(()),
                }
            })
            .await
    }
}
