//! `[workers]`: what is driven by queues.

use super::setting;
use crate::config::setting::{Kind, Setting};

pub(super) const WORKERS: &[Setting] = &[
    setting(
        "workers.enabled",
        Kind::Switch,
        "true",
        "Whether this process works on queues.",
    ),
    setting(
        "workers.rule",
        Kind::Text,
        "\"project-creation-automation\"",
        "The rule that sends the events of new projects to the queue.",
    ),
    setting(
        "workers.queue",
        Kind::Text,
        "\"datamesh-project-setup\"",
        "The queue of the events of new projects.",
    ),
    setting(
        "workers.dead_letter_queue",
        Kind::Text,
        "\"datamesh-project-setup-dlq\"",
        "Where its messages go that were received too often.",
    ),
    setting(
        "workers.max_receives",
        Kind::Whole(1, 1_000),
        "5",
        "Receives of a message before it is a dead letter.",
    ),
    setting(
        "workers.visibility_s",
        Kind::Whole(1, 43_200),
        "60",
        "How long a received message is hidden from others, and the longest that one may take, in seconds.",
    ),
    setting(
        "workers.wait_s",
        Kind::Whole(1, 20),
        "20",
        "How long one call waits for messages, in seconds.",
    ),
    setting(
        "workers.concurrency",
        Kind::Whole(1, 10_000),
        "16",
        "Messages that may be under way at once.",
    ),
    setting(
        "workers.poison_pause_s",
        Kind::Whole(0, 43_200),
        "10",
        "A message that could not be understood or was refused comes again after this many seconds.",
    ),
    setting(
        "workers.later_pause_s",
        Kind::Whole(1, 900),
        "15",
        "A message whose time has not come waits this many seconds, and four times longer each time.",
    ),
];
