//! What goes to standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;

use crate::config::{Log, LogFormat};

/// Starts the log of this process. `quiet` turns it down to warnings if nobody set the level.
///
/// # Errors
/// The level is neither a level nor filters.
pub fn start(log: &Log, quiet: bool) -> Result<(), ParseError> {
    let level = match quiet && !log.level_is_set {
        true => "warn",
        false => log.level.as_str(),
    };
    let filter = EnvFilter::try_new(level)?;
    let colour = std::io::stderr().is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colour);
    match log.format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    Ok(())
}
