//! Promotions and their workflows on a journal on disk: whatever fails and wherever the process dies, each
//! deed is done once, and the end is the same.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod api;
mod bad_days;
mod crashes;
mod pretended;
mod stage;
#[path = "../mesh/wrappers.rs"]
mod wrappers;
