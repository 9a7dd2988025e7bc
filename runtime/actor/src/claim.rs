//! How unsettled effects are taken up: in steps that grow, what takes access away first.
//!
//! After a crash nobody knows whether the work itself brought the process down, or whether everything that waits
//! at once would do so again. So the first step is small, each is twice the one before, and a step begins when
//! most of the one before has ended, or has had its time. After an orderly end the steps are large from the start.
//! What is taken up is bounded by a step at a time; what waits in the journal is not in memory.

use std::collections::HashSet;
use std::time::Duration;

use datamesh_journal::{DueWork, EntityKey, Journal, JournalError, WorkKind};

use crate::options::Options;
use crate::planted::planted;
use crate::router::Post;
use crate::shard::Letter;

/// Rows that are read from the index at once.
const PAGE: usize = 256;

/// How large the steps are, and how long one may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Entities of the first step.
    pub(crate) first: usize,
    /// Entities of the largest.
    pub(crate) most: usize,
    /// The next step begins after so long, however many of this one have not ended.
    pub(crate) pause: Duration,
}

impl Pace {
    /// The pace of the first pass: slow at first if the process before did not end in order.
    pub(crate) fn after(crashed: bool, options: &Options) -> Self {
        Self {
            first: match crashed {
                true => options.claim_first,
                false => options.claim_most,
            },
            most: options.claim_most,
            pause: Duration::from_millis(options.claim_pause_ms),
        }
    }
}

/// One pass over all unsettled effects.
pub(crate) struct Claim {
    pace: Pace,
    size: usize,
    /// The last row that was looked at.
    after: Option<DueWork>,
    /// The entities of the present step, each with the effect for which it was taken up.
    step: Vec<DueWork>,
    began_ms: i64,
    all_read: bool,
    /// Entities taken up so far.
    pub(crate) claimed: u64,
    /// A bug for the simulator to find.
    #[cfg(feature = "simulation")]
    pub(crate) planted: Option<crate::planted::Planted>,
}

impl Claim {
    pub(crate) fn new(pace: Pace) -> Self {
        Self {
            pace,
            size: pace.first.clamp(1, pace.most.max(1)),
            after: None,
            step: Vec::new(),
            began_ms: 0,
            all_read: false,
            claimed: 0,
            #[cfg(feature = "simulation")]
            planted: None,
        }
    }

    /// A pass that is over begins again, in large steps: whatever kills is known by then.
    pub(crate) fn again(&mut self) {
        if self.all_read {
            self.pace.first = self.pace.most;
            self.size = self.pace.most.max(1);
            (self.after, self.all_read, self.claimed) = (None, false, 0);
            self.step.clear();
        }
    }

    /// Whether everything was taken up.
    pub(crate) fn is_over(&self) -> bool {
        self.all_read
    }

    /// The entities of the present step, each with the effect for which it was taken up.
    pub(crate) fn present(&self) -> &[DueWork] {
        &self.step
    }

    /// Whether the next step may begin, when so many of the present one have not ended.
    pub(crate) fn may_go_on(&self, now_ms: i64, open: usize) -> bool {
        let pause_ms = i64::try_from(self.pace.pause.as_millis()).unwrap_or(i64::MAX);
        let waited_ms = now_ms.saturating_sub(self.began_ms);
        planted!(self, StepNotAwaited => return true);
        // A clock that was put back must not make it wait.
        open * 2 <= self.step.len() || !(0..pause_ms).contains(&waited_ms)
    }

    /// Begins the next step: reads it from the index of due work and rouses its entities. An entity that is in
    /// memory already is not disturbed. After an error the same step is tried again by the next call.
    pub(crate) async fn go_on(
        &mut self,
        journal: &dyn Journal,
        post: &impl Post,
        now_ms: i64,
    ) -> Result<(), JournalError> {
        let mut after = self.after.clone();
        // The last one's other effects are not taken up a second time.
        let last = after.iter().map(|row| row.entity.clone());
        let mut keys: HashSet<EntityKey> = last.collect();
        let mut step = Vec::new();
        let mut all_read = false;
        while step.len() < self.size && !all_read {
            #[allow(unused_mut, reason = "a planted bug changes it")]
            let mut rows = journal
                .due(WorkKind::Effect, i64::MAX, after.as_ref(), PAGE)
                .await?;
            all_read = rows.len() < PAGE;
            planted!(self, RevokesLast => rows.reverse());
            for row in rows {
                if step.len() == self.size {
                    all_read = false;
                    break;
                }
                after = Some(row.clone());
                if keys.insert(row.entity.clone()) {
                    step.push(row);
                }
            }
        }
        for row in &step {
            let key = row.entity.clone();
            post.deliver(&row.entity, Letter::Rouse { key }).await;
        }
        self.claimed += step.len() as u64;
        if !planted!(self, StepNotGrown) {
            self.size = self.size.saturating_mul(2).min(self.pace.most.max(1));
        }
        self.began_ms = now_ms;
        (self.after, self.step, self.all_read) = (after, step, all_read);
        Ok(())
    }
}

#[cfg(test)]
#[path = "claim_tests.rs"]
mod tests;
