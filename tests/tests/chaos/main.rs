//! Makes trouble for the real process under load, and looks at what is left.
//!
//! Teams make, change and remove domains, projects and assets; traders ask for access to a table of another
//! account, get it, and give it back. Every request has an id of its own. Meanwhile the process is killed at
//! random points, stopped and let go on, its disk is filled, and the embedded AWS throttles, fails, hangs,
//! and does what it says it did not. What was not answered is sent again under the same id. What the runtime
//! stopped for having been under way at three deaths in a row, an operator has tried again. In the end
//! everything that was answered must be so, once: in the mesh, in the journal's file, and in the embedded AWS;
//! nothing may be left under way; and who was revoked reads nothing, and is no subscriber in DataZone.
//!
//! | variable | what it sets |
//! |---|---|
//! | `DATAMESH_CHAOS_SECONDS` | for how long, in seconds (20) |
//! | `DATAMESH_CHAOS_FAULTS` | the largest share of AWS requests that go wrong, 0 to 0.3 (0.15) |
//! | `DATAMESH_CHAOS_TRADERS` | how many trade access to one table at once (3) |
//! | `DATAMESH_CHAOS_SEED` | repeats the choices of a run |

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod checks;
mod client;
mod disk;
mod faults;
mod findings;
mod journal;
mod model;
mod operator;
mod team;
mod trouble;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use datamesh_tests::{Launch, now_seconds};
use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tempfile::TempDir;
use tokio::time::Instant;

use access::Market;
use client::{Client, Told};
use disk::Disk;
use faults::Faults;
use findings::Findings;
use operator::Operator;
use team::Team;
use trouble::Trouble;

/// How many make and change things at once.
const TEAMS: u64 = 5;

/// How many ask for access and give it back at once (`DATAMESH_CHAOS_TRADERS`).
const TRADERS: u64 = 3;

/// The cycles that a run must have had to prove anything.
const LEAST_CYCLES: u32 = 5;

/// More calls a second than AWS would allow: the load is to come from the teams.
const RATES: &str = r#"{ "datazone:*" = 1000, "glue:*" = 1000, "s3:*" = 1000, "events:*" = 1000, "sqs:*" = 1000, "lakeformation:*" = 1000, "ram:*" = 1000, "athena:*" = 1000, "sts:*" = 1000 }"#;

