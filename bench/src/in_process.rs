use std::sync::Arc;
use std::time::{Duration, Instant};

use datamesh_actor::{AskError, Meta, Options, Runtime, SystemClock};
use datamesh_journal::sqlite::{self, SqliteJournal};

use crate::counter::{Add, Counter, NoEffects};
use crate::report::Measured;

/// Entities that the callers spread over.
const ENTITIES: usize = 1_024;

/// `callers` tasks, each sending the next command when the last is durable, each command with an id.
pub(crate) async fn run(callers: usize, length: Duration) -> anyhow::Result<Measured> {
    let folder = tempfile::tempdir()?;
    let journal = SqliteJournal::open(sqlite::Options::new(folder.path().join("journal.db")))?;
    let runtime = Runtime::builder(Arc::new(journal), Arc::new(SystemClock), Options::default())
        .register::<Counter>(NoEffects)
        .start()
        .await?;
    for entity in 0..ENTITIES {
        let id = format!("c{entity}");
        runtime.ask::<Counter>(&id, Add(0), Meta::default()).await?;
    }
    let start = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let runtime = runtime.clone();
            tokio::spawn(async move {
                let mut measured = Measured::default();
                let mut n = caller;
                while start.elapsed() < length {
                    let id = format!("c{}", n % ENTITIES);
                    let meta = Meta {
                        command_id: Some(format!("{caller}-{n}")),
                        ..Meta::default()
                    };
                    n += callers;
                    let sent = Instant::now();
                    match runtime.ask::<Counter>(&id, Add(1), meta).await {
                        Ok(_) => measured.latencies.push(sent.elapsed()),
                        Err(AskError::Busy { .. }) => measured.refused += 1,
                        Err(other) => return Err(other),
                    }
                }
                Ok(measured)
            })
        })
        .collect();
    let mut all = Measured::default();
    for task in tasks {
        let part = task.await??;
        all.latencies.extend(part.latencies);
        all.refused += part.refused;
    }
    all.elapsed = start.elapsed();
    runtime.drain(Duration::from_secs(10)).await;
    Ok(all)
}
