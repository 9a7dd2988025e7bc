//! What the issue promises, tried on the real process from outside.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod admin;
mod aws_mode;
mod bad_days;
mod bad_requests;
mod bad_tokens;
mod bounds;
mod command_line;
mod events;
mod grpc;
mod javascript;
mod lifecycle;
mod overload;
mod promotions;
mod races;
mod repeats;
mod restart;
mod sample;
mod team_promotion;
mod watching;
mod wrong_requests;
