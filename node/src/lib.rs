//! One process: reads the configuration and wires the rest. And the command line that talks to it.

pub mod cli;
pub mod config;
pub mod daemon;
mod folders;
mod issuer;
mod listening;
pub mod node;
mod sample;
