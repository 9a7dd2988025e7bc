//! What was promised of access, against the embedded AWS with several accounts: each test is a defect of an
//! existing system. The scenarios are written once (`scenario.rs`, `subscribers.rs`) and are played as they are,
//! while AWS has bad days, and with a process that dies after each commit.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod clock;
mod crashes;
mod end;
mod faults;
mod mortal;
mod outside;
mod plain;
mod raw;
mod scenario;
mod stage;
mod subscribers;
