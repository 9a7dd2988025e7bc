//! The embedded Lake Formation as the real SDK client sees it: what is granted, what is listed, and
//! what a reader gets to see, in one account and across two.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod crossing;
mod faults;
mod filters;
mod grants;
mod hybrid;
mod links;
mod lists;
mod locations;
#[allow(dead_code, reason = "shared with the tests of other services")]
#[path = "../services/raw.rs"]
mod raw;
mod reading;
#[allow(dead_code, reason = "shared with the other wire tests")]
#[path = "../wire/setup.rs"]
mod setup;
mod stage;
mod tags;
