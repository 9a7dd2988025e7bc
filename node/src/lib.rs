//! One process: reads the configuration and wires the rest. And the command line that talks to it.

pub mod cli;
mod cloud_file;
pub mod config;
mod control_door;
pub mod daemon;
mod folders;
mod issuer;
mod listening;
pub mod node;
mod sample;