fn setting<T: std::str::FromStr>(variable: &str) -> Option<T> {
    let text = std::env::var(variable).ok()?;
    let read = text.parse().ok();
    Some(read.unwrap_or_else(|| panic!("{variable} is not a number: {text}")))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_is_done_twice() {
    let seconds: u64 = setting("DATAMESH_CHAOS_SECONDS").unwrap_or(20);
    let share: f64 = setting("DATAMESH_CHAOS_FAULTS").unwrap_or(0.15);
    assert!(
        (0.0..=0.3).contains(&share),
        "DATAMESH_CHAOS_FAULTS is a share from 0 to 0.3"
    );
    let seed = setting("DATAMESH_CHAOS_SEED").unwrap_or_else(|| now_seconds().unsigned_abs());
    eprintln!(
        "chaos for {seconds} s, up to {:.0} % of AWS fails; to repeat its choices: DATAMESH_CHAOS_SEED={seed}",
        share * 100.0
    );

    let folder = TempDir::new().unwrap();
    let small = folder.path().join("disk");
    let disk = Disk::mount(&small, 128 + seconds)
        .inspect_err(|error| {
            eprintln!("no disk of its own ({error}): long files are refused instead")
        })
        .ok();
    let node = launch(&small.join("data")).start().await;
    node.cloud().tap("datamesh-events", "tap").await;
    for table in team::TABLES {
        node.cloud().table(table, &[("id", "bigint")]).await;
    }
    let mut model = model::Model::default();
    let ada = node.token("ada", &["admins"]).await;
    let bob = node.token("bob", &["team"]).await;
    let rest = node.rest("ada", &["admins"]).await;
    let buyers: u64 = setting("DATAMESH_CHAOS_TRADERS").unwrap_or(TRADERS);
    let market = Market::open(&node, &rest, buyers, &mut model).await;

    let end = Instant::now() + Duration::from_secs(seconds);
    let mut dice = StdRng::seed_from_u64(seed);
    let mut die = || StdRng::seed_from_u64(dice.random());
    let (mut trouble, address) = Trouble::of(node, die(), Faults::new(share), disk);
    let told = Arc::new(Told::default());
    let seen_to = Arc::new(AtomicU64::new(0));
    let operator = Operator::new(address.clone(), ada.clone(), &seen_to);
    let operator = tokio::spawn(operator.work());
    let client = Client::new(address.clone(), &ada, &told);
    let approver = Client::new(address, &bob, &told);
    let teams: Vec<_> = (0..TEAMS)
        .map(|number| tokio::spawn(Team::new(number, client.clone(), die()).work(end)))
        .collect();
    let traders: Vec<_> = (0..buyers)
        .map(|number| {
            let trader = market.trader(number, client.clone(), approver.clone(), die());
            tokio::spawn(trader.work(end))
        })
        .collect();
    trouble.make_until(end).await;
    let node = trouble.end_all().await;
    let over = Instant::now();

    for known in join_all(teams).await {
        model.merge(known.expect("a team met something that must not be"));
    }
    let traders = join_all(traders).await.into_iter();
    let mut traders: Vec<_> = traders
        .map(|trader| trader.expect("a trader met something that must not be"))
        .collect();
    checks::at_rest(&node).await;
    assert!(
        !operator.is_finished(),
        "the operator met something that must not be"
    );
    operator.abort();
    let rest_after = over.elapsed();
    market.check_data_zone(&node.cloud(), &traders).await;

    let mut findings = Findings::default();
    checks::mesh(&node, &model, &mut findings).await;
    checks::cloud(&node, &model, &mut findings).await;
    checks::events(&node, &model, &mut findings).await;
    for trader in &mut traders {
        trader.check(&node.cloud(), &mut findings).await;
    }
    let data = node.data().to_owned();
    node.stop().await;
    journal::look(&data, &told.acknowledged(), &mut findings);

    let given: u64 = traders.iter().map(|trader| trader.rounds).sum();
    let commands: u64 = told.acknowledged().values().sum();
    eprintln!("{}", trouble.done);
    eprintln!(
        "{commands} commands acknowledged ({} requests answered, {} sent again, {} of them refused for now)",
        told.answered(),
        told.repeated(),
        told.refused()
    );
    eprintln!("{}", trouble.faults);
    eprintln!(
        "{model}; access was given {given} times; all at rest {rest_after:.1?} after the trouble"
    );
    let seen_to = seen_to.load(Ordering::Relaxed);
    eprintln!(
        "{seen_to} stopped for having been under way at three deaths in a row, and tried again by an operator"
    );
    let kills = u64::from(trouble.done.kills);
    assert!(
        seen_to <= 4 + kills / 4,
        "too many are stopped that did not kill"
    );
    eprintln!("{findings}");
    assert!(trouble.done.cycles >= LEAST_CYCLES, "{}", trouble.done);
    assert!(findings.none(), "{findings}");
}

/// A message that dies with its process comes again soon, and however often that happens to it; what AWS
/// refuses is tried again soon, too.
fn launch(data: &std::path::Path) -> Launch {
    Launch::on(data)
        .env("DATAMESH_AWS_RATES", RATES)
        .env("DATAMESH_AWS_CALL_TIMEOUT", "3s")
        .env("DATAMESH_AWS_BREAKER_OPEN_FOR", "1s")
        .env("DATAMESH_RUNTIME_RETRY_MAX_MS", "3000")
        .env("DATAMESH_RUNTIME_RETRY_ATTEMPTS", "100")
        .env("DATAMESH_LOCALCLOUD_CONTROL", "127.0.0.1:0")
        .env("DATAMESH_WORKERS_VISIBILITY_S", "5")
        .env("DATAMESH_WORKERS_LATER_PAUSE_S", "1")
        .env("DATAMESH_WORKERS_MAX_RECEIVES", "1000")
}
