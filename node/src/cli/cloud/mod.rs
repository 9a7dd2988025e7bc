//! `datamesh cloud …`: the embedded AWS, run alone and driven.

mod client;
mod clock;
mod fault;
mod serve;
mod state;

use clap::{Args, Subcommand};

use super::cx::Cx;
use super::failure::Failure;

/// The noun, with what its verbs have in common.
#[derive(Args, Debug)]
pub struct Cloud {
    #[command(flatten)]
    at: At,
    #[command(subcommand)]
    verb: Verb,
}

/// Where the control API is.
#[derive(Args, Clone, Debug)]
pub struct At {
    /// Where the embedded AWS is driven, HOST:PORT [default: what the data folder says]
    #[arg(
        long,
        global = true,
        value_name = "ADDRESS",
        env = "DATAMESH_CLOUD_CONTROL",
        hide_env_values = true
    )]
    control: Option<String>,
    /// The token that is taken there, at least 16 characters [default: what the data folder says]
    #[arg(
        long,
        global = true,
        value_name = "TOKEN",
        env = "DATAMESH_CLOUD_TOKEN",
        hide_env_values = true
    )]
    control_token: Option<String>,
}

/// What can be done with it.
#[derive(Subcommand, Debug)]
enum Verb {
    /// Run the embedded AWS alone, until Ctrl-C; with --control it can be driven
    Serve(serve::Serve),
    /// Delete everything, or what one account has
    Reset(state::Reset),
    /// Make what a file describes and is not there
    Seed(state::Seed),
    /// Copy everything into a new file
    Snapshot(state::Snapshot),
    /// Put a copy in the place of everything
    Restore(state::Restore),
    /// The clock: show it, stop it, step it
    #[command(subcommand)]
    Clock(clock::Verb),
    /// Faults: what goes wrong, for whom, and how often
    #[command(subcommand, visible_alias = "faults")]
    Fault(fault::Verb),
    /// List the services and their operations
    Services,
}

/// Does it.
///
/// # Errors
/// What the embedded AWS answers.
pub async fn run(cloud: Cloud, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let Cloud { at, verb } = cloud;
    match verb {
        Verb::Serve(serve) => serve::run(serve, &at, cx).await,
        Verb::Reset(reset) => state::reset(reset, &at, cx).await,
        Verb::Seed(seed) => state::seed(seed, &at, cx).await,
        Verb::Snapshot(snapshot) => state::snapshot(snapshot, &at, cx).await,
        Verb::Restore(restore) => state::restore(restore, &at, cx).await,
        Verb::Clock(verb) => clock::run(verb, &at, cx).await,
        Verb::Fault(verb) => fault::run(verb, &at, cx).await,
        Verb::Services => state::services(&at, cx).await,
    }
}
