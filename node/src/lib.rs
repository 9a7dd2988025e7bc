//! One process: reads the configuration and wires the rest. And the command line.

pub mod cli;
pub mod config;
mod folders;
mod issuer;
