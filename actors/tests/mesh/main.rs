//! The aggregates on the real runtime, with a journal on disk, against the embedded AWS.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod approvals;
mod bad_days;
mod deployments;
mod refusals;
mod round_trip;
mod scenario;
mod stage;
mod subscriptions;
mod wrappers;
