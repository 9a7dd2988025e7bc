//! `make bench-peers`: the same load, in the same run, on ours and on what others would take instead.
//!
//! The deed is a read-modify-write of one of 256 counters, durable before the answer, under an idempotency key.
//! Ours do it twice: the runtime alone behind a bare axum route, which is the like of the others, and the product,
//! which does more. All servers run through the whole, each on a folder of its own; rounds are interleaved, so
//! that what else goes on in the machine hits all. At the end each is asked for its counters, and their sum has
//! to be what it acknowledged.

mod fastapi;
mod product;
mod restate;
mod runtime_alone;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::ensure;
use async_trait::async_trait;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;

use crate::load;
use crate::process;
use crate::report::{Measured, Report};

pub(crate) use runtime_alone::serve;

/// How many counters.
pub(crate) const KEYS: usize = 256;
const CONNECTIONS: [usize; 3] = [1, 16, 64];
/// Odd, so that there is a median.
const ROUNDS: usize = 3;
const WARM_UP: Duration = Duration::from_secs(2);

/// A server under load.
#[async_trait]
pub(crate) trait Peer: Send + Sync {
    fn name(&self) -> &'static str;

    /// Whether it is of this house.
    fn ours(&self) -> bool {
        false
    }

    /// Where the load goes: `127.0.0.1:port`.
    fn address(&self) -> &str;

    /// Its processes.
    fn pids(&self) -> Vec<u32>;

    /// Adds one to a counter. `id` is never used twice in a run.
    fn add(&self, key: usize, id: &str) -> anyhow::Result<Request<Full<Bytes>>>;

    /// The sum of all counters.
    async fn sum(&self) -> anyhow::Result<u64>;
}

/// A peer, and what it answered so far.
struct Entrant {
    peer: Arc<dyn Peer>,
    acknowledged: u64,
    /// Told to come again: such an increment may or may not have been made.
    refused: u64,
    /// Of the rounds at the present number of connections.
    rounds: Vec<Round>,
    /// Why it is out.
    failed: Option<String>,
}

struct Round {
    measured: Measured,
    /// What its processes used for one acknowledged request, also behind the answer.
    cpu_us: f64,
}

/// Measures all that could be started, and says of the rest why it could not. The folder is where `install.sh`
/// put the others.
pub(crate) async fn run(length: Duration, report: &mut Report) -> anyhow::Result<()> {
    let installed = std::env::var_os("BENCH_PEERS").map_or_else(
        || crate::rest::target_folder().map(|folder| folder.join("../peers")),
        |folder| Ok(PathBuf::from(folder)),
    )?;
    // Absolute: some of them run in a folder of their own.
    let installed = std::path::absolute(installed)?;
    let folder = tempfile::tempdir()?;
    report.section("Peers: one durable read-modify-write under an idempotency key, over HTTP");
    let mut entrants = entrants(&installed, folder.path(), report).await;
    for entrant in &mut entrants {
        entrant.load(64, WARM_UP).await;
        entrant.rounds.clear();
    }
    for connections in CONNECTIONS {
        for round in 0..ROUNDS {
            for at in 0..entrants.len() {
                let at = (at + round) % entrants.len();
                let pids: Vec<u32> = entrants.iter().flat_map(|one| one.peer.pids()).collect();
                process::resting(&pids).await;
                entrants[at].load(connections, length).await;
            }
        }
        tell(connections, &mut entrants, report);
    }
    let mut wrong = Vec::new();
    for entrant in &mut entrants {
        let name = entrant.peer.name();
        let verdict = match (entrant.failed.take(), entrant.check().await) {
            (Some(why), _) => format!("was not measured to the end: {why}"),
            (None, Ok(sum)) => format!("its counters say {sum}, as acknowledged"),
            (None, Err(error)) => {
                wrong.push(name);
                format!("IS WRONG: {error:#}")
            }
        };
        report.note(&format!("{name}: {verdict}"));
    }
    ensure!(wrong.is_empty(), "lost or doubled increments: {wrong:?}");
    Ok(())
}

