use std::sync::Arc;

use datamesh_actor::Runtime;
use datamesh_aws::Aws;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::consumer::{Consumer, Trouble};
use crate::options::Options;
use crate::project_setup::ProjectSetup;
use crate::queues::{QueueError, QueueSummary, redrive, summary};
use crate::topology::{Feed, PROJECT_SETUP};

/// The loops that work on queues. Cheap to clone; all clones are the same loops.
#[derive(Clone)]
pub struct Workers {
    aws: Aws,
    feeds: Arc<Vec<(Feed, Arc<Trouble>)>>,
    tasks: TaskTracker,
}

impl Workers {
    /// Starts the loops on the current tokio runtime; they end soon after `stop`. A queue that cannot be
    /// had just now is tried again and again, and does not hinder the rest.
    pub fn start(runtime: Runtime, aws: Aws, options: Options, stop: &CancellationToken) -> Self {
        let workers = Self::idle(aws.clone());
        for (feed, trouble) in workers.feeds.iter() {
            let consumer = Consumer {
                aws: aws.clone(),
                options: options.clone(),
                feed: *feed,
                handler: Arc::new(ProjectSetup {
                    runtime: runtime.clone(),
                }),
                trouble: trouble.clone(),
            };
            workers.tasks.spawn(consumer.run(stop.clone()));
        }
        workers.tasks.close();
        workers
    }

    /// No loops, only the operator's view of the queues: for a process that leaves the work to others.
    pub fn idle(aws: Aws) -> Self {
        let tasks = TaskTracker::new();
        tasks.close();
        Self {
            aws,
            feeds: Arc::new(vec![(PROJECT_SETUP, Arc::default())]),
            tasks,
        }
    }

    /// Waits until every loop has ended.
    pub async fn ended(&self) {
        self.tasks.wait().await;
    }

    /// The queues that feed the mesh, with their depths.
    ///
    /// # Errors
    /// When AWS does not answer, or a queue is not there yet.
    pub async fn queues(&self) -> Result<Vec<QueueSummary>, QueueError> {
        let mut queues = Vec::with_capacity(self.feeds.len());
        for (feed, trouble) in self.feeds.iter() {
            queues.push(summary(&self.aws, feed, trouble.last()).await?);
        }
        Ok(queues)
    }

    /// Sends the dead letters of a queue back to it, named by itself or by its dead-letter queue. Answers
    /// how many there were, about.
    ///
    /// # Errors
    /// `Unknown` if no queue of the mesh has this name.
    pub async fn redrive(&self, queue: &str) -> Result<u64, QueueError> {
        let named = |feed: &Feed| feed.queue == queue || feed.dead_letter_queue == queue;
        match self.feeds.iter().find(|(feed, _)| named(feed)) {
            Some((feed, _)) => Ok(redrive(&self.aws, feed).await?),
            None => Err(QueueError::Unknown {
                name: queue.to_owned(),
                known: self
                    .feeds
                    .iter()
                    .map(|(feed, _)| feed.queue)
                    .collect::<Vec<_>>()
                    .join(", "),
            }),
        }
    }
}
