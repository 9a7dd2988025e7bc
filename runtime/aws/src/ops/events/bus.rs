//! Event buses.

use super::Events;
use crate::error::AwsError;

/// An event bus.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBus {
    /// The name.
    pub name: String,
    /// The bus's ARN.
    pub arn: String,
    /// Who else may put events, a policy document as text.
    pub policy: Option<String>,
}

impl Events<'_> {
    /// `CreateEventBus`. Conflict when there is one of that name. Returns the ARN.
    pub async fn create_event_bus(&self, name: &str) -> Result<String, AwsError> {
        self.0
            .call("CreateEventBus", |events| async move {
                let out = events.create_event_bus().name(name).send().await?;
                Ok(out.event_bus_arn.unwrap_or_default())
            })
            .await
    }

    /// `DescribeEventBus`.
    pub async fn describe_event_bus(&self, name: &str) -> Result<EventBus, AwsError> {
        self.0
            .call("DescribeEventBus", |events| async move {
                let out = events.describe_event_bus().name(name).send().await?;
                Ok(EventBus {
                    name: out.name.unwrap_or_default(),
                    arn: out.arn.unwrap_or_default(),
                    policy: out.policy,
                })
            })
            .await
    }

    /// `DeleteEventBus`. Its rules must be gone. Succeeds also when there is no such bus.
    pub async fn delete_event_bus(&self, name: &str) -> Result<(), AwsError> {
        self.0
            .call("DeleteEventBus", |events| async move {
                events.delete_event_bus().name(name).send().await?;
                Ok(())
            })
            .await
    }
}
