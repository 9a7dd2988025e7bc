//! `StartMessageMoveTask`, `ListMessageMoveTasks`, `CancelMessageMoveTask`: from a dead-letter queue
//! back to work. What a task does is in [`moving`](super::moving).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::error::{error, invalid, missing, refused};
use super::list_queues::is_dead_letter_queue;
use super::moving::{self, Status, Task};
use super::queue::{Queue, find_by_arn};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

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

/// Starts to move the messages of a dead-letter queue: to the destination, or each to the queue that
/// it came from.
pub(super) fn start_message_move_task(
    input: StartInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<StartOutput, ServiceError> {
    let source_arn = input.source_arn.ok_or_else(|| missing("SourceArn"))?;
    let source = own(&source_arn, "SourceArn", call, tx)?;
    let rate = input.max_number_of_messages_per_second;
    let rate = rate.map(check_rate).transpose()?;
    if let Some(arn) = &input.destination_arn {
        let destination = own(arn, "DestinationArn", call, tx)?;
        if destination.is_fifo() != source.is_fifo() {
            return Err(refused(
                "Source and destination queues must be of the same type.",
            ));
        }
        if destination.arn == source.arn {
            return Err(refused(
                "Source queue arn and destination queue arn cannot be equal.",
            ));
        }
    }
    if !is_dead_letter_queue(&source, call, tx)? {
        return Err(refused(
            "Source queue must be configured as a Dead Letter Queue.",
        ));
    }
    if moving::running(&source, call, tx)?.is_some() {
        return Err(refused(
            "There is already a task running. Only one active task is allowed for a source queue \
             arn at a given time.",
        ));
    }
    let backlog = source.backlog(call, tx);
    backlog.settle()?;
    let task = Task {
        id: call.cloud.uuid(),
        status: Status::Running,
        to_move: backlog.counts()?.ready,
        source_arn,
        destination_arn: input.destination_arn,
        rate,
        moved: 0,
        failure: None,
        started_ms: call.now_ms,
    };
    let task_handle = handle(&task);
    moving::start(task, &source, call, tx)?;
    Ok(StartOutput { task_handle })
}

fn check_rate(rate: i64) -> Result<u32, ServiceError> {
    match u32::try_from(rate) {
        Ok(rate @ 1..=500) => Ok(rate),
        _ => Err(invalid(
            "MaxNumberOfMessagesPerSecond",
            rate,
            "Must be between 1 and 500, if provided.",
        )),
    }
}

fn own(arn: &str, parameter: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<Queue, ServiceError> {
    match find_by_arn(arn, tx)? {
        Some((scope, queue)) if scope == call.scope => Ok(queue),
        _ => Err(error(
            "ResourceNotFoundException",
            format!("The resource that you specified for the {parameter} parameter doesn't exist."),
        )),
    }
}

/// A task's handle: JSON in base64, as on AWS.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TaskHandle {
    task_id: String,
    source_arn: String,
}

fn handle(task: &Task) -> String {
    let handle = TaskHandle {
        task_id: task.id.clone(),
        source_arn: task.source_arn.clone(),
    };
    STANDARD.encode(serde_json::json!(handle).to_string())
}

fn read_handle(handle: &str) -> Result<TaskHandle, ServiceError> {
    STANDARD
        .decode(handle)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| {
            refused(format!(
                "Value {handle} for parameter TaskHandle is invalid."
            ))
        })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CancelInput {
    task_handle: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CancelOutput {
    approximate_number_of_messages_moved: u64,
}

/// Stops a task. What was moved stays moved.
pub(super) fn cancel_message_move_task(
    input: CancelInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<CancelOutput, ServiceError> {
    let handle = read_handle(&input.task_handle.ok_or_else(|| missing("TaskHandle"))?)?;
    let source = own(&handle.source_arn, "SourceArn", call, tx)?;
    let tasks = moving::latest(&source, moving::KEPT, call, tx)?;
    let Some(task) = tasks.into_iter().find(|task| task.id == handle.task_id) else {
        return Err(error("ResourceNotFoundException", "Task does not exist."));
    };
    if task.status != Status::Running {
        return Err(refused("Only active tasks can be cancelled."));
    }
    let moved = moving::cancel(task, &source, call, tx)?;
    Ok(CancelOutput {
        approximate_number_of_messages_moved: moved,
    })
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    source_arn: Option<String>,
    max_results: Option<i64>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListOutput {
    results: Vec<Shown>,
}

/// A task in a list. Only one that runs has its handle.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Shown {
    #[serde(skip_serializing_if = "Option::is_none")]
    task_handle: Option<String>,
    status: &'static str,
    source_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_number_of_messages_per_second: Option<u32>,
    approximate_number_of_messages_moved: u64,
    approximate_number_of_messages_to_move: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reason: Option<String>,
    started_timestamp: i64,
}

impl From<Task> for Shown {
    fn from(task: Task) -> Self {
        Self {
            task_handle: (task.status == Status::Running).then(|| handle(&task)),
            status: task.status.name(),
            source_arn: task.source_arn,
            destination_arn: task.destination_arn,
            max_number_of_messages_per_second: task.rate,
            approximate_number_of_messages_moved: task.moved,
            approximate_number_of_messages_to_move: task.to_move,
            failure_reason: task.failure,
            started_timestamp: task.started_ms,
        }
    }
}

/// The latest tasks of a dead-letter queue, newest first: 1, or up to 10 if asked for.
pub(super) fn list_message_move_tasks(
    input: ListInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<ListOutput, ServiceError> {
    let source_arn = input.source_arn.ok_or_else(|| missing("SourceArn"))?;
    let source = own(&source_arn, "SourceArn", call, tx)?;
    let most = match input.max_results {
        None => 1,
        Some(most) => usize::try_from(most)
            .ok()
            .filter(|most| (1..=moving::KEPT).contains(most))
            .ok_or_else(|| invalid("MaxResults", most, "Must be between 1 and 10."))?,
    };
    let tasks = moving::latest(&source, most, call, tx)?;
    Ok(ListOutput {
        results: tasks.into_iter().map(Shown::from).collect(),
    })
}
