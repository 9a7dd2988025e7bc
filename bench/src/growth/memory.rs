use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use datamesh_actor::{Clock, Options, Runtime, SystemClock};
use datamesh_journal::sqlite::{self, SqliteJournal};
use serde::{Deserialize, Serialize};
use tokio::process::Command;

use crate::counter::{Counter, NoEffects};
use crate::in_process;
use crate::report::Report;

const FEW: usize = 10_000;
const CALLERS: usize = 256;
/// Longer than any filling takes: only a clock that is put forward makes entities leave.
const STAY: Duration = Duration::from_secs(24 * 60 * 60);
const PATIENCE: Duration = Duration::from_secs(120);

/// The resident set of one process, in bytes.
#[derive(Serialize, Deserialize)]
struct Seen {
    /// With a runtime and no entity.
    empty: u64,
    /// With all of them in memory.
    full: u64,
    /// When all have left again.
    left: u64,
    /// How long their leaving took, in seconds.
    leaving_s: f64,
}

/// Few and many entities, in a process each: a process that had many does not give all of it back.
pub(super) async fn run(most: usize, report: &mut Report) -> anyhow::Result<()> {
    let mut seen = Vec::new();
    for count in [FEW.min(most), most] {
        let program = std::env::current_exe()?;
        let output = Command::new(program)
            .args(["resident", &count.to_string()])
            .kill_on_drop(true)
            .output()
            .await?;
        ensure!(
            output.status.success(),
            "{count} entities: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let one: Seen = serde_json::from_slice(&output.stdout)?;
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        report.fact(&format!("{count} entities: before"), mib(one.empty), "MiB");
        report.fact(
            &format!("{count} entities: in memory"),
            mib(one.full),
            "MiB",
        );
        report.fact(
            &format!("{count} entities: passivated"),
            mib(one.left),
            "MiB",
        );
        report.fact(
            &format!("{count} entities: all had left after"),
            one.leaving_s,
            "s",
        );
        seen.push((count, one));
    }
    if let [(few, first), (many, last)] = seen.as_slice()
        && many > few
    {
        let bytes = last.full.saturating_sub(first.full) as f64 / (many - few) as f64;
        report.fact("memory that one more entity takes", bytes, "bytes");
    }
    Ok(())
}

/// Brings `count` counters to life with one command each and prints what the process takes, as JSON.
pub(crate) async fn resident(count: usize) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let journal = SqliteJournal::open(sqlite::Options::new(folder.path().join("journal.db")))?;
    let clock = Arc::new(Ahead::default());
    let options = Options {
        passivate_after_s: STAY.as_secs(),
        residents: usize::MAX,
        resident_bytes: usize::MAX,
        ..Options::default()
    };
    let runtime = Runtime::builder(Arc::new(journal), clock.clone(), options)
        .register::<Counter>(NoEffects)
        .start()
        .await?;
    let empty = resident_set()?;
    let next = move |caller: usize, n: usize| {
        let at = caller + n * CALLERS;
        (at < count).then(|| (format!("resident-{at:08}"), format!("first-{at}")))
    };
    let made = in_process::add(&runtime, CALLERS, Arc::new(next)).await?;
    ensure!(made.refused == 0, "{} commands were refused", made.refused);
    let there = runtime.resident();
    ensure!(there == count, "{there} entities are in memory");
    drop(made);
    let full = resident_set()?;
    let began = Instant::now();
    clock.forward(STAY + STAY);
    while runtime.resident() > 0 {
        ensure!(began.elapsed() < PATIENCE, "entities did not leave");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let leaving_s = began.elapsed().as_secs_f64();
    let left = resident_set()?;
    runtime.drain(Duration::from_secs(10)).await;
    let seen = Seen {
        empty,
        full,
        left,
        leaving_s,
    };
    println!("{}", serde_json::to_string(&seen)?);
    Ok(())
}

fn resident_set() -> anyhow::Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")
        .context("this system does not tell what a process takes (/proc/self/status)")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: u64 = line
        .and_then(|line| line.trim().strip_suffix(" kB"))
        .and_then(|text| text.trim().parse().ok())
        .context("no VmRSS in /proc/self/status")?;
    Ok(kib * 1_024)
}

/// The machine's clock, put forward.
#[derive(Default)]
struct Ahead {
    by_ms: AtomicI64,
}

impl Ahead {
    fn forward(&self, by: Duration) {
        let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.by_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

impl Clock for Ahead {
    fn now_ms(&self) -> i64 {
        SystemClock.now_ms() + self.by_ms.load(Ordering::Relaxed)
    }
}
