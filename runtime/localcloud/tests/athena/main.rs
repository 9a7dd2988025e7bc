//! The embedded Athena as the real SDK client sees it: what a query answers, what it is refused, and how
//! it goes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod course;
mod formats;
mod language;
mod metadata;
#[allow(dead_code, reason = "shared with the tests of other services")]
#[path = "../services/raw.rs"]
mod raw;
#[allow(dead_code, reason = "shared with the other wire tests")]
#[path = "../wire/setup.rs"]
mod setup;
mod sharing;
mod shelf;
mod sight;
#[allow(dead_code, reason = "shared with the tests of Lake Formation")]
#[path = "../lakeformation/stage.rs"]
mod stage;
