//! Recovery: what the process before left under way is judged, and what is unsettled is taken up again.

use std::sync::Arc;
use std::time::Duration;

use datamesh_journal::{EntityKey, Journal, JournalError};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::claim::{Claim, Pace};
use crate::ctx::Clock;
use crate::router::{Post, Router};
use crate::shard::Letter;

const AGAIN: Duration = Duration::from_secs(5 * 60);
const AFTER_ERROR: Duration = Duration::from_secs(1);
/// How often it is looked whether a step has ended.
const LOOK: Duration = Duration::from_millis(20);

/// Brings every entity with unsettled effects to life: at start, and again from time to time, should anything
/// ever have been missed. The suspects come first, one after the other. Ends at `stop`.
pub(crate) async fn recover(
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    router: Arc<Router>,
    suspects: Vec<EntityKey>,
    pace: Pace,
    stop: CancellationToken,
) {
    let passes = async {
        for key in suspects {
            let letter = Letter::Rouse { key: key.clone() };
            router.deliver(&key, letter).await;
        }
        let mut pass = Claim::new(pace);
        let mut first = true;
        loop {
            match take_up(&*journal, &*clock, &router, &mut pass).await {
                Ok(()) => {
                    if first && pass.claimed > 0 {
                        let actors = pass.claimed;
                        tracing::info!(actors, "unsettled effects were found and go on");
                    }
                    first = false;
                    tokio::time::sleep(AGAIN).await;
                    pass.again();
                }
                Err(error) => {
                    tracing::warn!(%error, "unsettled effects could not be looked up; the next look is in {AFTER_ERROR:?}");
                    tokio::time::sleep(AFTER_ERROR).await;
                }
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = passes => {}
    }
}

/// Takes everything up, step by step.
async fn take_up(
    journal: &dyn Journal,
    clock: &dyn Clock,
    router: &Router,
    pass: &mut Claim,
) -> Result<(), JournalError> {
    while !pass.is_over() {
        pass.go_on(journal, router, clock.now_ms()).await?;
        while !pass.is_over() && !pass.may_go_on(clock.now_ms(), open(router, pass).await) {
            tokio::time::sleep(LOOK).await;
        }
    }
    Ok(())
}

/// How many of the present step have not ended.
async fn open(router: &Router, pass: &Claim) -> usize {
    let mut open = 0;
    for (index, shard) in router.all().iter().enumerate() {
        let mine = pass.present().iter();
        let mine = mine.filter(|row| router.index(&row.entity) == index);
        let rows = mine.map(|row| (row.entity.clone(), row.work_id.clone()));
        let rows: Vec<_> = rows.collect();
        if rows.is_empty() {
            continue;
        }
        let (reply, answer) = oneshot::channel();
        shard.deliver(Letter::Open { rows, reply }).await;
        open += answer.await.unwrap_or(0);
    }
    open
}
