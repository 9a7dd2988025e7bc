//! Requests that are almost right: every protocol's parser, and every service behind it, answers
//! whatever comes, soon and with an error that is not its own.
//!
//! A round plays valid requests of every service on a fresh cloud, and then changed ones, which a
//! seed decides. A failure names the seed of its round and the request: `FUZZ_SEED=<seed>` begins with
//! that round again. `FUZZ_SECONDS=600` goes on for ten minutes (`make fuzz`).

mod corpus;
mod mutate;
mod raw;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use datamesh_localcloud::{LocalCloud, ManualClock, Options};
use http::Response;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use corpus::Case;

use crate::setup::START_MS;

/// The rounds of a run without a time.
const ROUNDS: u64 = 4;
/// The changed requests of a round.
const CHANGED: usize = 400;
/// The changed requests of a round that go over a socket as bytes.
const RAW: usize = 25;
/// No answer takes longer, however busy the machine is.
const LIMIT: Duration = Duration::from_secs(30);
/// A round leaves no more memory behind than this.
const MEMORY: usize = 1 << 30;

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok()?.parse().ok()
}

#[test]
fn whatever_comes_is_answered() {
    let first = number("FUZZ_SEED").unwrap_or(100);
    let until = number("FUZZ_SECONDS").map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut requests = 0;
    for seed in first.. {
        let over = match until {
            Some(until) => Instant::now() >= until,
            None => seed >= first + ROUNDS,
        };
        if over {
            break;
        }
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let ended = runtime.block_on(round(seed));
        // What hangs must not keep the test from saying so.
        runtime.shutdown_background();
        requests += ended.unwrap_or_else(|why| panic!("FUZZ_SEED={seed}: {why}"));
    }
    println!("{requests} requests were answered");
}

async fn round(seed: u64) -> Result<usize, String> {
    let cloud = LocalCloud::open(Options {
        clock: Arc::new(ManualClock::new(START_MS)),
        seed: Some(seed),
        ..Options::in_memory()
    })
    .unwrap();
    let before = resident();
    let corpus = play_valid(&cloud).await?;
    let mut rng = StdRng::seed_from_u64(seed);
    for _ in 0..CHANGED {
        let case = mutate::changed(&corpus, &mut rng);
        let Some(request) = case.request() else {
            continue;
        };
        let response = send(&cloud, request)
            .await
            .map_err(|why| format!("{why}: {case}"))?;
        let status = response.status().as_u16();
        if status >= 500 && status != 501 {
            let body = String::from_utf8_lossy(response.body()).into_owned();
            return Err(format!("status {status}: {case}\nanswer: {body}"));
        }
    }
    raw::round(&cloud, &corpus, &mut rng, RAW).await?;
    if let (Some(before), Some(after)) = (before, resident())
        && after.saturating_sub(before) > MEMORY
    {
        return Err(format!("memory grew from {before} to {after} bytes"));
    }
    Ok(corpus.len() + CHANGED + RAW)
}

/// Plays the corpus as it is: everything in it is valid, and every service is in it.
async fn play_valid(cloud: &LocalCloud) -> Result<Vec<Case>, String> {
    let services: BTreeSet<&str> = cloud.services().into_iter().collect();
    let mut corpus = corpus::corpus();
    corpus.retain(|case| services.contains(case.service));
    let covered: BTreeSet<&str> = corpus.iter().map(|case| case.service).collect();
    assert_eq!(
        covered, services,
        "services without a request in the corpus"
    );
    let mut kept = Vec::new();
    for case in &mut corpus {
        case.fill(&kept);
        let request = case.request().expect("a request of the corpus");
        let response = send(cloud, request)
            .await
            .map_err(|why| format!("{why}: {case}"))?;
        let body = String::from_utf8_lossy(response.body()).into_owned();
        if !response.status().is_success() {
            let status = response.status();
            return Err(format!(
                "a valid request got {status}: {case}\nanswer: {body}"
            ));
        }
        kept.extend(case.keep(&body));
    }
    Ok(corpus)
}

/// Sends a request in process. A panic on its way is an error, as a hang is.
async fn send(
    cloud: &LocalCloud,
    request: http::Request<Bytes>,
) -> Result<Response<Bytes>, String> {
    let cloud = cloud.clone();
    let answer = tokio::spawn(async move { cloud.answer(request).await });
    match tokio::time::timeout(LIMIT, answer).await {
        Err(_) => Err("no answer in time".to_owned()),
        Ok(Err(error)) => Err(format!("a panic: {error}")),
        Ok(Ok(None)) => Err("the answer was lost".to_owned()),
        Ok(Ok(Some(response))) => Ok(response),
    }
}

/// The memory of this process in bytes, where the system says it.
fn resident() -> Option<usize> {
    let statm = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4_096)
}

/// One of a few.
fn one_of<'a, T>(items: &'a [T], rng: &mut StdRng) -> &'a T {
    &items[rng.random_range(0..items.len())]
}
