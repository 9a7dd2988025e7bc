use std::path::Path;
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
    let runtime = start(&folder.path().join("journal.db")).await?;
    let measured = resident(&runtime, callers, length, "run").await;
    runtime.drain(Duration::from_secs(10)).await;
    measured
}

/// A runtime of counters on the journal at `path`, which is made if it is not there.
pub(crate) async fn start(path: &Path) -> anyhow::Result<Runtime> {
    let journal = SqliteJournal::open(sqlite::Options::new(path))?;
    let builder = Runtime::builder(Arc::new(journal), Arc::new(SystemClock), Options::default());
    Ok(builder.register::<Counter>(NoEffects).start().await?)
}

/// Commands to 1,024 counters that are in memory. Command ids begin with `round`, which must be new to the
/// journal: a command that it knows costs nothing.
pub(crate) async fn resident(
    runtime: &Runtime,
    callers: usize,
    length: Duration,
    round: &str,
) -> anyhow::Result<Measured> {
    for entity in 0..ENTITIES {
        let id = format!("c{entity}");
        runtime.ask::<Counter>(&id, Add(0), Meta::default()).await?;
    }
    let start = Instant::now();
    let round = round.to_owned();
    let next = move |caller: usize, n: usize| {
        let entity = format!("c{}", (caller + n * callers) % ENTITIES);
        (start.elapsed() < length).then(|| (entity, format!("{round}-{caller}-{n}")))
    };
    add(runtime, callers, Arc::new(next)).await
}

/// The counter and the command id of the `n`-th command of a caller, until there is none.
pub(crate) type Next = Arc<dyn Fn(usize, usize) -> Option<(String, String)> + Send + Sync>;

/// `callers` tasks that each add one to what `next` names, and take the next when that is durable. A command that
/// was refused for want of room is not sent again.
pub(crate) async fn add(runtime: &Runtime, callers: usize, next: Next) -> anyhow::Result<Measured> {
    let start = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|caller| {
            let (runtime, next) = (runtime.clone(), next.clone());
            tokio::spawn(async move {
                let mut measured = Measured::default();
                let mut n = 0;
                while let Some((entity, command)) = next(caller, n) {
                    n += 1;
                    let meta = Meta {
                        command_id: Some(command),
                        ..Meta::default()
                    };
                    let sent = Instant::now();
                    match runtime.ask::<Counter>(&entity, Add(1), meta).await {
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
    Ok(all)
}
