//! Queue-driven automation: what happens when an event of the mesh comes back through the bus.
//!
//! ```text
//! ProjectCreated → bus → rule → queue → consumer → SetUp (command id = event id) → acknowledged
//!                                  └ received too often → dead-letter queue → redrive
//! ```
//!
//! - A message is acknowledged only after its command is durable. A crash in between brings the message
//!   again, and the command's id makes it the same command.
//! - A message that cannot be understood or is refused stays unacknowledged, comes again, and ends in the
//!   dead-letter queue, where an operator sees it with the last error, and can put it back.
//! - A message whose time has not come (a busy or paused actor) waits longer each time.
//!
//! [`Topology::provision`] makes the bus, the rule and the queues; it states the wanted end and can be
//! repeated. EventBridge drops an event for a bus that does not exist without a word, so it must be called
//! before the runtime starts its effects.

mod consumer;
mod options;
mod project_setup;
mod queues;
mod topology;

use std::sync::Arc;

use datamesh_actor::Runtime;
use datamesh_aws::{Aws, AwsError};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use consumer::{Handler, LastError, Verdict};
pub use options::Options;
pub use queues::{QueueError, QueueSummary};
pub use topology::{Topology, TopologyError};

use consumer::Consumer;
use project_setup::ProjectSetup;
use queues::Queues;

/// The running workers. Cheap to clone; all clones are the same.
#[derive(Clone)]
pub struct Workers {
    queues: Arc<Queues>,
    tracker: TaskTracker,
}

impl Workers {
    /// Starts to consume from the queues of a topology. When `stop` is cancelled nothing more is received;
    /// what is under way is ended ([`Workers::stopped`] waits for that).
    pub fn start(
        runtime: Runtime,
        aws: Aws,
        options: Options,
        topology: Topology,
        stop: CancellationToken,
    ) -> Self {
        let tracker = TaskTracker::new();
        let consumer = Consumer::new(
            aws.clone(),
            runtime.clock().clone(),
            topology.queue_url.clone(),
            options,
            ProjectSetup::new(runtime),
        );
        let queues = Queues::new(aws, topology, consumer.last_error());
        tracker.spawn(consumer.run(stop));
        tracker.close();
        Self {
            queues: Arc::new(queues),
            tracker,
        }
    }

    /// Waits until the consumers have ended what they had under way. They end when the token given to
    /// [`Workers::start`] is cancelled.
    pub async fn stopped(&self) {
        self.tracker.wait().await;
    }

    /// The queues, how much waits in them, and what went wrong last.
    ///
    /// # Errors
    /// When AWS does not say.
    pub async fn queues(&self) -> Result<Vec<QueueSummary>, AwsError> {
        self.queues.list().await
    }

    /// Puts the messages of a queue's dead-letter queue back into the queue, and says how many, about.
    ///
    /// # Errors
    /// When there is no such queue, or AWS refuses.
    pub async fn redrive(&self, queue: &str) -> Result<u64, QueueError> {
        self.queues.redrive(queue).await
    }
}
