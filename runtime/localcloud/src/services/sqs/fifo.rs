//! What only FIFO queues are set to, and how they know a message again.

use serde::{Deserialize, Serialize};

use super::error::{error, invalid, missing, of_another_type, refused};
use super::queue::Queue;
use super::settings::{boolean, invalid_value, unknown};
use crate::error::ServiceError;

/// How long a change of the deduplication scope takes to have its effect: AWS says so of all
/// attributes, and shows it of this one.
const SPREADS_MS: i64 = 60_000;

/// What a FIFO queue is set to beside other queues' settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fifo {
    pub(super) content_based: bool,
    scope: DeduplicationScope,
    limit: ThroughputLimit,
    /// The scope that counts until a moment, by which the one that was set has spread.
    former: Option<(DeduplicationScope, i64)>,
}

/// Among which messages duplicates are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum DeduplicationScope {
    /// Among all of the queue.
    Queue,
    /// Among those of the same message group.
    MessageGroup,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum ThroughputLimit {
    PerQueue,
    PerMessageGroupId,
}

impl Default for Fifo {
    fn default() -> Self {
        Self {
            content_based: false,
            scope: DeduplicationScope::Queue,
            limit: ThroughputLimit::PerQueue,
            former: None,
        }
    }
}

impl Fifo {
    /// The deduplication scope that has an effect now.
    pub(super) fn scope(&self, now_ms: i64) -> DeduplicationScope {
        match self.former {
            Some((former, until_ms)) if now_ms < until_ms => former,
            _ => self.scope,
        }
    }

    /// Notes when these settings, which were `old`, begin to count.
    pub(super) fn spread(&mut self, old: &Self, now_ms: i64) {
        if self.scope != old.scope {
            self.former = Some((old.scope(now_ms), now_ms + SPREADS_MS));
        }
    }

    pub(super) fn check(&self) -> Result<(), ServiceError> {
        if self.limit == ThroughputLimit::PerMessageGroupId
            && self.scope != DeduplicationScope::MessageGroup
        {
            return Err(error(
                "InvalidAttributeValue",
                "The perMessageGroupId value is allowed only when the value for \
                 DeduplicationScope is messageGroup.",
            ));
        }
        Ok(())
    }

    pub(super) fn shown(&self) -> [(String, String); 4] {
        let scope = match self.scope {
            DeduplicationScope::Queue => "queue",
            DeduplicationScope::MessageGroup => "messageGroup",
        };
        let limit = match self.limit {
            ThroughputLimit::PerQueue => "perQueue",
            ThroughputLimit::PerMessageGroupId => "perMessageGroupId",
        };
        [
            ("FifoQueue", "true".to_owned()),
            ("ContentBasedDeduplication", self.content_based.to_string()),
            ("DeduplicationScope", scope.to_owned()),
            ("FifoThroughputLimit", limit.to_owned()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
    }
}

/// Sets an attribute of FIFO queues; `fifo` is there if the queue is one.
pub(super) fn fifo_attribute(
    name: &str,
    value: &str,
    fifo: Option<&mut Fifo>,
) -> Result<(), ServiceError> {
    let Some(fifo) = fifo else {
        return Err(match name {
            "FifoQueue" | "ContentBasedDeduplication" => unknown(name),
            _ => error(
                "InvalidAttributeValue",
                format!("You can specify the {name} only when FifoQueue is set to true."),
            ),
        });
    };
    match (name, value) {
        ("FifoQueue", value) => {
            if !boolean(name, value)? {
                return Err(error(
                    "InvalidAttributeValue",
                    "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is \
                     not supported.",
                ));
            }
        }
        ("ContentBasedDeduplication", value) => fifo.content_based = boolean(name, value)?,
        ("DeduplicationScope", "queue") => fifo.scope = DeduplicationScope::Queue,
        ("DeduplicationScope", "messageGroup") => fifo.scope = DeduplicationScope::MessageGroup,
        ("FifoThroughputLimit", "perQueue") => fifo.limit = ThroughputLimit::PerQueue,
        ("FifoThroughputLimit", "perMessageGroupId") => {
            fifo.limit = ThroughputLimit::PerMessageGroupId;
        }
        _ => return Err(invalid_value(name)),
    }
    Ok(())
}

/// Checks what a message to `queue` says about its group and its deduplication.
pub(super) fn check_ids(
    group: Option<&str>,
    deduplication_id: Option<&str>,
    queue: &Queue,
) -> Result<(), ServiceError> {
    if let Some(group) = group {
        check_id("MessageGroupId", group)?;
    }
    let Some(fifo) = &queue.settings.fifo else {
        return match deduplication_id {
            Some(id) => Err(of_another_type("MessageDeduplicationId", id)),
            None => Ok(()),
        };
    };
    if group.is_none() {
        return Err(missing("MessageGroupId"));
    }
    match deduplication_id {
        Some(id) => check_id("MessageDeduplicationId", id),
        None if fifo.content_based => Ok(()),
        None => Err(refused(
            "The queue should either have ContentBasedDeduplication enabled or \
             MessageDeduplicationId provided explicitly",
        )),
    }
}

/// Alphanumeric characters and punctuation, 1 to 128 of them.
pub(super) fn check_id(parameter: &str, id: &str) -> Result<(), ServiceError> {
    if (1..=128).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(());
    }
    Err(invalid(
        parameter,
        id,
        &format!(
            "{parameter} can only include alphanumeric and punctuation characters. 1 to 128 in \
             length."
        ),
    ))
}
