//! EventBridge: buses, rules, targets and `PutEvents`, archives and replays.
//!
//! An event reaches its targets in the transaction of the `PutEvents` that brought it, so it is either
//! refused or delivered. Queues, SNS topics and other buses are invoked, of any account; a bus that got
//! an event from another does not pass it on to a third. Other targets are taken and kept as AWS takes
//! them, and cannot be delivered to: their events go to the dead-letter queue at once. A delivery that
//! fails for the moment is tried again by the clock (`retry`).
//!
//! Schedules of rules fire by the cloud's clock. The policies of buses are kept and not evaluated.
//! Connections, API destinations, partner sources, global endpoints, schemas and
//! pipes are not here.
//!
//! Documents: `events.buses` by name, `events.rules` by `bus/rule`, `events.targets` by
//! `bus/rule/id` with the index `events.rules_by_target`, `events.tags` by ARN, `events.rule_stamps` by
//! bus (`compiled`), `events.archives` and `events.replays` by name, and what is archived (`archive`).

mod archive;
mod archives;
mod arn;
mod attempt;
mod bus;
mod compiled;
mod create_event_bus;
mod delete_event_bus;
mod delete_rule;
mod delivery;
mod describe_event_bus;
mod describe_rule;
mod envelope;
mod error;
mod filtered;
mod input;
mod json_path;
mod list_event_buses;
mod list_rule_names_by_target;
mod list_rules;
mod list_targets_by_rule;
pub mod pattern;
mod permission;
mod put_events;
mod put_rule;
mod put_targets;
mod remove_targets;
mod replay;
mod replays;
mod retry;
mod rule;
pub(super) mod schedule;
mod switch_rule;
mod tags;
mod target;
mod test_event_pattern;
mod update_event_bus;

pub(crate) use compiled::CompiledRules;

use http::request::Parts;

use crate::cloud::CloudInner;
use crate::due::Due;
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
            "UpdateEventBus" => answer!(update_event_bus::update_event_bus, call, tx),
            "PutPermission" => answer!(permission::put_permission, call, tx),
            "RemovePermission" => answer!(permission::remove_permission, call, tx),
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
            "ListRuleNamesByTarget" => {
                answer!(
                    list_rule_names_by_target::list_rule_names_by_target,
                    call,
                    tx
                )
            }
            "RemoveTargets" => answer!(remove_targets::remove_targets, call, tx),
            "PutEvents" => answer!(put_events::put_events, call, tx),
            "TestEventPattern" => answer!(test_event_pattern::test_event_pattern, call, tx),
            "TagResource" => answer!(tags::tag_resource, call, tx),
            "UntagResource" => answer!(tags::untag_resource, call, tx),
            "ListTagsForResource" => answer!(tags::list_tags_for_resource, call, tx),
            "CreateArchive" => answer!(archives::create_archive, call, tx),
            "DescribeArchive" => answer!(archives::describe_archive, call, tx),
            "ListArchives" => answer!(archives::list_archives, call, tx),
            "UpdateArchive" => answer!(archives::update_archive, call, tx),
            "DeleteArchive" => answer!(archives::delete_archive, call, tx),
            "StartReplay" => answer!(replays::start_replay, call, tx),
            "DescribeReplay" => answer!(replays::describe_replay, call, tx),
            "ListReplays" => answer!(replays::list_replays, call, tx),
            "CancelReplay" => answer!(replays::cancel_replay, call, tx),
            _ => Err(call.unknown_operation()),
        }
    }
}

/// Does what is due of EventBridge: a retry, or the next part of a replay.
pub(crate) fn perform(due: &Due, cloud: &CloudInner, tx: &Tx<'_>) -> Result<(), ServiceError> {
    match due.kind.as_str() {
        retry::KIND => retry::due(due, cloud, tx),
        replay::KIND => replay::due(due, cloud, tx),
        kind => Err(ServiceError::internal(format!(
            "EventBridge does no work of the kind {kind}"
        ))),
    }
}
