use serde::{Deserialize, Serialize};

/// The settings of the workers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The event bus, in the home account and region; the same as the actors' setting.
    pub bus: String,
    /// The rule that sends the events of new projects to the queue.
    pub rule: String,
    /// The queue of the events of new projects.
    pub queue: String,
    /// Where its messages go that were received too often.
    pub dead_letter_queue: String,
    /// Receives of a message before it is a dead letter, 1 to 1,000.
    pub max_receives: u32,
    /// How long a received message is hidden from others, in seconds; also the longest that one may take.
    pub visibility_s: i32,
    /// How long one call waits for messages, in seconds, 1 to 20.
    pub wait_s: u64,
    /// Messages that may be under way at once.
    pub concurrency: usize,
    /// A message that could not be understood or was refused comes again after this long, in seconds.
    pub poison_pause_s: i32,
    /// A message whose time has not come waits this long, in seconds, and four times longer each time, up
    /// to 15 minutes.
    pub later_pause_s: i32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bus: "datamesh-events".to_owned(),
            rule: "project-creation-automation".to_owned(),
            queue: "datamesh-project-setup".to_owned(),
            dead_letter_queue: "datamesh-project-setup-dlq".to_owned(),
            max_receives: 5,
            visibility_s: 60,
            wait_s: 20,
            concurrency: 16,
            poison_pause_s: 10,
            later_pause_s: 15,
        }
    }
}
