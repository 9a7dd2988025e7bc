//! `make bench-growth`: what a command, an entity and a start cost when there is much of everything.
//!
//! `BENCH_GROWTH_MOST` (10,000,000) bounds the events, `BENCH_GROWTH_RESIDENT` (1,000,000) the entities in memory,
//! `BENCH_GROWTH_PENDING` (100,000) the pending effects. Three gigabytes are needed in the folder for temporary
//! files. The journals stay in the system's page cache where there is room: a disk that must be read is not
//! measured here.

mod errand;
mod fill;
mod journal;
mod memory;
mod recovery;

use std::time::Duration;

use crate::report::Report;

pub(crate) use memory::resident;

/// Measures all of it, each part even when the one before failed.
pub(crate) async fn run(length: Duration, report: &mut Report) -> anyhow::Result<()> {
    report.section_beside(
        "Growth: commands, with ever more in the journal",
        "of first",
    );
    if let Err(error) = journal::run(bound("MOST", 10_000_000), length, report).await {
        report.note(&format!("it was not measured to the end: {error:#}"));
    }
    report.section("Growth: memory, with ever more entities in it");
    if let Err(error) = memory::run(bound("RESIDENT", 1_000_000), report).await {
        report.note(&format!("it was not measured to the end: {error:#}"));
    }
    report.section("Growth: a start with pending effects");
    if let Err(error) = recovery::run(bound("PENDING", 100_000), report).await {
        report.note(&format!("it was not measured to the end: {error:#}"));
    }
    Ok(())
}

fn bound(name: &str, default: usize) -> usize {
    let text = std::env::var(format!("BENCH_GROWTH_{name}")).ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(default)
}
