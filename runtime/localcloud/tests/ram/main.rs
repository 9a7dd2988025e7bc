//! The embedded RAM as the real SDK client sees it, Organizations by raw requests, and who may still
//! act: closed accounts and deleted roles.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod closed;
mod delays;
mod invitations;
mod members;
mod organizations;
#[allow(dead_code, reason = "shared with the tests of other services")]
#[path = "../services/raw.rs"]
mod raw;
mod refusals;
mod roles;
#[allow(dead_code, reason = "shared with the other wire tests")]
#[path = "../wire/setup.rs"]
mod setup;
mod stage;
