//! Tokens of the embedded issuer, made from its key in the data folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

/// Why no token could be made.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// There is no key that this user can read.
    #[error("no issuer key can be read in {0}")]
    NoKey(PathBuf),
}

/// Makes a token.
///
/// # Errors
/// There is no key in the folder, or it cannot be read.
pub fn mint(data_dir: &Path, _user: &str, _groups: &[String], _ttl: Duration) -> Result<String, MintError> {
    Err(MintError::NoKey(data_dir.to_owned()))
}
