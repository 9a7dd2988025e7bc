//! `datamesh token`: a token of the embedded issuer, made with its key in the data folder.

use std::time::Duration;

use clap::Args;

use super::credentials;
use super::cx::Cx;
use super::failure::Failure;
use super::{output, text};

/// Whom the token is for.
#[derive(Args, Debug)]
pub struct Token {
    /// The name of the user
    #[arg(long, value_name = "NAME")]
    user: String,
    /// The groups of the user
    #[arg(long, value_name = "GROUP", value_delimiter = ',', required = true)]
    groups: Vec<String>,
    /// How long it is valid
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = text::parse_duration)]
    ttl: Duration,
}

/// Prints the token.
///
/// # Errors
/// The data folder has no key that this user can read.
pub fn run(token: &Token, cx: &mut Cx<'_>) -> Result<(), Failure> {
    let data_dir = credentials::data_dir(&cx.globals);
    let token = credentials::mint(&data_dir, &token.user, &token.groups, token.ttl)?;
    output::write(cx.terminal, &format!("{token}\n"))
}
