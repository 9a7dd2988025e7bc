//! Rules. `PutRule` states the wanted end, so a repeat is harmless.

use aws_sdk_eventbridge::types::RuleState;

use super::Events;
use crate::error::AwsError;

/// What `PutRule` takes. Set a pattern or a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PutRule {
    /// The bus.
    pub bus: String,
    /// The name, unique on the bus.
    pub name: String,
    /// Which events, an event pattern as JSON text.
    pub pattern: Option<String>,
    /// When: `rate(5 minutes)`, `cron(…)`. Only on the default bus.
    pub schedule: Option<String>,
    /// For people.
    pub description: Option<String>,
    /// Whether it does nothing for now.
    pub disabled: bool,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The name.
    pub name: String,
    /// The rule's ARN.
    pub arn: String,
    /// Which events.
    pub pattern: Option<String>,
    /// When.
    pub schedule: Option<String>,
    /// `ENABLED`, `DISABLED`.
    pub state: Option<String>,
}

impl Events<'_> {
    /// `PutRule`: creates or replaces. Returns the ARN.
    pub async fn put_rule(&self, input: PutRule) -> Result<String, AwsError> {
        self.0
            .call("PutRule", |events| async move {
                let state = if input.disabled {
                    RuleState::Disabled
                } else {
                    RuleState::Enabled
                };
                let out = events
                    .put_rule()
                    .event_bus_name(input.bus)
                    .name(input.name)
                    .set_event_pattern(input.pattern)
                    .set_schedule_expression(input.schedule)
                    .set_description(input.description)
                    .state(state)
                    .send()
                    .await?;
                Ok(out.rule_arn.unwrap_or_default())
            })
            .await
    }

    /// `DescribeRule`.
    pub async fn describe_rule(&self, bus: &str, name: &str) -> Result<Rule, AwsError> {
        self.0
            .call("DescribeRule", |events| async move {
                let out = events
                    .describe_rule()
                    .event_bus_name(bus)
                    .name(name)
                    .send()
                    .await?;
                Ok(Rule {
                    name: out.name.unwrap_or_default(),
                    arn: out.arn.unwrap_or_default(),
                    pattern: out.event_pattern,
                    schedule: out.schedule_expression,
                    state: out.state.map(|state| state.as_str().to_owned()),
                })
            })
            .await
    }

    /// `DeleteRule`. Its targets must be removed first.
    pub async fn delete_rule(&self, bus: &str, name: &str) -> Result<(), AwsError> {
        self.0
            .call("DeleteRule", |events| async move {
                events
                    .delete_rule()
                    .event_bus_name(bus)
                    .name(name)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }
}
