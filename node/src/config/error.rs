use std::path::PathBuf;

use super::layers::Origin;

/// Why the configuration cannot be used; each message is one sentence for the person who starts the
/// process.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A name that no setting has.
    #[error("{place} sets `{name}`, which is no setting{}: `datameshd config` shows them all", meant(nearest.as_deref()))]
    Unknown {
        /// The file or the environment.
        place: String,
        /// The name.
        name: String,
        /// What may have been meant.
        nearest: Option<String>,
    },
    /// A value that does not fit.
    #[error("{setting} {reason} (set by {origin})")]
    Wrong {
        /// The setting.
        setting: String,
        /// What would be right.
        reason: String,
        /// Who set it.
        origin: Origin,
    },
    /// The file cannot be read.
    #[error("the configuration file {} cannot be read: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The file is not TOML.
    #[error("the configuration file {} is not valid TOML: line {line}: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Where.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
}

fn meant(nearest: Option<&str>) -> String {
    nearest
        .map(|name| format!(" (did you mean `{name}`?)"))
        .unwrap_or_default()
}
