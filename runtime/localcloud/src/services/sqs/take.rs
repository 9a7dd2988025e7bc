//! Taking messages out of a queue for a while: which ones, in which order, and what happens to those
//! that were received too often.

use super::backlog::{Backlog, Line};
use super::message::{Message, Receipt};
use super::queue::find_by_arn;
use crate::error::ServiceError;
use crate::request::Call;

/// A round of `ReceiveMessage`.
pub(super) struct Take<'a> {
    backlog: Backlog<'a>,
    call: &'a Call<'a>,
    most: usize,
    /// For how many seconds the messages are hidden.
    hidden: u32,
    taken: Vec<Message>,
}

impl<'a> Take<'a> {
    /// Takes up to `most` messages of a settled backlog.
    pub(super) fn round(
        backlog: Backlog<'a>,
        call: &'a Call<'a>,
        most: usize,
        hidden: u32,
    ) -> Result<Vec<Message>, ServiceError> {
        let mut take = Self {
            backlog,
            call,
            most,
            hidden,
            taken: Vec::new(),
        };
        if backlog.queue.is_fifo() {
            take.by_group()?;
        } else {
            take.by_time()?;
        }
        Ok(take.taken)
    }

    fn left(&self) -> usize {
        self.most - self.taken.len()
    }

    /// With a visibility timeout of 0, what was taken is ready again; and a group comes again where
    /// its first message was buried.
    fn has(&self, line: &Line) -> bool {
        let order = line.key.order;
        self.taken.iter().any(|message| message.order == order)
    }

    fn by_time(&mut self) -> Result<(), ServiceError> {
        let mut after = None;
        while self.left() > 0 {
            let lines = self.backlog.ready(after.as_deref(), self.left())?;
            let Some((last, _)) = lines.last() else { break };
            after = Some(last.clone());
            for (_, line) in lines {
                if !self.has(&line) {
                    self.take(&line)?;
                }
            }
        }
        Ok(())
    }

    /// As many as possible of one group, then of the next. Behind a hidden message of a group
    /// nothing is taken.
    fn by_group(&mut self) -> Result<(), ServiceError> {
        let mut after = None;
        while self.left() > 0 {
            let Some((key, first)) = self.backlog.ready(after.as_deref(), 1)?.pop() else {
                break;
            };
            after = Some(key);
            self.of_group(first.group.as_deref().unwrap_or_default())?;
        }
        Ok(())
    }

    fn of_group(&mut self, group: &str) -> Result<(), ServiceError> {
        let mut after = None;
        while self.left() > 0 {
            let lines = self
                .backlog
                .of_group(group, after.as_deref(), self.left())?;
            if lines.is_empty() {
                break;
            }
            for (key, line) in lines {
                if line.visible_ms > self.backlog.now_ms {
                    return Ok(());
                }
                if !self.has(&line) {
                    self.take(&line)?;
                }
                after = Some(key);
            }
        }
        Ok(())
    }

    /// Takes a message, unless it was received too often.
    fn take(&mut self, line: &Line) -> Result<(), ServiceError> {
        let backlog = self.backlog;
        let mut message = backlog.load(line.key)?.ok_or_else(|| {
            ServiceError::internal(format!("a list names no message: {:?}", line.key))
        })?;
        if let Some(redrive) = &backlog.queue.settings.redrive
            && message.receive_count >= redrive.max_receive_count
            && redrive.target_arn != backlog.queue.arn
            && let Some((scope, target)) = find_by_arn(&redrive.target_arn, backlog.tx)?
        {
            backlog.remove(&message)?;
            let target = Backlog {
                queue: &target,
                scope: &scope,
                ..backlog
            };
            bury(message, &backlog.queue.arn, &target)?;
            return Ok(());
        }
        message.receive_count += 1;
        message.first_received_ms.get_or_insert(backlog.now_ms);
        message.receipt = Some(Receipt {
            id: self.call.cloud.uuid(),
            received_ms: backlog.now_ms,
        });
        let visible_ms = backlog.now_ms + i64::from(self.hidden) * 1_000;
        backlog.hide(&mut message, visible_ms)?;
        self.taken.push(message);
        Ok(())
    }
}

/// Puts a message into a dead-letter queue. It stays what it was; in a FIFO queue its age begins
/// anew, and its own id is its deduplication id, so that no other message keeps it out.
fn bury(mut message: Message, source_arn: &str, target: &Backlog<'_>) -> Result<(), ServiceError> {
    message.dead_letter_source = Some(source_arn.to_owned());
    message.receipt = None;
    message.visible_ms = target.now_ms;
    if target.queue.is_fifo() {
        message.sent_ms = target.now_ms;
        message.deduplication_id = Some(message.id.clone());
    }
    target.add(message)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use serde_json::json;

    use crate::stage::{ACCOUNT, REGION, Stage};

    #[test]
    fn behind_a_message_that_is_buried_each_comes_once() {
        let stage = Stage::new();
        let make = |name: &str, attributes| {
            let input = json!({"QueueName": name, "Attributes": attributes});
            stage.json("sqs", "CreateQueue", input)["QueueUrl"].clone()
        };
        make("dead.fifo", json!({"FifoQueue": "true"}));
        let target = format!("arn:aws:sqs:{REGION}:{ACCOUNT}:dead.fifo");
        let redrive = json!({"deadLetterTargetArn": target, "maxReceiveCount": 1}).to_string();
        let url = make(
            "q.fifo",
            json!({
                "FifoQueue": "true", "ContentBasedDeduplication": "true", "RedrivePolicy": redrive,
            }),
        );
        let send = |body: &str| {
            let input = json!({"QueueUrl": url, "MessageBody": body, "MessageGroupId": "g"});
            stage.json("sqs", "SendMessage", input);
        };
        let receive = || {
            let input = json!({
                "QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": 0,
            });
            let answer = stage.json("sqs", "ReceiveMessage", input);
            let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
            let bodies = messages.iter().map(|message| message["Body"].clone());
            bodies.collect::<Vec<_>>()
        };
        send("1");
        assert_eq!(receive(), ["1"]);
        send("2");
        send("3");
        assert_eq!(receive(), ["2", "3"]);
    }
}
