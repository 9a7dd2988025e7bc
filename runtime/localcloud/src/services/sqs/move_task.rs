//! `StartMessageMoveTask` and `ListMessageMoveTasks`: from a dead-letter queue back to work.
//!
//! A task is done when `StartMessageMoveTask` answers, so there is never one to cancel.

use serde::{Deserialize, Serialize};

use super::error::{error, invalid, missing};
use super::list_queues::sources_of;
use super::message::{self, Head, Message};
use super::queue::{Queue, find_by_arn};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::{Scope, Tx};

const TASKS: &str = "sqs.move-tasks";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartInput {
    source_arn: Option<String>,
    destination_arn: Option<String>,
    max_number_of_messages_per_second: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StartOutput {
    task_handle: String,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Task {
    status: String,
    source_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_number_of_messages_per_second: Option<i64>,
    approximate_number_of_messages_moved: u64,
    approximate_number_of_messages_to_move: u64,
    started_timestamp: i64,
}

/// Moves every visible message of a dead-letter queue: to the destination, or each to the queue
/// that it came from. As on AWS, a moved message is a new one: fresh id, time and receive count. A
/// message whose queue of origin is not known or is gone stays.
pub(super) fn start_message_move_task(
    input: StartInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<StartOutput, ServiceError> {
    let source_arn = input.source_arn.ok_or_else(|| missing("SourceArn"))?;
    let source = own(&source_arn, call, tx)?;
    if sources_of(&source, call, tx)?.is_empty() {
        return Err(invalid(
            "SourceArn",
            &source_arn,
            "Source queue must be configured as a Dead Letter Queue.",
        ));
    }
    let destination = match &input.destination_arn {
        Some(arn) => Some(own(arn, call, tx)?),
        None => None,
    };
    let moved = move_all(&source, destination.as_ref(), call, tx)?;
    let task = Task {
        status: "COMPLETED".to_owned(),
        source_arn,
        destination_arn: input.destination_arn,
        max_number_of_messages_per_second: input.max_number_of_messages_per_second,
        approximate_number_of_messages_moved: moved,
        approximate_number_of_messages_to_move: moved,
        started_timestamp: call.now_ms,
    };
    let newest_first = i64::MAX - call.now_ms;
    let handle = call.cloud.uuid();
    let key = format!("{}/{newest_first:019}/{handle}", source.name);
    tx.put(&call.scope, TASKS, &key, &task)?;
    Ok(StartOutput {
        task_handle: handle,
    })
}

fn own(arn: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<Queue, ServiceError> {
    match find_by_arn(arn, tx)? {
        Some((scope, queue)) if scope == call.scope => Ok(queue),
        _ => Err(error(
            "ResourceNotFoundException",
            format!("The resource that you specified for the ARN parameter doesn't exist: {arn}"),
        )),
    }
}

fn move_all(
    source: &Queue,
    destination: Option<&Queue>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<u64, ServiceError> {
    message::expire(source, &call.scope, call.now_ms, tx)?;
    let mut moved = 0;
    let mut kept = Vec::new();
    while let Head::Message(message) = message::head(source, &call.scope, call.now_ms, tx)? {
        message.remove(source, &call.scope, tx)?;
        let target = match (destination, &message.dead_letter_source) {
            (Some(queue), _) => Some((call.scope.clone(), queue.clone())),
            (None, Some(origin)) => find_by_arn(origin, tx)?,
            (None, None) => None,
        };
        match target {
            Some((scope, queue)) => {
                send_again(*message, &queue, &scope, call, tx)?;
                moved += 1;
            }
            None => kept.push(*message),
        }
    }
    for message in kept {
        message.add(source, &call.scope, tx)?;
    }
    Ok(moved)
}

fn send_again(
    message: Message,
    queue: &Queue,
    scope: &Scope,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let mut again = message::new(
        call.cloud,
        message.body,
        message.attributes,
        message.sender_id,
        call.now_ms,
        call.now_ms,
    );
    again.trace_header = message.trace_header;
    again.add(queue, scope, tx)?;
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    source_arn: Option<String>,
    max_results: Option<usize>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    results: Vec<Task>,
}

/// The latest tasks of a dead-letter queue, newest first: 1, or up to 10 if asked for.
pub(super) fn list_message_move_tasks(
    input: ListInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<ListOutput, ServiceError> {
    let source = own(
        &input.source_arn.ok_or_else(|| missing("SourceArn"))?,
        call,
        tx,
    )?;
    let most = match input.max_results {
        None => 1,
        Some(most @ 1..=10) => most,
        Some(most) => return Err(invalid("MaxResults", most, "Must be between 1 and 10.")),
    };
    let prefix = format!("{}/", source.name);
    let found: Vec<(String, Task)> = tx.scan(&call.scope, TASKS, &prefix, None, most)?;
    Ok(ListOutput {
        results: found.into_iter().map(|(_, task)| task).collect(),
    })
}
