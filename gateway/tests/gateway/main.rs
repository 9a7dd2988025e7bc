//! The gateway as its clients see it, in front of services with canned answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod approvals;
mod auth;
mod canned;
mod connections;
mod deployments;
mod gauges;
mod mesh;
mod operating;
mod operator;
mod overload;
mod permissions;
mod problems;
mod rest;
mod server;
mod services;
