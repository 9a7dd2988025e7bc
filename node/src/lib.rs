//! One process: reads the configuration and wires the rest. And the command line.

pub mod cli;
mod folders;
mod issuer;
