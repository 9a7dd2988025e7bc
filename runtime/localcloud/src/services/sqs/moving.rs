//! Message move tasks under way. They go on with every SQS request in their account and region: a
//! task with a rate by the cloud's clock, one without as fast as it can, a thousand messages a step.
//! A step is part of the request's transaction, so a killed cloud goes on where it was.
//!
//! ```text
//! RUNNING ─ nothing is left to move ───────────▶ COMPLETED
//!    ├───── CancelMessageMoveTask ─────────────▶ CANCELLED
//!    └───── a message has nowhere to go ───────▶ FAILED
//! ```

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use super::backlog::Backlog;
use super::message::Message;
use super::queue::{QUEUES, Queue, find_by_arn};
use crate::error::ServiceError;
use crate::request::Call;
use crate::store::Tx;

/// Tasks by their source, newest first.
const TASKS: &str = "sqs.message-move-tasks";
/// The key of the task that is under way, by its source.
const RUNNING: &str = "sqs.moving";

/// So many tasks of a source are kept.
pub(super) const KEPT: usize = 10;
/// The most messages that one step moves.
const LARGEST_STEP: u64 = 1_000;

/// A message move task. Times in milliseconds since the Unix epoch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Task {
    pub(super) id: String,
    pub(super) status: Status,
    pub(super) source_arn: String,
    /// Without one, messages go where they came from.
    pub(super) destination_arn: Option<String>,
    /// Messages a second.
    pub(super) rate: Option<u32>,
    pub(super) moved: u64,
    /// How many there were when the task was started.
    pub(super) to_move: u64,
    pub(super) failure: Option<String>,
    pub(super) started_ms: i64,
}

/// Where a task is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Status {
    /// It moves messages; the only state that is left again.
    Running,
    /// Nothing was left to move.
    Completed,
    /// Somebody stopped it.
    Cancelled,
    /// A message had nowhere to go, and stayed.
    Failed,
}

impl Status {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
            Self::Failed => "FAILED",
        }
    }
}

fn key(task: &Task, source: &Queue) -> String {
    let newest_first = i64::MAX - task.started_ms;
    format!("{}/{newest_first:019}/{}", source.name, task.id)
}

/// Begins a task, and takes its first step.
pub(super) fn start(
    task: Task,
    source: &Queue,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let key = key(&task, source);
    tx.put(&call.scope, TASKS, &key, &task)?;
    tx.put(&call.scope, RUNNING, &source.name, &key)?;
    let prefix = format!("{}/", source.name);
    let all: Vec<(String, IgnoredAny)> = tx.scan(&call.scope, TASKS, &prefix, None, KEPT + 1)?;
    for (key, _) in all.iter().skip(KEPT) {
        tx.delete(&call.scope, TASKS, key)?;
    }
    step(&source.name, &key, call, tx)
}

/// The key of the source's task that is under way.
pub(super) fn running(
    source: &Queue,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Option<String>, ServiceError> {
    tx.get(&call.scope, RUNNING, &source.name)
}

/// The source's tasks, newest first.
pub(super) fn latest(
    source: &Queue,
    most: usize,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Vec<Task>, ServiceError> {
    let prefix = format!("{}/", source.name);
    let found: Vec<(String, Task)> = tx.scan(&call.scope, TASKS, &prefix, None, most)?;
    Ok(found.into_iter().map(|(_, task)| task).collect())
}

/// Ends a task; how many messages it moved.
pub(super) fn cancel(
    mut task: Task,
    source: &Queue,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<u64, ServiceError> {
    task.status = Status::Cancelled;
    tx.delete(&call.scope, RUNNING, &source.name)?;
    tx.put(&call.scope, TASKS, &key(&task, source), &task)?;
    Ok(task.moved)
}

/// Takes a step of every task in the caller's account and region.
pub(super) fn advance(call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let under_way: Vec<(String, String)> = tx.scan(&call.scope, RUNNING, "", None, usize::MAX)?;
    for (source, key) in under_way {
        step(&source, &key, call, tx)?;
    }
    Ok(())
}

fn step(source: &str, key: &str, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
    let task: Option<Task> = tx.get(&call.scope, TASKS, key)?;
    let source_queue: Option<Queue> = tx.get(&call.scope, QUEUES, source)?;
    let (Some(mut task), Some(queue)) = (task, source_queue) else {
        // The queue was deleted, and its messages with it.
        tx.delete(&call.scope, RUNNING, source)?;
        return Ok(());
    };
    let before = task.moved;
    task.move_some(&queue, call, tx)?;
    if task.status != Status::Running {
        tx.delete(&call.scope, RUNNING, source)?;
    } else if task.moved == before {
        return Ok(());
    }
    tx.put(&call.scope, TASKS, key, &task)
}

impl Task {
    /// How many messages may be moved now.
    fn allowance(&self, now_ms: i64) -> u64 {
        let Some(rate) = self.rate else {
            return LARGEST_STEP;
        };
        let passed_ms = u64::try_from(now_ms - self.started_ms).unwrap_or_default();
        let by_now = passed_ms.saturating_mul(rate.into()) / 1_000;
        by_now.saturating_sub(self.moved).min(LARGEST_STEP)
    }

    fn move_some(
        &mut self,
        source: &Queue,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<(), ServiceError> {
        let backlog = source.backlog(call, tx);
        backlog.settle()?;
        for _ in 0..self.allowance(call.now_ms) {
            let Some((_, line)) = backlog.ready(None, 1)?.pop() else {
                break;
            };
            let Some(message) = backlog.load(line.key)? else {
                return Err(ServiceError::internal("a list names no message"));
            };
            let to = self.destination_arn.as_ref();
            let Some(arn) = to.or(message.dead_letter_source.as_ref()) else {
                self.fail("CouldNotDetermineMessageSource");
                return Ok(());
            };
            let Some((scope, queue)) = find_by_arn(arn, tx)? else {
                self.fail("AWS.SimpleQueueService.NonExistentQueue");
                return Ok(());
            };
            backlog.remove(&message)?;
            let target = Backlog {
                queue: &queue,
                scope: &scope,
                ..backlog
            };
            send_again(message, call, &target)?;
            self.moved += 1;
        }
        if backlog.ready(None, 1)?.is_empty() {
            self.status = Status::Completed;
        }
        Ok(())
    }

    fn fail(&mut self, reason: &str) {
        self.status = Status::Failed;
        self.failure = Some(reason.to_owned());
    }
}

/// As on AWS, a moved message is a new one: fresh id, time and receive count.
fn send_again(message: Message, call: &Call<'_>, target: &Backlog<'_>) -> Result<(), ServiceError> {
    let mut again = Message::new(
        call.cloud,
        message.body,
        message.attributes,
        message.sender_id,
        target.now_ms,
        target.now_ms,
    );
    again.trace_header = message.trace_header;
    again.group = message.group;
    again.deduplication_id = message.deduplication_id;
    target.add(again)?;
    Ok(())
}
