//! Kills the real process at random points under load, and looks at what is left.
//!
//! Teams make, change and remove domains, projects and assets, every request with an id of its own. A
//! process that is killed takes the answers with it: the teams repeat what was not answered under the
//! same id. In the end everything that was answered must be so, in the mesh and in the embedded AWS,
//! once; and nothing may be left under way.
//!
//! `DATAMESH_CHAOS_SECONDS` says for how long (20), `DATAMESH_CHAOS_SEED` repeats the choices of a run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod checks;
mod client;
mod killer;
mod model;
mod team;

use std::time::Duration;

use datamesh_tests::{Launch, now_seconds};
use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tempfile::TempDir;
use tokio::time::Instant;

use client::Client;
use killer::Killer;
use team::Team;

/// How many work at once.
const TEAMS: u64 = 6;

/// The kills that a run must have had to prove anything.
const LEAST_KILLS: u32 = 5;

/// More calls a second than AWS would allow: the load is to come from the teams.
const RATES: &str =
    r#"{ "datazone:*" = 1000, "glue:*" = 1000, "s3:*" = 1000, "events:*" = 1000, "sqs:*" = 1000 }"#;

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{variable} is not a number: {text}")),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_nothing_is_done_twice() {
    let seconds = number("DATAMESH_CHAOS_SECONDS").unwrap_or(20);
    let seed = number("DATAMESH_CHAOS_SEED").unwrap_or_else(|| now_seconds().unsigned_abs());
    eprintln!("chaos for {seconds} s; to repeat its choices: DATAMESH_CHAOS_SEED={seed}");

    let folder = TempDir::new().unwrap();
    // A message that dies with its process comes again soon, and however often that happens to it.
    let launch = Launch::on(folder.path().join("data"))
        .env("DATAMESH_AWS_RATES", RATES)
        .env("DATAMESH_WORKERS_VISIBILITY_S", "5")
        .env("DATAMESH_WORKERS_LATER_PAUSE_S", "1")
        .env("DATAMESH_WORKERS_MAX_RECEIVES", "1000");
    let node = launch.start().await;
    node.cloud().tap("datamesh-events", "tap").await;
    for table in team::TABLES {
        node.cloud().table(table, &[("id", "bigint")]).await;
    }
    let token = node.token("ada", &["admins"]).await;

    let end = Instant::now() + Duration::from_secs(seconds);
    let mut dice = StdRng::seed_from_u64(seed);
    let (mut killer, address) = Killer::of(node, StdRng::seed_from_u64(dice.random()));
    let client = Client::new(address, &token);
    let teams = (0..TEAMS).map(|number| {
        let team = Team::new(number, client.clone(), StdRng::seed_from_u64(dice.random()));
        tokio::spawn(team.work(end))
    });
    let teams: Vec<_> = teams.collect();
    killer.kill_until(end).await;
    let node = killer.into_node();

    let mut model = model::Model::default();
    for known in join_all(teams).await {
        model.merge(known.expect("a team met something that must not be"));
    }
    eprintln!(
        "{} kills, {} requests answered, {} repeated; {model}",
        node.kills,
        client.answered(),
        client.repeated()
    );
    assert!(node.kills >= LEAST_KILLS, "only {} kills", node.kills);
    let node = node.node;
    checks::at_rest(&node).await;
    checks::mesh(&node, &model).await;
    checks::cloud(&node, &model).await;
    checks::events(&node, &model).await;
    node.stop().await;
}
