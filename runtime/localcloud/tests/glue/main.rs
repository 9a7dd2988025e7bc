//! The embedded Glue Data Catalog and its crawlers as the real SDK client sees them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod crawlers;
mod iceberg;
mod partitions;
#[allow(dead_code, reason = "shared with the other wire tests")]
#[path = "../wire/setup.rs"]
mod setup;
mod stage;
mod tables;
mod tags;
mod versions;
