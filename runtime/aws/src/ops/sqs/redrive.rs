//! Moving messages out of a dead-letter queue.

use super::Sqs;
use crate::error::AwsError;

/// A move, under way or done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoveTask {
    /// Cancels it; only while it runs.
    pub handle: Option<String>,
    /// `RUNNING`, `COMPLETED`, `CANCELLING`, `CANCELLED`, `FAILED`.
    pub status: String,
    /// Messages moved so far, about.
    pub moved: i64,
    /// Messages to move, about.
    pub to_move: Option<i64>,
    /// Why it failed, if it did.
    pub failure_reason: Option<String>,
}

impl Sqs<'_> {
    /// `StartMessageMoveTask`: sends a dead-letter queue's messages back to where
    /// they came from, or to `destination_arn`. Returns the task's handle.
    ///
    /// One task a queue at a time; a second is refused.
    pub async fn start_message_move_task(
        &self,
        source_arn: &str,
        destination_arn: Option<&str>,
        max_per_second: Option<i32>,
    ) -> Result<String, AwsError> {
        self.0
            .call("StartMessageMoveTask", |sqs| async move {
                let out = sqs
                    .start_message_move_task()
                    .source_arn(source_arn)
                    .set_destination_arn(destination_arn.map(str::to_owned))
                    .set_max_number_of_messages_per_second(max_per_second)
                    .send()
                    .await?;
                Ok(out.task_handle.unwrap_or_default())
            })
            .await
    }

    /// `ListMessageMoveTasks`: the last few, newest first.
    pub async fn list_message_move_tasks(
        &self,
        source_arn: &str,
    ) -> Result<Vec<MoveTask>, AwsError> {
        self.0
            .call("ListMessageMoveTasks", |sqs| async move {
                let out = sqs
                    .list_message_move_tasks()
                    .source_arn(source_arn)
                    .max_results(10)
                    .send()
                    .await?;
                let tasks = out.results.unwrap_or_default().into_iter();
                Ok(tasks
                    .map(|task| MoveTask {
                        handle: task.task_handle,
                        status: task.status.unwrap_or_default(),
                        moved: task.approximate_number_of_messages_moved,
                        to_move: task.approximate_number_of_messages_to_move,
                        failure_reason: task.failure_reason,
                    })
                    .collect())
            })
            .await
    }
}
