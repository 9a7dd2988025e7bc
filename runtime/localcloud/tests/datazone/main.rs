//! The embedded DataZone as the real SDK client sees it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod catalogue;
mod environments;
mod lineage;
mod people;
mod points;
mod products;
#[allow(dead_code, reason = "shared with the other wire tests")]
#[path = "../wire/setup.rs"]
mod setup;
mod stage;
mod subscriptions;
mod types;
mod units;
mod vocabulary;
