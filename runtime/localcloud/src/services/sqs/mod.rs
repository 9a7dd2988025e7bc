//! Amazon Simple Queue Service: standard and FIFO queues, over both of its protocols.
//!
//! Queue policies and encryption settings are kept and not evaluated; a queue is used by its own
//! account only, and [`deliver`] reaches every queue. Throughput is not limited. A dead-letter
//! queue is in the account and region of its source.
//!
//! Documents: `sqs.queues` by name; the messages of a queue with the lists that order them, see
//! `backlog`; what a FIFO queue remembers for five minutes, see `window`; message move tasks, see
//! `moving`.

mod attempt;
mod attributes;
mod backlog;
mod batch;
mod content;
mod create_queue;
mod deduplication;
mod delete_message;
mod deliver;
mod digest;
mod error;
mod fifo;
mod list_queues;
mod message;
mod move_task;
mod moving;
mod permission;
mod queue;
mod receipt;
mod receive_message;
mod redrive;
mod send_message;
mod settings;
mod tags;
mod take;
mod visibility;
mod window;
mod wire;

use http::request::Parts;

pub use deliver::deliver;
pub(crate) use deliver::{Delivery, deliver_to, deliver_with};
pub(crate) use message::Attribute;

use crate::error::ServiceError;
use crate::protocol::{Protocol, aws_json, query};
use crate::request::Call;
use crate::router::decode_form;
use crate::services::{Reply, Service};
use crate::store::Tx;
use receive_message::Poll;
use wire::Wire;

pub(crate) struct Sqs;

impl Service for Sqs {
    fn name(&self) -> &'static str {
        "sqs"
    }

    fn protocol(&self) -> Protocol {
        Protocol::AwsJson10
    }

    fn protocol_of(&self, request: &Parts) -> Protocol {
        wire::protocol_of(&request.headers)
    }

    fn operation(&self, request: &Parts, body: &[u8]) -> Option<String> {
        if self.protocol_of(request) == Protocol::AwsJson10 {
            return aws_json::operation(request);
        }
        // A form may also come as the query of a GET.
        let in_query = || {
            let query = decode_form(request.uri.query()?);
            let action = query.into_iter().find(|(name, _)| name == "Action");
            action.map(|(_, value)| value)
        };
        query::operation(body).or_else(in_query)
    }

    fn handle(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
        let wire = Wire::of(call);
        moving::advance(call, tx)?;
        answer(wire, call, tx).map_err(|error| wire.refusal(error))
    }

    fn throttled(&self) -> ServiceError {
        error::error("RequestThrottled", "Rate exceeded")
    }
}

fn answer(wire: Wire<'_>, call: &Call<'_>, tx: &Tx<'_>) -> Result<Reply, ServiceError> {
    match call.operation.as_str() {
        "AddPermission" => wire.done(permission::add_permission(wire.read()?, call, tx)?),
        "CancelMessageMoveTask" => {
            wire.write(move_task::cancel_message_move_task(wire.read()?, call, tx)?)
        }
        "ChangeMessageVisibility" => wire.done(visibility::change_message_visibility(
            wire.read()?,
            call,
            tx,
        )?),
        "ChangeMessageVisibilityBatch" => wire.write(visibility::change_message_visibility_batch(
            wire.read()?,
            call,
            tx,
        )?),
        "CreateQueue" => wire.write(create_queue::create_queue(wire.read()?, call, tx)?),
        "DeleteMessage" => wire.done(delete_message::delete_message(wire.read()?, call, tx)?),
        "DeleteMessageBatch" => wire.write(delete_message::delete_message_batch(
            wire.read()?,
            call,
            tx,
        )?),
        "DeleteQueue" => wire.done(create_queue::delete_queue(wire.read()?, call, tx)?),
        "GetQueueAttributes" => wire.write(attributes::get(wire.read()?, call, tx)?),
        "GetQueueUrl" => wire.write(list_queues::get_queue_url(wire.read()?, call, tx)?),
        "ListDeadLetterSourceQueues" => {
            wire.write(list_queues::list_sources(wire.read()?, call, tx)?)
        }
        "ListMessageMoveTasks" => {
            wire.write(move_task::list_message_move_tasks(wire.read()?, call, tx)?)
        }
        "ListQueues" => wire.write(list_queues::list_queues(wire.read()?, call, tx)?),
        "ListQueueTags" => wire.write(tags::list_queue_tags(wire.read()?, call, tx)?),
        "PurgeQueue" => wire.done(create_queue::purge_queue(wire.read()?, call, tx)?),
        "ReceiveMessage" => match receive_message::receive_message(wire.read()?, call, tx)? {
            Poll::Done(output) => wire.write(output),
            Poll::Wait(reply) => Ok(reply),
        },
        "RemovePermission" => wire.done(permission::remove_permission(wire.read()?, call, tx)?),
        "SendMessage" => wire.write(send_message::send_message(wire.read()?, call, tx)?),
        "SendMessageBatch" => wire.write(send_message::send_message_batch(wire.read()?, call, tx)?),
        "SetQueueAttributes" => wire.done(attributes::set(wire.read()?, call, tx)?),
        "StartMessageMoveTask" => {
            wire.write(move_task::start_message_move_task(wire.read()?, call, tx)?)
        }
        "TagQueue" => wire.done(tags::tag_queue(wire.read()?, call, tx)?),
        "UntagQueue" => wire.done(tags::untag_queue(wire.read()?, call, tx)?),
        _ => Err(call.unknown_operation()),
    }
}
