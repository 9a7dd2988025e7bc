//! Stack events: written as things happen, read newest first.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::stack::{self, Stack, StackResource};
use super::{error, operation::Operation};
use crate::error::ServiceError;
use crate::inside::Inside;
use crate::protocol::timestamp::iso8601;
use crate::request::Call;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

const EVENTS: &str = "cloudformation.events";
const PAGE: usize = 100;
const NEWEST_FIRST: u64 = 999_999_999_999;

#[derive(Debug, Serialize, Deserialize)]
struct Event {
    id: String,
    logical_id: String,
    physical_id: String,
    kind: String,
    status: String,
    reason: Option<String>,
    properties: Option<String>,
    token: Option<String>,
    at_ms: i64,
}

impl Stack {
    /// Changes the stack's status, with an event.
    pub(super) fn turn(
        &mut self,
        status: &str,
        reason: Option<String>,
        token: Option<&str>,
        inside: &Inside<'_>,
    ) -> Result<(), ServiceError> {
        self.status = status.to_owned();
        self.reason = reason.clone();
        let event = Event {
            id: inside.call.cloud.uuid(),
            logical_id: self.name.clone(),
            physical_id: self.id.clone(),
            kind: "AWS::CloudFormation::Stack".to_owned(),
            status: status.to_owned(),
            reason,
            properties: None,
            token: token.map(str::to_owned),
            at_ms: 0,
        };
        self.record(event, inside)
    }

    /// Records what became of a resource.
    pub(super) fn tell(
        &mut self,
        resource: &StackResource,
        operation: &Operation,
        inside: &Inside<'_>,
    ) -> Result<(), ServiceError> {
        let event = Event {
            id: String::new(),
            logical_id: resource.id.clone(),
            physical_id: resource.physical_id.clone().unwrap_or_default(),
            kind: resource.kind.clone(),
            status: resource.status.clone(),
            reason: resource.reason.clone(),
            properties: Some(resource.properties.to_string()),
            token: operation.token.clone(),
            at_ms: 0,
        };
        self.record(event, inside)
    }

    /// Tells the stack's topics. A topic that is not there does not keep the stack.
    fn notify(&self, event: &Event, inside: &Inside<'_>) {
        for topic in &self.definition.notification_arns {
            let message = [
                ("StackId", self.id.as_str()),
                ("Timestamp", &iso8601(event.at_ms)),
                ("EventId", &event.id),
                ("LogicalResourceId", &event.logical_id),
                ("PhysicalResourceId", &event.physical_id),
                ("ResourceStatus", &event.status),
                (
                    "ResourceStatusReason",
                    event.reason.as_deref().unwrap_or_default(),
                ),
                ("ResourceType", &event.kind),
                ("StackName", &self.name),
                (
                    "ClientRequestToken",
                    event.token.as_deref().unwrap_or("null"),
                ),
            ];
            let lines = message.map(|(name, value)| format!("{name}='{value}'\n"));
            let input = json!({
                "TopicArn": topic,
                "Subject": "AWS CloudFormation Notification",
                "Message": lines.concat(),
            });
            if let Err(error) = inside.query("sns", "Publish", &input) {
                tracing::debug!(topic, %error, "a topic was not told of a stack's event");
            }
        }
    }

    /// Two events of a stack are never of the same millisecond, so that their ids differ.
    fn record(&mut self, mut event: Event, inside: &Inside<'_>) -> Result<(), ServiceError> {
        let Inside { call, tx } = inside;
        event.at_ms = call.now_ms.max(self.last_event_ms + 1);
        if event.id.is_empty() {
            event.id = format!(
                "{}-{}-{}",
                event.logical_id,
                event.status,
                iso8601(event.at_ms)
            );
        }
        self.last_event_ms = event.at_ms;
        self.events += 1;
        let key = format!("{}/{:012}", self.key, NEWEST_FIRST - self.events);
        tx.put(&call.scope, EVENTS, &key, &event)?;
        self.notify(&event, inside);
        Ok(())
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    stack_name: Option<String>,
    next_token: Option<String>,
}

/// `DescribeStackEvents`.
pub(super) fn describe(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let stack = stack::require(call, tx, input.stack_name.as_deref())?;
    let (events, next_token) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: EVENTS,
            prefix: &format!("{}/", stack.key),
        },
        input.next_token.as_deref(),
        PAGE,
        error::bad_token,
        |_: &Event| true,
    )?;
    let events: Vec<Value> = events
        .into_iter()
        .map(|event| {
            json!({
                "StackId": stack.id,
                "EventId": event.id,
                "StackName": stack.name,
                "LogicalResourceId": event.logical_id,
                "PhysicalResourceId": event.physical_id,
                "ResourceType": event.kind,
                "Timestamp": iso8601(event.at_ms),
                "ResourceStatus": event.status,
                "ResourceStatusReason": event.reason,
                "ResourceProperties": event.properties,
                "ClientRequestToken": event.token,
            })
        })
        .collect();
    Ok(json!({"StackEvents": events, "NextToken": next_token}))
}
