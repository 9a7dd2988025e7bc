//! Amazon Simple Notification Service: topics, FIFO topics too, and their subscriptions.
//!
//! What is published goes into the queues that subscribed (`sqs`) within the same transaction, raw or
//! in SNS's envelope, filtered by attributes or by body. Other endpoints are kept and get nothing: who
//! has to confirm waits for a confirmation that never comes here. Topic policies are kept and not
//! evaluated. Text messages and mobile applications are not here.
//!
//! Documents: `sns.topics` by name, `sns.subscriptions` by `<topic>/<id>` with the index
//! `sns.subscriptions_by_endpoint`, and for FIFO topics `sns.sequences` and `sns.deduplication`.

mod attribute;
mod attributes;
mod delivery;
mod envelope;
mod error;
mod fifo;
mod filter;
mod lane;
mod permission;
mod publish;
mod subscription;
mod subscription_attributes;
mod tags;
mod topic;
mod topic_attributes;

pub(crate) use publish::deliver;

use http::request::Parts;

use crate::cloud::CloudInner;
use crate::due::Due;
use crate::error::ServiceError;
use crate::protocol::{Protocol, query};
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::Tx;

const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";

pub(crate) struct Sns;

/// Calls an operation with its input from the form, and writes its output.
macro_rules! answer {
    ($operation:expr, $call:expr, $tx:expr) => {
        query::write_tree(
            &$operation(query::read($call)?, $call, $tx)?,
            $call,
            NAMESPACE,
        )
    };
}

impl Service for Sns {
    fn name(&self) -> &'static str {
        "sns"
    }

    fn protocol(&self) -> Protocol {
        Protocol::Query
    }

    fn operation(&self, _request: &Parts, body: &[u8]) -> Option<String> {
        query::operation(body)
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "CreateTopic" => answer!(topic::create, call, tx),
            "DeleteTopic" => answer!(topic::delete, call, tx),
            "ListTopics" => answer!(topic::list, call, tx),
            "GetTopicAttributes" => answer!(topic::get_attributes, call, tx),
            "SetTopicAttributes" => answer!(topic::set_attribute, call, tx),
            "Subscribe" => answer!(subscription::subscribe, call, tx),
            "ConfirmSubscription" => answer!(subscription::confirm, call, tx),
            "AddPermission" => answer!(permission::add, call, tx),
            "RemovePermission" => answer!(permission::remove, call, tx),
            "Unsubscribe" => answer!(subscription::unsubscribe, call, tx),
            "ListSubscriptions" => answer!(subscription::list, call, tx),
            "ListSubscriptionsByTopic" => answer!(subscription::list_by_topic, call, tx),
            "GetSubscriptionAttributes" => answer!(subscription::get_attributes, call, tx),
            "SetSubscriptionAttributes" => answer!(subscription::set_attribute, call, tx),
            "Publish" => answer!(publish::publish, call, tx),
            "PublishBatch" => answer!(publish::publish_batch, call, tx),
            "TagResource" => answer!(tags::tag_resource, call, tx),
            "UntagResource" => answer!(tags::untag_resource, call, tx),
            "ListTagsForResource" => answer!(tags::list, call, tx),
            _ => Err(call.unknown_operation()),
        }
    }

    fn throttled(&self) -> ServiceError {
        ServiceError::new(400, "Throttling", "Rate exceeded")
    }
}

/// Does what is due of SNS: a retry.
pub(crate) fn perform(due: &Due, cloud: &CloudInner, tx: &Tx<'_>) -> Result<(), ServiceError> {
    match due.kind.as_str() {
        delivery::KIND => delivery::due(due, cloud, tx),
        lane::KIND => lane::due(due, cloud, tx),
        kind => Err(ServiceError::internal(format!(
            "SNS does no work of the kind {kind}"
        ))),
    }
}
