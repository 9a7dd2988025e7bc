//! How time is moved from outside, and how it passes when nobody asks.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use crate::LocalCloud;
use crate::clock::{ClockState, DrivenClock};
use crate::cloud::CloudInner;
use crate::error::ServiceError;
use crate::router::in_background;

/// The longest sleep between two looks at the clock, in real time: it may be moved at its base.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

impl LocalCloud {
    /// What the cloud's clock shows, and how it goes.
    pub fn clock(&self) -> ClockState {
        self.inner.clock.state()
    }

    /// Stops, starts, steps, sets or speeds the cloud's clock up, then does all that has become due,
    /// and wakes the long polls, so that they see it. The clock's course is not kept in the file: a
    /// reopened cloud follows [`Options::clock`](crate::Options::clock) again.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # async fn tomorrow(cloud: &datamesh_localcloud::LocalCloud) -> Result<(), Box<dyn std::error::Error>> {
    /// cloud.drive_clock(|clock| clock.step(Duration::from_secs(86_400))).await??;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InternalFailure`: the file failed. The clock was driven all the same.
    pub async fn drive_clock<T>(
        &self,
        drive: impl FnOnce(&DrivenClock) -> T,
    ) -> Result<T, ServiceError> {
        let driven = drive(&self.inner.clock);
        self.run_due().await?;
        self.inner.waiters.ring_all();
        self.inner.store.timekeeper.notify_one();
        Ok(driven)
    }

    /// Does all that is due by the cloud's clock at this moment, as every request does before it is
    /// handled, and says when the next is due (milliseconds since the Unix epoch), if anything is.
    ///
    /// # Errors
    /// `InternalFailure`: the file failed; what is not done yet will be.
    pub async fn run_due(&self) -> Result<Option<i64>, ServiceError> {
        run_due(&self.inner).await
    }

    /// Does what is due when it is due until `shutdown`, though nobody asks: schedules fire, and long
    /// polls get what they bring. [`serve`](Self::serve) does this by itself; a cloud that is used in
    /// process only, and is to move on between requests, has this running beside.
    pub async fn keep_time(&self, shutdown: impl Future<Output = ()>) {
        tokio::select! {
            () = shutdown => {}
            never = keep_time(&self.inner) => match never {},
        }
    }
}

pub(crate) async fn keep_time(cloud: &Arc<CloudInner>) -> Infallible {
    loop {
        let next_ms = match run_due(cloud).await {
            Ok(next_ms) => next_ms,
            Err(error) => {
                tracing::error!(%error, "what is due could not be done");
                None
            }
        };
        let left = next_ms.and_then(|at_ms| cloud.clock.base_time_until(at_ms));
        let sleep = left.map_or(LOOK_AGAIN, |left| {
            left.clamp(Duration::from_millis(1), LOOK_AGAIN)
        });
        tokio::select! {
            () = tokio::time::sleep(sleep) => {}
            () = cloud.store.timekeeper.notified() => {}
        }
    }
}

/// All that is due now; a clock that runs fast cannot keep this busy for ever, and one that is set
/// back ends it.
async fn run_due(cloud: &Arc<CloudInner>) -> Result<Option<i64>, ServiceError> {
    let cloud = Arc::clone(cloud);
    in_background(move || {
        let now_ms = cloud.clock.now_ms();
        loop {
            let until_ms = now_ms.min(cloud.clock.now_ms());
            let next_ms = cloud.run_due_by(until_ms)?;
            if next_ms.is_none_or(|at_ms| at_ms > until_ms) {
                return Ok(next_ms);
            }
        }
    })
    .await
}
