//! Tokens of the embedded issuer, made from its key in the data folder.
//!
//! A running node leaves beside the key what tokens must say (`issuer.toml`), so that the command line
//! makes tokens that this node takes, whatever its configuration.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use datamesh_actor::{Clock, SystemClock};
use datamesh_gateway::auth::{AuthOptions, Issuer, IssuerError};

/// What tokens must say, in the data folder.
const OPTIONS: &str = "issuer.toml";

/// Why no token could be made.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// No node with an issuer of its own ever ran on this folder, or this user cannot read it.
    #[error("no issuer key can be read in {}: {source}", folder.display())]
    NoIssuer {
        /// The folder.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// What tokens must say cannot be understood.
    #[error("{} is damaged: {source}; the next start of datameshd writes it again", file.display())]
    Options {
        /// The file.
        file: PathBuf,
        /// Why.
        #[source]
        source: toml::de::Error,
    },
    /// The key does not sign.
    #[error(transparent)]
    Issuer(#[from] IssuerError),
}

/// Opens the issuer of a data folder, making its key if there is none, and leaves beside it what tokens
/// must say.
///
/// # Errors
/// The folder cannot be written, or its key is damaged.
pub fn open(data_dir: &Path, options: &AuthOptions) -> Result<Issuer, IssuerError> {
    let issuer = Issuer::open(data_dir, options, entropy)?;
    let path = data_dir.join(OPTIONS);
    let file_error = |source| IssuerError::File {
        path: path.clone(),
        source,
    };
    let text = toml::to_string(options).map_err(|e| file_error(io::Error::other(e)))?;
    if std::fs::read_to_string(&path).is_ok_and(|present| present == text) {
        return Ok(issuer);
    }
    let new = path.with_extension("toml.new");
    std::fs::write(&new, text)
        .and_then(|()| std::fs::rename(&new, &path))
        .map_err(file_error)?;
    Ok(issuer)
}

/// What the tokens of a data folder must say.
///
/// # Errors
/// No node with an issuer of its own ever ran there, or this user cannot read it.
pub fn options(data_dir: &Path) -> Result<AuthOptions, MintError> {
    let file = data_dir.join(OPTIONS);
    let text = std::fs::read_to_string(&file).map_err(|source| MintError::NoIssuer {
        folder: data_dir.to_owned(),
        source,
    })?;
    toml::from_str(&text).map_err(|source| MintError::Options { file, source })
}

/// Makes a token.
///
/// # Errors
/// There is no key in the folder, or this user cannot read it.
pub fn mint(
    data_dir: &Path,
    user: &str,
    groups: &[String],
    ttl: Duration,
) -> Result<String, MintError> {
    let issuer = Issuer::open_existing(data_dir, &options(data_dir)?)?;
    Ok(issuer.token(user, groups, ttl, SystemClock.now_ms())?)
}

#[allow(clippy::disallowed_methods)] // A key must not be repeatable.
fn entropy(bytes: &mut [u8]) {
    use rand::Rng;
    rand::rng().fill_bytes(bytes);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    #[test]
    fn a_token_is_made_only_where_a_node_has_run() {
        let folder = tempfile::tempdir().unwrap();
        let mint = || {
            mint(
                folder.path(),
                "ann",
                &["admins".to_owned()],
                Duration::from_secs(60),
            )
        };

        let refusal = mint().unwrap_err().to_string();
        assert!(
            refusal.starts_with("no issuer key can be read in "),
            "{refusal}"
        );
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

        let configured = AuthOptions {
            admin_group: "operators".to_owned(),
            ..AuthOptions::default()
        };
        open(folder.path(), &configured).unwrap();

        assert_eq!(mint().unwrap().split('.').count(), 3);
        assert_eq!(options(folder.path()).unwrap(), configured);
    }
}
