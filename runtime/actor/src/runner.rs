//! Does effects on the multi-threaded runtime, away from the shards. It knows nothing of retries: each try
//! is one task, and its end goes back to the shard that owns the entity.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::effect::{EffectCx, EffectError, ErrorClass, HELD};
use crate::engine::Task;
use crate::life::panic_text;
use crate::permits::{Permit, Permits};
use crate::recorder::Recorder;
use crate::shard::Inward;

/// The end of a try that did not start, for its entity was paused.
pub(crate) fn held() -> EffectError {
    EffectError::new(ErrorClass::Throttle, HELD, "its actor is paused")
}

/// The end of a try that took longer than `limit`. What it was to do may be done, or be done later still.
pub(crate) fn timed_out(limit: Duration) -> EffectError {
    let text = format!("it took more than {limit:?}");
    EffectError::new(ErrorClass::Transient, "EffectTimedOut", text)
}

#[derive(Clone)]
pub(crate) struct Runner {
    handle: Handle,
    permits: Permits,
    recorder: Recorder,
    /// Cancelled when nothing new may start.
    quiet: CancellationToken,
    /// Cancelled when what runs is given up.
    abort: CancellationToken,
    tracker: TaskTracker,
    limit: Duration,
}

impl Runner {
    pub(crate) fn new(handle: Handle, effects: usize, limit: Duration, recorder: Recorder) -> Self {
        Self {
            handle,
            permits: Permits::new(effects),
            recorder,
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
                runner.permits.clone().take(task.probation).await
            };
            let permit = match runner.at_once(&task) {
                Some(permit) => Some(permit),
                None => tokio::select! {
                    biased;
                    () = runner.quiet.cancelled() => return,
                    () = task.hold.cancelled() => None,
                    permit = ready => permit,
                },
            };
            let Some(_permit) = permit else {
                drop(inward.send(Inward::settled(task.cx, Err(held()))).await);
                return;
            };
            let EffectCx {
                entity, effect_id, ..
            } = &task.cx;
            let watch = runner.recorder.trying(entity, effect_id, task.rank);
            let run = task.kind.run(&task.data, task.idempotency, &task.cx);
            let run = AssertUnwindSafe(task.behalf.run(run));
            let ended = tokio::select! {
                () = runner.abort.cancelled() => return,
                ended = tokio::time::timeout(runner.limit, run.catch_unwind()) => ended,
            };
            watch.end();
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
                Err(_) => Err(timed_out(runner.limit)),
            };
            drop(inward.send(Inward::settled(task.cx, result)).await);
        };
        self.handle.spawn(self.tracker.track_future(future));
    }

    /// A permit, if there is nothing to wait for: the common case, without a timer (the shortest of which
    /// takes a millisecond).
    fn at_once(&self, task: &Task) -> Option<Permit> {
        if !task.after.is_zero() || self.quiet.is_cancelled() || task.hold.is_cancelled() {
            return None;
        }
        self.permits.at_once(task.probation)
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
