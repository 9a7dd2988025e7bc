//! Amazon Simple Queue Service, standard queues.
//!
//! FIFO queues are refused. Queue policies and encryption settings are kept and not evaluated; a
//! queue is used by its own account only, and [`deliver`] reaches every queue.
//!
//! Documents: `sqs.queues` (by name), `sqs.messages` (`<queue>/<message id>`), and `sqs.schedule`
//! (`<queue>/<when it is visible>/<order>`), whose head is what `ReceiveMessage` takes next. A
//! message is in exactly one place of the schedule, so that receiving it, hiding it and letting it
//! reappear are one move.

mod attributes;
mod batch;
mod create_queue;
mod delete_message;
mod deliver;
mod digest;
mod error;
mod list_queues;
mod message;
mod move_task;
mod queue;
mod receipt;
mod receive_message;
mod send_message;
mod tags;
mod visibility;

use http::request::Parts;
use serde::Serialize;

pub use deliver::deliver;
pub(crate) use deliver::deliver_with;
pub(crate) use message::Attribute;

use crate::error::ServiceError;
use crate::protocol::{Protocol, aws_json};
use crate::request::Call;
use crate::services::{Reply, Service};
use crate::store::Tx;

pub(crate) struct Sqs;

impl Service for Sqs {
    fn name(&self) -> &'static str {
        "sqs"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson10
    }

    fn operation(&self, request: &Parts, _body: &[u8]) -> Option<String> {
        aws_json::operation(request)
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        match call.operation.as_str() {
            "CreateQueue" => answer(create_queue::create_queue(aws_json::read(call)?, call, tx)?),
            "DeleteQueue" => empty(create_queue::delete_queue(aws_json::read(call)?, call, tx)?),
            "PurgeQueue" => empty(create_queue::purge_queue(aws_json::read(call)?, call, tx)?),
            "GetQueueUrl" => answer(list_queues::get_queue_url(aws_json::read(call)?, call, tx)?),
            "ListQueues" => answer(list_queues::list_queues(aws_json::read(call)?, call, tx)?),
            "ListDeadLetterSourceQueues" => {
                answer(list_queues::list_sources(aws_json::read(call)?, call, tx)?)
            }
            "GetQueueAttributes" => answer(attributes::get(aws_json::read(call)?, call, tx)?),
            "SetQueueAttributes" => empty(attributes::set(aws_json::read(call)?, call, tx)?),
            "TagQueue" => empty(tags::tag_queue(aws_json::read(call)?, call, tx)?),
            "UntagQueue" => empty(tags::untag_queue(aws_json::read(call)?, call, tx)?),
            "ListQueueTags" => answer(tags::list_queue_tags(aws_json::read(call)?, call, tx)?),
            "SendMessage" => answer(send_message::send_message(aws_json::read(call)?, call, tx)?),
            "SendMessageBatch" => answer(send_message::send_message_batch(
                aws_json::read(call)?,
                call,
                tx,
            )?),
            "ReceiveMessage" => receive_message::receive_message(aws_json::read(call)?, call, tx),
            "DeleteMessage" => empty(delete_message::delete_message(
                aws_json::read(call)?,
                call,
                tx,
            )?),
            "DeleteMessageBatch" => answer(delete_message::delete_message_batch(
                aws_json::read(call)?,
                call,
                tx,
            )?),
            "ChangeMessageVisibility" => empty(visibility::change_message_visibility(
                aws_json::read(call)?,
                call,
                tx,
            )?),
            "ChangeMessageVisibilityBatch" => answer(visibility::change_message_visibility_batch(
                aws_json::read(call)?,
                call,
                tx,
            )?),
            "StartMessageMoveTask" => answer(move_task::start_message_move_task(
                aws_json::read(call)?,
                call,
                tx,
            )?),
            "ListMessageMoveTasks" => answer(move_task::list_message_move_tasks(
                aws_json::read(call)?,
                call,
                tx,
            )?),
            _ => Err(call.unknown_operation()),
        }
    }

    fn throttled(&self) -> ServiceError {
        error::error("RequestThrottled", "Rate exceeded")
    }
}

fn answer(output: impl Serialize) -> Result<Reply, ServiceError> {
    aws_json::write(&output, aws_json::V1_0)
}

fn empty((): ()) -> Result<Reply, ServiceError> {
    Ok(Reply {
        body: b"{}".to_vec(),
        ..Reply::status(200).with_header("content-type", aws_json::V1_0)
    })
}
