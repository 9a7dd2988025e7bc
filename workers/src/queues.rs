//! What an operator sees of the queues, and does to them.

use datamesh_aws::sqs::Attributes;
use datamesh_aws::{Aws, AwsError, CallCx};

use crate::consumer::{LastError, LastErrorCell};
use crate::topology::Topology;

/// A queue that feeds the mesh. Counts are about right, as SQS gives them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSummary {
    /// Its name.
    pub queue: String,
    /// Messages that wait, hidden ones not counted.
    pub visible: u64,
    /// Messages that were received and not yet acknowledged.
    pub in_flight: u64,
    /// The name of its dead-letter queue.
    pub dead_letter_queue: String,
    /// Messages in that.
    pub dead_letters: u64,
    /// What went wrong last, since the process started.
    pub last_error: Option<LastError>,
}

/// Why a queue was not redriven.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// The mesh has no queue of this name.
    #[error("there is no queue '{0}'")]
    Unknown(String),
    /// AWS refused.
    #[error(transparent)]
    Aws(#[from] AwsError),
}

pub(crate) struct Queues {
    aws: Aws,
    topology: Topology,
    last_error: LastErrorCell,
}

impl Queues {
    pub(crate) fn new(aws: Aws, topology: Topology, last_error: LastErrorCell) -> Self {
        Self {
            aws,
            topology,
            last_error,
        }
    }

    pub(crate) async fn list(&self) -> Result<Vec<QueueSummary>, AwsError> {
        let home = CallCx::default();
        let sqs = self.aws.sqs(&home);
        let Topology {
            queue,
            queue_url,
            dead_letter_queue,
            dead_letter_url,
            ..
        } = &self.topology;
        let own = sqs.get_queue_attributes(queue_url).await?;
        let dead = sqs.get_queue_attributes(dead_letter_url).await?;
        Ok(vec![QueueSummary {
            queue: queue.clone(),
            visible: count(&own, "ApproximateNumberOfMessages"),
            in_flight: count(&own, "ApproximateNumberOfMessagesNotVisible"),
            dead_letter_queue: dead_letter_queue.clone(),
            dead_letters: count(&dead, "ApproximateNumberOfMessages"),
            last_error: self.last_error.lock().clone(),
        }])
    }

    pub(crate) async fn redrive(&self, queue: &str) -> Result<u64, QueueError> {
        if queue != self.topology.queue {
            return Err(QueueError::Unknown(queue.to_owned()));
        }
        let home = CallCx::default();
        let sqs = self.aws.sqs(&home);
        let dead = sqs
            .get_queue_attributes(&self.topology.dead_letter_url)
            .await?;
        let waiting = count(&dead, "ApproximateNumberOfMessages");
        if waiting == 0 {
            return Ok(0);
        }
        // EventBridge's undeliverable events are there too, and have no queue of origin: name it.
        let destination = Some(self.topology.queue_arn.as_str());
        sqs.start_message_move_task(&self.topology.dead_letter_arn, destination, None)
            .await?;
        Ok(waiting)
    }
}

fn count(attributes: &Attributes, name: &str) -> u64 {
    attributes
        .get(name)
        .and_then(|count| count.parse().ok())
        .unwrap_or(0)
}