async fn entrants(installed: &Path, folder: &Path, report: &mut Report) -> Vec<Entrant> {
    let mut entrants = Vec::new();
    let mut enter = |name: &str, started: anyhow::Result<Arc<dyn Peer>>| match started {
        Ok(peer) => entrants.push(Entrant {
            peer,
            acknowledged: 0,
            refused: 0,
            rounds: Vec::new(),
            failed: None,
        }),
        Err(error) => report.note(&format!("{name} was not measured: {error:#}")),
    };
    enter("the runtime", runtime_alone::start(folder).await);
    enter("Restate", restate::start(installed, folder).await);
    enter("FastAPI", fastapi::start(installed, folder).await);
    enter("datameshd", product::start().await);
    entrants
}

impl Entrant {
    /// One round. A failure takes it out of the later ones.
    async fn load(&mut self, connections: usize, length: Duration) {
        if self.failed.is_some() {
            return;
        }
        static ROUND: AtomicU64 = AtomicU64::new(0);
        let round = ROUND.fetch_add(1, Ordering::Relaxed);
        let pids = self.peer.pids();
        let cpu = || {
            pids.iter()
                .map(|pid| process::cpu_time(*pid))
                .sum::<Duration>()
        };
        let before = cpu();
        let peer = self.peer.clone();
        let make = move |connection: usize, n: usize| {
            let key = (connection * 7 + n) % KEYS;
            peer.add(key, &format!("{round}-{connection}-{n}"))
        };
        match load::run(self.peer.address(), connections, length, Arc::new(make)).await {
            Ok(measured) => {
                process::resting(&pids).await;
                let answered = measured.latencies.len();
                self.acknowledged += answered as u64;
                self.refused += measured.refused;
                let used = (cpu() - before).as_secs_f64();
                self.rounds.push(Round {
                    measured,
                    cpu_us: used * 1e6 / (answered.max(1) as f64),
                });
            }
            Err(error) => self.failed = Some(format!("{error:#}")),
        }
    }

    /// The sum of its counters, if it is what was acknowledged.
    async fn check(&self) -> anyhow::Result<u64> {
        let sum = self.peer.sum().await?;
        let most = self.acknowledged + self.refused;
        ensure!(
            (self.acknowledged..=most).contains(&sum),
            "its counters say {sum}, acknowledged were {} and refused {}",
            self.acknowledged,
            self.refused
        );
        Ok(sum)
    }

    /// The round in the middle, by rate.
    fn median(&self) -> Option<&Round> {
        let mut rounds: Vec<&Round> = self.rounds.iter().collect();
        rounds.sort_by(|a, b| a.measured.per_second().total_cmp(&b.measured.per_second()));
        rounds.get(rounds.len() / 2).copied()
    }
}

/// The median rounds, and how many times as many requests ours answer as each of the others does.
fn tell(connections: usize, entrants: &mut [Entrant], report: &mut Report) {
    for entrant in &*entrants {
        let Some(round) = entrant.median() else {
            continue;
        };
        let name = format!("{}, {connections} connections", entrant.peer.name());
        report.row(&name, &round.measured, None);
        report.fact(
            &format!("{name}: processor time a request"),
            round.cpu_us,
            "µs",
        );
    }
    let (ours, others): (Vec<&Entrant>, Vec<&Entrant>) =
        entrants.iter().partition(|one| one.peer.ours());
    for (ours, other) in ours
        .iter()
        .flat_map(|ours| others.iter().map(move |other| (ours, other)))
    {
        // Round by round: the two of a round ran close together.
        let rounds = ours.rounds.iter().zip(&other.rounds);
        let mut times: Vec<f64> = rounds
            .map(|(a, b)| a.measured.per_second() / b.measured.per_second().max(1e-9))
            .collect();
        times.sort_by(f64::total_cmp);
        if let Some(times) = times.get(times.len() / 2) {
            let name = format!(
                "{connections} connections: {} over {}",
                ours.peer.name(),
                other.peer.name()
            );
            report.fact(&name, *times, "times");
        }
    }
    for entrant in entrants {
        entrant.rounds.clear();
    }
}
