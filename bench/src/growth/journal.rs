use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use datamesh_actor::Runtime;

use super::fill::{self, entities, entity};
use crate::in_process::{self, Next};
use crate::report::{Measured, Report};

const EVENTS: [usize; 3] = [10_000, 1_000_000, 10_000_000];
const CALLERS: usize = 64;
const ROUNDS: usize = 3;
/// Entities that are looked for in one life of the runtime, at most.
const COLD: usize = 20_000;
/// A file larger than this is not copied for each round: what a round adds to it is little beside what it holds.
const COPIED: u64 = 1 << 30;

/// A journal that was filled.
struct Filled {
    events: usize,
    path: PathBuf,
    /// Its rounds: commands to entities in memory, and to such that have to be read first.
    resident: Vec<Measured>,
    cold: Vec<Measured>,
}

/// Fills one journal after the other, each from a copy of the one before, and then measures them in turns.
pub(super) async fn run(most: usize, length: Duration, report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let mut filled: Vec<Filled> = Vec::new();
    for events in EVENTS.into_iter().filter(|events| *events <= most) {
        let path = folder.path().join(format!("{events}.db"));
        let present = match filled.last() {
            Some(smaller) => {
                std::fs::copy(&smaller.path, &path)?;
                smaller.events
            }
            None => 0,
        };
        let took = fill::fill(&path, present, events).await?;
        let name = format!("filling the journal from {present} to {events} events");
        let rate = (events - present) as f64 / took.as_secs_f64().max(1e-9);
        report.fact(&name, rate, "commits a second");
        let bytes = std::fs::metadata(&path)?.len() as f64 / events as f64;
        report.fact(&format!("file, {events} events"), bytes, "bytes an event");
        filled.push(Filled {
            events,
            path,
            resident: Vec::new(),
            cold: Vec::new(),
        });
    }
    for round in 0..ROUNDS {
        for one in &mut filled {
            one.round(folder.path(), round, length).await?;
        }
    }
    let mut first = (None, None);
    for one in &filled {
        let (resident, cold) = (median(&one.resident), median(&one.cold));
        let name = format!("{} events: in memory, {CALLERS} callers", one.events);
        let rate = resident.per_second();
        report.row(&name, &resident, Some(*first.0.get_or_insert(rate)));
        let name = format!("{} events: read first, {CALLERS} callers", one.events);
        let rate = cold.per_second();
        report.row(&name, &cold, Some(*first.1.get_or_insert(rate)));
    }
    Ok(())
}

impl Filled {
    async fn round(&mut self, folder: &Path, round: usize, length: Duration) -> anyhow::Result<()> {
        let copy = folder.join("round.db");
        let small = std::fs::metadata(&self.path)?.len() < COPIED;
        let path = if small { &copy } else { &self.path };
        if small {
            std::fs::copy(&self.path, path)?;
        }
        let runtime = in_process::start(path).await?;
        let label = format!("resident-{round}");
        let resident = in_process::resident(&runtime, CALLERS, length, &label).await;
        runtime.drain(Duration::from_secs(10)).await;
        self.resident.push(resident?);
        let cold = cold(path, entities(self.events), round, length).await;
        if small {
            std::fs::remove_file(&copy)?;
        }
        self.cold.push(cold?);
        Ok(())
    }
}

/// Commands to entities that are not in memory, each of them once in a life of the runtime, spread over the whole
/// journal. A small journal has few, and gets as many lives as the time allows; what a start takes is not counted.
async fn cold(
    path: &Path,
    entities: usize,
    round: usize,
    length: Duration,
) -> anyhow::Result<Measured> {
    let mut all = Measured::default();
    let mut life = 0;
    while all.elapsed < length && all.latencies.len() < COLD {
        let runtime = in_process::start(path).await?;
        let part = each_once(&runtime, entities, &format!("cold-{round}-{life}")).await;
        runtime.drain(Duration::from_secs(10)).await;
        let part = part?;
        all.latencies.extend(part.latencies);
        all.refused += part.refused;
        all.elapsed += part.elapsed;
        life += 1;
    }
    Ok(all)
}

async fn each_once(runtime: &Runtime, entities: usize, label: &str) -> anyhow::Result<Measured> {
    let count = entities.min(COLD);
    let label = label.to_owned();
    let next: Next = Arc::new(move |caller, n| {
        let at = caller + n * CALLERS;
        // A step that shares no factor with any of the sizes: each entity once, the next one far away.
        let spread = at.wrapping_mul(7_919_777) % entities;
        (at < count).then(|| (entity(spread), format!("{label}-{at}")))
    });
    in_process::add(runtime, CALLERS, next).await
}

/// The round in the middle, by rate.
fn median(rounds: &[Measured]) -> Measured {
    let mut rounds: Vec<&Measured> = rounds.iter().collect();
    rounds.sort_by(|a, b| a.per_second().total_cmp(&b.per_second()));
    let middle = rounds.get(rounds.len() / 2);
    middle.map(|round| (*round).clone()).unwrap_or_default()
}
