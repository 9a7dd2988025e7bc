//! Durable timers: the journal's index of due work says what is due, the alarm says when to look.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use datamesh_journal::{DueWork, EntityKey, Journal, WorkKind};
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::control::timer_name;
use crate::ctx::Clock;
use crate::router::{Post, Router};
use crate::shard::Letter;

const PAGE: usize = 256;
const ALARMS: usize = 16_384;
/// A timer that was told to its entity and is still in the journal after this long is told again.
const TELL_AGAIN_MS: i64 = 5_000;

/// The moments at which a timer of this process is known to come due. A hint, bounded: what does not fit
/// is found by polling.
#[derive(Default)]
pub(crate) struct Alarm {
    moments: Mutex<BinaryHeap<Reverse<i64>>>,
    earlier: Notify,
}

impl Alarm {
    pub(crate) fn arm(&self, due_ms: i64) {
        let mut moments = self.moments.lock();
        let earlier = moments.peek().is_none_or(|Reverse(first)| due_ms < *first);
        if moments.len() < ALARMS || earlier {
            moments.push(Reverse(due_ms));
        }
        drop(moments);
        if earlier {
            self.earlier.notify_one();
        }
    }

    /// Milliseconds until the next moment, at most `most_ms`; moments that have passed are dropped.
    fn until_next_ms(&self, now_ms: i64, most_ms: i64) -> i64 {
        let mut moments = self.moments.lock();
        while moments.peek().is_some_and(|Reverse(at)| *at <= now_ms) {
            moments.pop();
        }
        moments
            .peek()
            .map_or(most_ms, |Reverse(at)| (at - now_ms).min(most_ms))
    }
}

/// Tells entities of their due timers until `stop`.
pub(crate) async fn pump(
    journal: Arc<dyn Journal>,
    clock: Arc<dyn Clock>,
    router: Arc<Router>,
    alarm: Arc<Alarm>,
    poll_ms: u64,
    stop: CancellationToken,
) {
    let most_ms = i64::try_from(poll_ms).unwrap_or(i64::MAX).max(10);
    let mut told = Told::default();
    while !stop.is_cancelled() {
        let now_ms = clock.now_ms();
        if let Err(error) = tell_due(&*journal, &*router, now_ms, &mut told).await {
            tracing::warn!(%error, "the due timers could not be read; the next look is in {most_ms} ms");
        }
        let pause_ms = alarm.until_next_ms(now_ms, most_ms);
        let pause = Duration::from_millis(u64::try_from(pause_ms).unwrap_or(0).max(1));
        tokio::select! {
            () = stop.cancelled() => {}
            () = alarm.earlier.notified() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// The timers that their entities were told of, and when: each is told again only after a while.
#[derive(Default)]
pub(crate) struct Told {
    at_ms: HashMap<(EntityKey, String, i64), i64>,
}

/// One look: tells the entities of the timers that are due. However many they are, their entities come to memory a
/// page at a time.
pub(crate) async fn tell_due(
    journal: &dyn Journal,
    router: &impl Post,
    now_ms: i64,
    told: &mut Told,
) -> Result<(), datamesh_journal::JournalError> {
    let told = &mut told.at_ms;
    told.retain(|_, at_ms| now_ms - *at_ms < TELL_AGAIN_MS);
    let mut after: Option<DueWork> = None;
    loop {
        let rows = journal
            .due(WorkKind::Timer, now_ms, after.as_ref(), PAGE)
            .await?;
        for row in &rows {
            let Some(name) = timer_name(&row.work_id, row.kind) else {
                continue;
            };
            let mark = (row.entity.clone(), row.work_id.clone(), row.due_ms);
            if told.contains_key(&mark) {
                continue;
            }
            told.insert(mark, now_ms);
            let letter = Letter::Timer {
                key: row.entity.clone(),
                name: name.to_owned(),
                due_ms: row.due_ms,
            };
            router.deliver(&row.entity, letter).await;
        }
        if rows.len() < PAGE {
            return Ok(());
        }
        router.calm().await;
        after = rows.into_iter().last();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use datamesh_journal::sqlite::{self, SqliteJournal};
    use datamesh_journal::{Cause, Commit, CommitId, Work, WorkChange};
    use serde_json::value::RawValue;

    use super::*;

    /// Counts letters, and is calm only when it is told to be.
    #[derive(Default)]
    struct Crowd {
        letters: AtomicUsize,
        calm: AtomicBool,
    }

    impl Post for Crowd {
        async fn deliver(&self, _: &EntityKey, _: Letter) {
            self.letters.fetch_add(1, Ordering::SeqCst);
        }

        async fn calm(&self) {
            while !self.calm.load(Ordering::SeqCst) {
                tokio::task::yield_now().await;
            }
        }
    }

    fn with_a_timer(n: u8) -> Commit {
        Commit {
            entity: EntityKey::new("counter", format!("c{n}")),
            expected: 0,
            parent: None,
            commit_id: CommitId([n; 16]),
            at_ms: 0,
            cause: Cause::default(),
            events: Vec::new(),
            receipt: None,
            work: (0..4)
                .map(|t| {
                    WorkChange::Put(Work {
                        id: crate::control::timer_id(&format!("t{t}")),
                        kind: WorkKind::Timer,
                        due_ms: Some(1),
                        rank: Work::NORMAL,
                        data: RawValue::NULL.to_owned(),
                    })
                })
                .collect(),
            views: Vec::new(),
            snapshot: None,
        }
    }

    #[tokio::test]
    async fn however_many_are_due_their_entities_come_a_page_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let options = sqlite::Options::new(folder.path().join("journal.db"));
        let journal = SqliteJournal::open(options).unwrap();
        for n in 0..200 {
            let (done, written) = tokio::sync::oneshot::channel();
            let told = Box::new(move |result| drop(done.send(result)));
            journal.append(with_a_timer(n), told);
            written.await.unwrap().unwrap();
        }
        let (crowd, mut told) = (Crowd::default(), Told::default());
        let look = tell_due(&journal, &crowd, 10, &mut told);
        tokio::pin!(look);
        while crowd.letters.load(Ordering::SeqCst) < PAGE {
            tokio::select! {
                biased;
                _ = &mut look => panic!("it did not wait"),
                () = tokio::task::yield_now() => {}
            }
        }
        for _ in 0..1_000 {
            assert!(futures::poll!(&mut look).is_pending());
        }
        assert_eq!(crowd.letters.load(Ordering::SeqCst), PAGE);
        crowd.calm.store(true, Ordering::SeqCst);
        look.await.unwrap();
        assert_eq!(crowd.letters.load(Ordering::SeqCst), 800);
    }
}
