//! Measures how many small commits a second the SQLite journal makes durable when its queue is never
//! empty: `cargo run -p datamesh-journal --example append_rate`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use datamesh_journal::sqlite::{Options, SqliteJournal};
use datamesh_journal::{Cause, Commit, CommitId, EntityKey, Journal, Receipt, Record};
use serde_json::value::RawValue;

const COMMITS: u64 = 200_000;
const ENTITIES: u64 = 10_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let journal = SqliteJournal::open(Options::new(folder.path().join("journal.db")))?;
    let keys: Vec<_> = (0..ENTITIES)
        .map(|n| EntityKey::new("project", format!("proj-{n:08}")))
        .collect();
    let durable = Arc::new(AtomicU64::new(0));
    let full = Arc::new(AtomicU64::new(0));
    let event = RawValue::from_string(
        r#"{"name":"sales","description":"Orders of all shops","owner":"team-a"}"#.to_owned(),
    )?;
    let reply = RawValue::from_string(r#"{"id":"proj-00000001","version":7}"#.to_owned())?;

    let started = Instant::now();
    for n in 0..COMMITS {
        let entity = keys[usize::try_from(n * 7919 % ENTITIES)?].clone();
        let commit = Commit {
            entity,
            expected: n / ENTITIES,
            parent: n
                .checked_sub(ENTITIES)
                .map(|n| CommitId(u128::from(n).to_be_bytes())),
            commit_id: CommitId(u128::from(n).to_be_bytes()),
            at_ms: 1_700_000_000_000,
            cause: Cause {
                what: "command UpdateProject".to_owned(),
                by: Some("team-a".to_owned()),
                ..Cause::default()
            },
            events: vec![Record {
                name: "ProjectUpdated".to_owned(),
                data: event.clone(),
            }],
            receipt: Some(Receipt {
                command_id: format!("command-{n:016}"),
                fingerprint: n,
                reply: reply.clone(),
                at_ms: 1_700_000_000_000,
            }),
            work: Vec::new(),
            views: Vec::new(),
            snapshot: None,
        };
        // Keeps the queue full without overrunning it.
        while n - durable.load(Ordering::Acquire) >= 8_000 {
            std::thread::yield_now();
        }
        let (durable, full) = (Arc::clone(&durable), Arc::clone(&full));
        journal.append(
            commit,
            Box::new(move |fate| {
                if fate.is_err() {
                    full.fetch_add(1, Ordering::Relaxed);
                }
                durable.fetch_add(1, Ordering::Release);
            }),
        );
    }
    drop(journal);
    let took = started.elapsed().as_secs_f64();
    let refused = full.load(Ordering::Relaxed);
    println!(
        "{COMMITS} commits in {took:.2} s: {:.0} durable commits/s ({refused} refused)",
        COMMITS as f64 / took
    );
    Ok(())
}
