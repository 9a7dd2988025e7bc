//! Amazon Simple Notification Service: standard topics, and their subscriptions.
//!
//! What is published goes into the queues that subscribed (`sqs`) within the same transaction, raw or
//! in SNS's envelope, filtered by attributes or by body. Other endpoints wait for a confirmation that
//! never comes here. FIFO topics are refused; topic policies are kept and not evaluated.
//!
//! Documents: `sns.topics` by name, `sns.subscriptions` by `<topic>/<id>`.

mod attributes;
mod envelope;
mod error;
mod filter;
mod publish;
mod subscription;
mod tags;
mod topic;

use http::request::Parts;

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
