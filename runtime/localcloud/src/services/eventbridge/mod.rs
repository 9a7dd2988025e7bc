//! EventBridge: buses, rules, targets and `PutEvents`, with delivery to SQS queues.
//!
//! An event reaches its queues in the transaction of the `PutEvents` that brought it, so it is either
//! refused or delivered. Targets other than SQS queues are kept and not invoked. Schedules fire
//! by the cloud's clock. Archives, connections, pipes and resource policies are not
//! here: a bus takes events from its own account only.

mod arn;
mod bus;
mod create_event_bus;
mod delete_event_bus;
mod delete_rule;
mod delivery;
mod describe_event_bus;
mod describe_rule;
mod envelope;
mod error;
mod input;
mod list_event_buses;
mod list_rules;
mod list_targets_by_rule;
pub mod pattern;
mod put_events;
mod put_rule;
mod put_targets;
mod remove_targets;
mod rule;
pub(super) mod schedule;
mod switch_rule;
mod target;
mod test_event_pattern;

use http::request::Parts;

use crate::error::ServiceError;
use crate::protocol::{Protocol, aws_json};
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::Tx;

/// EventBridge.
#[derive(Debug, Default, Clone, Copy)]
pub struct EventBridge;

/// Calls an operation with its input from the body, and writes its output.
macro_rules! answer {
    ($operation:expr, $call:expr, $tx:expr) => {
        aws_json::write(
            &$operation(aws_json::read($call)?, $call, $tx)?,
            aws_json::V1_1,
        )
    };
}

impl Service for EventBridge {
    fn name(&self) -> &'static str {
        "events"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson11
    }

    fn operation(&self, request: &Parts, _body: &[u8]) -> Option<String> {
        aws_json::operation(request)
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "CreateEventBus" => answer!(create_event_bus::create_event_bus, call, tx),
            "DescribeEventBus" => answer!(describe_event_bus::describe_event_bus, call, tx),
            "ListEventBuses" => answer!(list_event_buses::list_event_buses, call, tx),
            "DeleteEventBus" => answer!(delete_event_bus::delete_event_bus, call, tx),
            "PutRule" => answer!(put_rule::put_rule, call, tx),
            "DescribeRule" => answer!(describe_rule::describe_rule, call, tx),
            "ListRules" => answer!(list_rules::list_rules, call, tx),
            "DeleteRule" => answer!(delete_rule::delete_rule, call, tx),
            "EnableRule" => answer!(switch_rule::enable_rule, call, tx),
            "DisableRule" => answer!(switch_rule::disable_rule, call, tx),
            "PutTargets" => answer!(put_targets::put_targets, call, tx),
            "ListTargetsByRule" => answer!(list_targets_by_rule::list_targets_by_rule, call, tx),
            "RemoveTargets" => answer!(remove_targets::remove_targets, call, tx),
            "PutEvents" => answer!(put_events::put_events, call, tx),
            "TestEventPattern" => answer!(test_event_pattern::test_event_pattern, call, tx),
            _ => Err(call.unknown_operation()),
        }
    }
}
