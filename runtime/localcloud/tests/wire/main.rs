//! The embedded cloud as the real SDK clients see it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod control;
mod durability;
mod faults;
mod fuzz;
mod requests;
mod s3;
mod s3_conditions;
mod s3_parts;
mod s3_versions;
mod setup;
mod socket;
mod sqs;
mod state;
mod sts;
