use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use datamesh_actor::{Meta, Options, Runtime, SystemClock};
use datamesh_journal::WorkKind;
use datamesh_journal::sqlite::{self, SqliteJournal};
use tokio::sync::mpsc;

use super::errand::{Begin, Claims, Errand, Stuck};
use crate::report::Report;

const CALLERS: usize = 256;
const PATIENCE: Duration = Duration::from_secs(300);

/// A journal in which many entities wait for one effect each, and a process that starts on it: when the first
/// effect is claimed, when the last, and when all are settled.
pub(super) async fn run(pending: usize, report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("journal.db");
    leave_pending(&path, pending).await?;

    let began = Instant::now();
    let journal = Arc::new(SqliteJournal::open(sqlite::Options::new(&path))?);
    let (claims, mut claimed) = mpsc::channel(CALLERS);
    let runtime = Runtime::builder(journal, Arc::new(SystemClock), Options::default())
        .register::<Errand>(Claims(claims))
        .start()
        .await?;
    let mut seen = HashSet::with_capacity(pending);
    let (mut first, mut half, mut last) = (None, None, began);
    let mut again = 0_u64;
    while seen.len() < pending {
        let next = tokio::time::timeout(PATIENCE, claimed.recv()).await;
        let (at, entity) = next
            .with_context(|| format!("only {} of {pending} were claimed", seen.len()))?
            .context("the runtime went away")?;
        first.get_or_insert(at);
        if !seen.insert(entity) {
            again += 1;
        }
        if seen.len() * 2 >= pending {
            half.get_or_insert(at);
        }
        last = at;
    }
    let pending_still = async || {
        let due = runtime.journal().due(WorkKind::Effect, i64::MAX, None, 1);
        Ok::<bool, anyhow::Error>(!due.await?.is_empty())
    };
    while pending_still().await? {
        ensure!(began.elapsed() < PATIENCE, "not all effects were settled");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let settled = began.elapsed();
    runtime.drain(Duration::from_secs(10)).await;
    let since = |at: Option<Instant>| at.map_or(0.0, |at| (at - began).as_secs_f64());
    let fact = |report: &mut Report, what: &str, seconds: f64| {
        report.fact(
            &format!("{pending} pending effects: {what} after"),
            seconds,
            "s",
        );
    };
    fact(report, "the first is claimed", since(first));
    fact(report, "half are claimed", since(half));
    fact(report, "the last is claimed", since(Some(last)));
    fact(report, "all are settled", settled.as_secs_f64());
    report.fact("claimed twice", again as f64, "effects");
    Ok(())
}

/// Runs a process in which no effect ends, and gives it up.
async fn leave_pending(path: &Path, count: usize) -> anyhow::Result<()> {
    let journal = Arc::new(SqliteJournal::open(sqlite::Options::new(path))?);
    // As many as are wanted, where a process on its own would refuse commands before.
    let options = Options {
        unsettled: usize::MAX,
        ..Options::default()
    };
    let runtime = Runtime::builder(journal, Arc::new(SystemClock), options)
        .register::<Errand>(Stuck)
        .start()
        .await?;
    let tasks: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let runtime = runtime.clone();
            tokio::spawn(async move {
                for n in (caller..count).step_by(CALLERS) {
                    let id = format!("errand-{n:08}");
                    runtime.ask::<Errand>(&id, Begin, Meta::default()).await?;
                }
                Ok::<(), datamesh_actor::AskError>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    runtime.drain(Duration::ZERO).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn what_was_left_pending_is_claimed_and_settled() {
        let mut report = Report::default();
        run(300, &mut report).await.unwrap();
        let first = report.value("300 pending effects: the first is claimed after");
        let settled = report.value("300 pending effects: all are settled after");
        assert!(first.unwrap() <= settled.unwrap());
        assert_eq!(report.value("claimed twice"), Some(0.0));
    }
}
