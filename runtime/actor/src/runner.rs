//! Does effects on the multi-threaded runtime, away from the shards. It knows nothing of retries: each try
//! is one task, and its end goes back to the shard that owns the entity.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::effect::{EffectError, ErrorClass, HELD};
use crate::engine::Task;
use crate::life::panic_text;
use crate::shard::Inward;

#[derive(Clone)]
pub(crate) struct Runner {
    handle: Handle,
    permits: Arc<Semaphore>,
    /// Cancelled when nothing new may start.
    quiet: CancellationToken,
    /// Cancelled when what runs is given up.
    abort: CancellationToken,
    tracker: TaskTracker,
    limit: Duration,
}

impl Runner {
    pub(crate) fn new(handle: Handle, effects: usize, limit: Duration) -> Self {
        Self {
            handle,
            permits: Arc::new(Semaphore::new(effects.max(1))),
            quiet: CancellationToken::new(),
            abort: CancellationToken::new(),
            tracker: TaskTracker::new(),
            limit,
        }
    }

    /// Runs one try after its pause. When the runner is quiet the task ends without a word: the effect
    /// stays in the journal and is found there at the next start.
    pub(crate) fn start(&self, task: Task, inward: mpsc::Sender<Inward>) {
        let runner = self.clone();
        let future = async move {
            let ready = async {
                tokio::time::sleep(task.after).await;
                runner.permits.acquire().await
            };
            let permit = match runner.at_once(&task) {
                Some(permit) => Some(permit),
                None => tokio::select! {
                    biased;
                    () = runner.quiet.cancelled() => return,
                    () = task.hold.cancelled() => None,
                    permit = ready => permit.ok(),
                },
            };
            let Some(_permit) = permit else {
                let held = EffectError::new(ErrorClass::Throttle, HELD, "its actor is paused");
                drop(inward.send(Inward::settled(task.cx, Err(held))).await);
                return;
            };
            let run = AssertUnwindSafe(task.kind.run(&task.data, task.idempotency, &task.cx));
            let ended = tokio::select! {
                () = runner.abort.cancelled() => return,
                ended = tokio::time::timeout(runner.limit, run.catch_unwind()) => ended,
            };
            let result = match ended {
                Ok(Ok(result)) => result,
                Ok(Err(panic)) => {
                    let text = panic_text(&*panic);
                    tracing::error!(actor = %task.cx.entity, effect = task.cx.effect_id, panic = text, "an effect panicked");
                    Err(EffectError::new(
                        ErrorClass::Transient,
                        "EffectPanicked",
                        text,
                    ))
                }
                Err(_) => {
                    let text = format!("it took more than {:?}", runner.limit);
                    Err(EffectError::new(
                        ErrorClass::Transient,
                        "EffectTimedOut",
                        text,
                    ))
                }
            };
            drop(inward.send(Inward::settled(task.cx, result)).await);
        };
        self.handle.spawn(self.tracker.track_future(future));
    }

    /// A permit, if there is nothing to wait for: the common case, without a timer (the shortest of which
    /// takes a millisecond).
    fn at_once(&self, task: &Task) -> Option<SemaphorePermit<'_>> {
        if !task.after.is_zero() || self.quiet.is_cancelled() || task.hold.is_cancelled() {
            return None;
        }
        self.permits.try_acquire().ok()
    }

    /// Starts nothing more, and waits for what runs.
    pub(crate) async fn quiet(&self) {
        self.quiet.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }

    /// Gives up what still runs: it is unsettled in the journal and runs again at the next start.
    pub(crate) fn abort(&self) {
        self.abort.cancel();
    }
}
