//! What happened to a stack, step by step.

use aws_sdk_cloudformation::types;

use super::CloudFormation;
use crate::error::AwsError;
use crate::ops::{Page, PageRequest, millis};

/// Something that happened to a stack or to a resource of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StackEvent {
    /// Unique.
    pub event_id: String,
    /// The stack's ARN.
    pub stack_id: String,
    /// The name in the template; the stack's name for the stack itself.
    pub logical_id: String,
    /// The name in AWS, once there is one.
    pub physical_id: Option<String>,
    /// `AWS::S3::Bucket`, `AWS::CloudFormation::Stack`.
    pub resource_type: String,
    /// `CREATE_IN_PROGRESS`, `CREATE_FAILED` and others.
    pub status: String,
    /// Why, for people.
    pub status_reason: Option<String>,
    /// The token of the call that caused it.
    pub token: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub at_ms: Option<i64>,
}

impl StackEvent {
    /// Whether it is about the stack itself.
    pub fn is_of_stack(&self) -> bool {
        self.physical_id.as_deref() == Some(self.stack_id.as_str())
    }
}

fn event(event: types::StackEvent) -> StackEvent {
    StackEvent {
        event_id: event.event_id.unwrap_or_default(),
        stack_id: event.stack_id.unwrap_or_default(),
        logical_id: event.logical_resource_id.unwrap_or_default(),
        physical_id: event.physical_resource_id.filter(|id| !id.is_empty()),
        resource_type: event.resource_type.unwrap_or_default(),
        status: event
            .resource_status
            .map(|status| status.as_str().to_owned())
            .unwrap_or_default(),
        status_reason: event.resource_status_reason,
        token: event.client_request_token,
        at_ms: millis(event.timestamp),
    }
}

impl CloudFormation<'_> {
    /// `DescribeStackEvents`: newest first. The page's size is AWS's.
    pub async fn describe_stack_events(
        &self,
        stack: &str,
        page: PageRequest,
    ) -> Result<Page<StackEvent>, AwsError> {
        self.0
            .call("DescribeStackEvents", |cloudformation| async move {
                let out = cloudformation
                    .describe_stack_events()
                    .stack_name(stack)
                    .set_next_token(page.next_token)
                    .send()
                    .await?;
                Ok(Page {
                    items: out
                        .stack_events
                        .unwrap_or_default()
                        .into_iter()
                        .map(event)
                        .collect(),
                    next_token: out.next_token,
                })
            })
            .await
    }

    /// The events behind the one with the id `after`, oldest first; all of them without it.
    /// Reads pages until it finds that event, at most `most_pages` of them: an event further
    /// back is as good as none, and the oldest events of that answer are missing.
    pub async fn stack_events_after(
        &self,
        stack: &str,
        after: Option<&str>,
        most_pages: usize,
    ) -> Result<Vec<StackEvent>, AwsError> {
        let mut events = Vec::new();
        let mut request = PageRequest::default();
        for _ in 0..most_pages {
            let page = self.describe_stack_events(stack, request).await?;
            let known = page
                .items
                .iter()
                .position(|event| Some(event.event_id.as_str()) == after);
            let fresh = known.unwrap_or(page.items.len());
            events.extend(page.items.into_iter().take(fresh));
            if known.is_some() || page.next_token.is_none() {
                break;
            }
            request = PageRequest {
                next_token: page.next_token,
                ..PageRequest::default()
            };
        }
        events.reverse();
        Ok(events)
    }
}
