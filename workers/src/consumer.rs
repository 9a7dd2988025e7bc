//! Takes messages from a queue and gives them to a [`Handler`], several at a time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use datamesh_actor::Clock;
use datamesh_aws::sqs::{Message, ReceiveMessages};
use datamesh_aws::{Aws, CallCx};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::options::Options;

/// Most messages in one receive (SQS).
const MAX_BATCH: usize = 10;
/// How often a message whose time has not come is tried at once before it is put back.
const QUICK_TRIES: u32 = 3;
/// Longest that a message is put back for, in seconds.
const LATER_MOST_S: i32 = 900;
/// Longest pause after a receive that failed.
const RECEIVE_PAUSE_MOST: Duration = Duration::from_secs(10);

/// What is to become of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What it asked for is durable: acknowledge it.
    Done,
    /// Its time has not come. It is tried again soon, and after some tries put back for longer.
    Later {
        /// Not sooner than this.
        after: Duration,
        /// Why.
        reason: String,
    },
    /// It cannot be understood or was refused. It stays unacknowledged, comes again, and ends in the
    /// dead-letter queue.
    Poison {
        /// Why.
        reason: String,
    },
}

/// Does what the messages of a queue ask for. Called again with the same message after a crash.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Does what the message asks for.
    async fn handle(&self, message: &Message) -> Verdict;
}

/// What went wrong last with the messages of a queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastError {
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: i64,
    /// Which message; none if no message could be received.
    pub message_id: Option<String>,
    /// What.
    pub reason: String,
}

/// The last error of a queue, shared between its consumer and who asks for it.
pub(crate) type LastErrorCell = Arc<Mutex<Option<LastError>>>;

/// The consumer of one queue.
pub(crate) struct Consumer<H> {
    inner: Arc<Inner<H>>,
    permits: Arc<Semaphore>,
}

struct Inner<H> {
    aws: Aws,
    clock: Arc<dyn Clock>,
    queue_url: String,
    options: Options,
    handler: H,
    last_error: LastErrorCell,
}

impl<H: Handler> Consumer<H> {
    pub(crate) fn new(
        aws: Aws,
        clock: Arc<dyn Clock>,
        queue_url: String,
        options: Options,
        handler: H,
    ) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(options.concurrency.max(1))),
            inner: Arc::new(Inner {
                aws,
                clock,
                queue_url,
                options,
                handler,
                last_error: LastErrorCell::default(),
            }),
        }
    }

    pub(crate) fn last_error(&self) -> LastErrorCell {
        self.inner.last_error.clone()
    }

    /// Consumes until `stop` is cancelled, and then ends what is under way. A receive that is cut off may
    /// have taken messages: they come again when their visibility ends.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let tracker = TaskTracker::new();
        let mut failures = 0_u32;
        while let Some(permits) = self.room(&stop).await {
            let received = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                received = self.inner.receive(permits.len()) => received,
            };
            match received {
                Ok(messages) => {
                    failures = 0;
                    for (message, permit) in messages.into_iter().zip(permits) {
                        let inner = self.inner.clone();
                        let stop = stop.clone();
                        tracker.spawn(async move {
                            inner.work(message, &stop).await;
                            drop(permit);
                        });
                    }
                }
                Err(pause) => {
                    failures = failures.saturating_add(1);
                    let own = Duration::from_millis(100 << failures.min(7));
                    tokio::select! {
                        () = stop.cancelled() => break,
                        () = tokio::time::sleep(own.max(pause).min(RECEIVE_PAUSE_MOST)) => {}
                    }
                }
            }
        }
        tracker.close();
        tracker.wait().await;
    }

    /// Room for some messages, one at least; `None` when it is time to stop.
    async fn room(&self, stop: &CancellationToken) -> Option<Vec<OwnedSemaphorePermit>> {
        let first = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            permit = self.permits.clone().acquire_owned() => permit.ok()?,
        };
        let mut room = vec![first];
        while room.len() < MAX_BATCH
            && let Ok(permit) = self.permits.clone().try_acquire_owned()
        {
            room.push(permit);
        }
        Some(room)
    }
}

impl<H: Handler> Inner<H> {
    /// Up to `max` messages, or how long to wait before the next try.
    async fn receive(&self, max: usize) -> Result<Vec<Message>, Duration> {
        let home = CallCx::default();
        let received = self
            .aws
            .sqs(&home)
            .receive_messages(ReceiveMessages {
                queue_url: self.queue_url.clone(),
                max: i32::try_from(max.clamp(1, MAX_BATCH)).unwrap_or(1),
                wait: Duration::from_secs(self.options.wait_s.clamp(1, 20)),
                visibility_s: Some(self.options.visibility_s),
            })
            .await;
        received.map_err(|error| {
            tracing::warn!(queue = self.queue_url, %error, "messages could not be received");
            self.note(None, error.to_string());
            error.retry_after.unwrap_or_default()
        })
    }

    async fn work(&self, message: Message, stop: &CancellationToken) {
        let mut verdict = self.handler.handle(&message).await;
        for _ in 1..QUICK_TRIES {
            let Verdict::Later { after, .. } = &verdict else {
                break;
            };
            if *after > Duration::from_secs(1) {
                break;
            }
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(*after) => {}
            }
            verdict = self.handler.handle(&message).await;
        }
        match verdict {
            Verdict::Done => self.acknowledge(&message).await,
            Verdict::Later { after, reason } => {
                let pause = self.later_s(&message, after);
                tracing::info!(message = message.id, reason, pause, "a message is put back");
                self.note(Some(&message), reason);
                self.hide(&message, pause).await;
            }
            Verdict::Poison { reason } => {
                tracing::warn!(
                    message = message.id,
                    receives = message.receive_count(),
                    reason,
                    "a message is not acknowledged"
                );
                self.note(Some(&message), reason);
                self.hide(&message, self.options.poison_pause_s).await;
            }
        }
    }

    /// The pause grows fourfold with every receive, so that an outage of minutes makes no dead letters.
    fn later_s(&self, message: &Message, after: Duration) -> i32 {
        let receives = message.receive_count().saturating_sub(1).min(10);
        let own = self
            .options
            .later_pause_s
            .saturating_mul(4_i32.saturating_pow(receives));
        let asked = i32::try_from(after.as_secs()).unwrap_or(i32::MAX);
        own.max(asked).clamp(0, LATER_MOST_S)
    }

    async fn acknowledge(&self, message: &Message) {
        let home = CallCx::default();
        let sqs = self.aws.sqs(&home);
        let deleted = sqs
            .delete_message(&self.queue_url, &message.receipt_handle)
            .await;
        if let Err(error) = deleted {
            tracing::warn!(message = message.id, %error, "a message that is done was not acknowledged and comes again");
        }
    }

    async fn hide(&self, message: &Message, pause_s: i32) {
        let home = CallCx::default();
        let changed = self
            .aws
            .sqs(&home)
            .change_message_visibility(&self.queue_url, &message.receipt_handle, pause_s)
            .await;
        if let Err(error) = changed {
            tracing::debug!(message = message.id, %error, "a message comes again when its visibility ends");
        }
    }

    fn note(&self, message: Option<&Message>, reason: String) {
        *self.last_error.lock() = Some(LastError {
            at_ms: self.clock.now_ms(),
            message_id: message.map(|message| message.id.clone()),
            reason,
        });
    }
}
