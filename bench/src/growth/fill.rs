use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::bail;
use datamesh_actor::Entity;
use datamesh_journal::sqlite::{self, SqliteJournal};
use datamesh_journal::{
    AppendError, Appended, Cause, Commit, CommitId, EntityKey, Journal, Receipt, Record,
};
use parking_lot::Mutex;
use serde_json::value::to_raw_value;
use tokio::sync::Semaphore;

use crate::counter::Counter;

/// Commits of each entity.
pub(super) const EACH: usize = 10;
/// So many entities write in turn before the next ones come: what belongs to one entity is not in one place of
/// the file, as it is not in life.
const WAVE: usize = 1_024;
/// Below what the journal's queue holds.
const IN_FLIGHT: usize = 4_096;

/// How many entities `events` events are of.
pub(super) fn entities(events: usize) -> usize {
    events / EACH
}

/// The id of the `n`-th entity.
pub(super) fn entity(n: usize) -> String {
    format!("filled-{n:08}")
}

/// Appends one-event commits with receipts, through the journal's own door, until there are `events`, of which
/// `present` are there. Answers how long it took.
pub(super) async fn fill(path: &Path, present: usize, events: usize) -> anyhow::Result<Duration> {
    let journal = SqliteJournal::open(sqlite::Options::new(path))?;
    let began = Instant::now();
    let room = Arc::new(Semaphore::new(IN_FLIGHT));
    let failed: Arc<Mutex<Option<AppendError>>> = Arc::default();
    let (first, last) = (entities(present), entities(events));
    for wave in (first..last).step_by(WAVE) {
        for seq in 0..EACH {
            for n in wave..last.min(wave + WAVE) {
                let place = room.clone().acquire_owned().await?;
                let failed = failed.clone();
                let done = move |fate: Result<Appended, AppendError>| {
                    if let Err(error) = fate {
                        failed.lock().get_or_insert(error);
                    }
                    drop(place);
                };
                journal.append(commit(n, seq)?, Box::new(done));
            }
        }
        if let Some(error) = failed.lock().take() {
            bail!(error);
        }
    }
    drop(room.acquire_many(u32::try_from(IN_FLIGHT)?).await?);
    let took = began.elapsed();
    journal.close().await;
    match failed.lock().take() {
        Some(error) => bail!(error),
        None => Ok(took),
    }
}

fn commit(n: usize, seq: usize) -> anyhow::Result<Commit> {
    let id = |seq: usize| CommitId((((n as u128) << 32) | (seq as u128 + 1)).to_be_bytes());
    let at_ms = 1_795_000_000_000;
    Ok(Commit {
        entity: EntityKey::new(Counter::KIND, entity(n)),
        expected: seq as u64,
        parent: seq.checked_sub(1).map(id),
        commit_id: id(seq),
        at_ms,
        cause: Cause {
            what: "command Add".to_owned(),
            ..Cause::default()
        },
        events: vec![Record {
            name: "Added".to_owned(),
            data: to_raw_value(&1)?,
        }],
        receipt: Some(Receipt {
            command_id: format!("filled-{seq}"),
            fingerprint: n as u64,
            reply: to_raw_value(&serde_json::json!({ "sum": seq + 1 }))?,
            at_ms,
        }),
        work: Vec::new(),
        views: Vec::new(),
        snapshot: None,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::counter::Add;
    use crate::in_process;
    use datamesh_actor::Meta;

    /// What is filled in must be what the runtime would have written: it goes on from there.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_runtime_goes_on_from_what_was_filled_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        fill(&path, 0, 100).await.unwrap();
        fill(&path, 100, 20_000).await.unwrap();
        let runtime = in_process::start(&path).await.unwrap();
        for n in [0, 9, 10, entities(20_000) - 1] {
            let id = entity(n);
            let state = runtime.ask::<Counter>(&id, Add(5), Meta::default());
            assert_eq!(state.await.unwrap().sum, EACH as i64 + 5, "{id}");
        }
        assert_eq!(runtime.journal().end().await.unwrap().0, 20_004);
        runtime.drain(Duration::from_secs(5)).await;
    }
}
