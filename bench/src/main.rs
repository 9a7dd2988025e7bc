//! `make bench`: durable commands per second, in process and over REST, each beside the bare bound that no
//! runtime on the same machine can pass: group commits of the same rows to SQLite, and an axum server that
//! answers from memory. All from one run, since machines differ; read the ratios.
//!
//! Then what a call costs the embedded AWS, and how that grows with what is in there; and how soon a revoke ends
//! that arrives behind ten thousand grants. `BENCH_ONLY=cloud`, `bus`, `access` or `commands` measures only that,
//! `rest` only what of the commands goes over REST, `BENCH_CONNECTIONS=64` only with so many connections.
//!
//! `BENCH_ONLY=peers` (`make bench-peers`) measures us beside others, and `BENCH_ONLY=growth` (`make bench-growth`)
//! how cost grows; both take minutes and are not part of `make bench`.
//!
//! Prints a table and writes it as JSON to the file named by `BENCH_JSON` (default `bench.json` in the
//! target folder). `BENCH_SECONDS` sets the length of each measurement, 5 by default.

mod bare_server;
mod bare_sqlite;
mod bus;
mod cloud;
mod counter;
mod growth;
mod in_process;
mod load;
mod peers;
mod process;
mod report;
mod rest;
mod revoke;

use std::path::Path;
use std::time::Duration;

use anyhow::bail;
use report::Report;
use tokio::runtime::Runtime;

fn main() -> anyhow::Result<()> {
    let seconds = std::env::var("BENCH_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(5);
    let length = Duration::from_secs(seconds);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.is_empty() {
        return runtime.block_on(part(&arguments));
    }
    let only = std::env::var("BENCH_ONLY").unwrap_or_default();
    let wanted = |part: &str| only.is_empty() || only == part;
    let mut report = Report::default();
    if wanted("commands") {
        commands(&runtime, length, &mut report)?;
    }
    if wanted("commands") || only == "rest" {
        over_rest(&runtime, length, &mut report)?;
    }
    if wanted("cloud") {
        report.section("Embedded AWS, in memory: one call, without an SDK in front of it");
        if let Err(error) = runtime.block_on(cloud::run(&mut report)) {
            report.note(&format!("it was not measured: {error:#}"));
        }
    }
    if wanted("bus") {
        report.section(
            "The bus: events put through the pools and the SDK to the embedded AWS, on disk",
        );
        if let Err(error) = runtime.block_on(bus::run(length, &mut report)) {
            report.note(&format!("it was not measured: {error:#}"));
        }
    }
    if wanted("access") {
        access(&runtime, &mut report);
    }
    if only == "peers" {
        let right = runtime.block_on(until_stopped(peers::run(length, &mut report)));
        report.finish()?;
        return right;
    }
    if only == "growth" {
        runtime.block_on(until_stopped(growth::run(length, &mut report)))?;
    }
    report.finish()
}

/// What this program does when it starts itself as a process of its own.
async fn part(arguments: &[String]) -> anyhow::Result<()> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["serve-counter", address, journal] => peers::serve(address, Path::new(journal)).await,
        ["resident", count] => growth::resident(count.parse()?).await,
        _ => bail!(
            "datamesh-bench takes no arguments: see `make help` and the variables in bench/src/main.rs"
        ),
    }
}

/// Stops at SIGINT and SIGTERM, so that the processes that were started are ended and the folders removed.
async fn until_stopped(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        done = work => done,
        _ = tokio::signal::ctrl_c() => bail!("interrupted"),
        _ = terminate.recv() => bail!("terminated"),
    }
}

fn commands(runtime: &Runtime, length: Duration, report: &mut Report) -> anyhow::Result<()> {
    report.section("In process: one durable command, one commit");
    let bare = bare_sqlite::run(length)?;
    let bare_rate = bare.per_second();
    report.row(
        "bare loop: the same rows, group-committed to SQLite",
        &bare,
        None,
    );
    for callers in [1, 16, 64, 256, 2048] {
        let measured = runtime.block_on(in_process::run(callers, length))?;
        let name = format!("runtime, {callers} callers");
        report.row(&name, &measured, Some(bare_rate));
    }
    Ok(())
}

fn over_rest(runtime: &Runtime, length: Duration, report: &mut Report) -> anyhow::Result<()> {
    report.section("Over REST: PATCH of a draft asset, one durable command each");
    let connections = std::env::var("BENCH_CONNECTIONS").ok();
    let connections = connections.and_then(|text| text.parse().ok());
    for connections in connections.map_or(vec![1, 16, 64, 256], |only| vec![only]) {
        let bare = runtime.block_on(bare_server::run(connections, length))?;
        let bare_rate = bare.per_second();
        report.row(
            &format!("bare axum, {connections} connections"),
            &bare,
            None,
        );
        match runtime.block_on(rest::run(connections, length)) {
            Ok((measured, cost)) => {
                report.row(
                    &format!("datameshd, {connections} connections"),
                    &measured,
                    Some(bare_rate),
                );
                if let Some(cost) = cost {
                    report.note(&format!(
                        "  each cost it {:.0} µs of the processor and {:.1} changes of threads",
                        cost.cpu_us, cost.switches
                    ));
                }
            }
            Err(error) => report.note(&format!("datameshd was not measured: {error:#}")),
        }
    }
    Ok(())
}

fn access(runtime: &Runtime, report: &mut Report) {
    let revoke = runtime.block_on(revoke::run());
    report.section("Access: grants that wait at a limit, and a revoke that arrives last");
    match revoke {
        Ok(found) => report.note(&format!(
            "{} grants at {} calls a second: the revoke ended after {:.2?}, when {} were given; all were given \
             after {:.1?}",
            revoke::GRANTS,
            revoke::RATE,
            found.revoked,
            found.given_before,
            found.drained
        )),
        Err(error) => report.note(&format!("the revoke was not measured: {error:#}")),
    }
}
