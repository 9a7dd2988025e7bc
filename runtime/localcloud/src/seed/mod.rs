//! Seeds: a description of what is to be there, made by the same requests that anybody sends.
//!
//! A seed is a TOML or JSON document ([`Seed`]). What it describes and is there already stays as it
//! is, so that the same seed may be applied at every start; only the content of files is written
//! again where it differs. Injected faults strike these requests, too: the first that fails ends it
//! with a [`SeedError`] that names the thing, and applying the seed again goes on from there.

mod apply;
mod catalog;
mod document;
mod messaging;
mod organization;
mod security;
mod storage;
mod wire;

use std::path::{Path, PathBuf};

use serde::Serialize;

pub use document::{
    Bucket, Bus, Database, Key, Organization, Place, Queue, Role, Rule, Seed, Table, Topic,
};

use crate::LocalCloud;

/// What came of applying a seed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Seeded {
    /// What was made, `bucket lake` for example, in the order in which it was.
    pub made: Vec<String>,
    /// What was there already.
    pub found: Vec<String>,
}

/// Why a seed was not applied to its end, or not read.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file, or one that it names, cannot be read.
    #[error("{} cannot be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The file is no seed.
    #[error("{} is no seed: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong, and where.
        reason: String,
    },
    /// Something of the document makes no sense.
    #[error("{thing}: {reason}")]
    Wrong {
        /// `file lake/a.csv`, for example.
        thing: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A service refused something. What was made before it stays.
    #[error("{thing}: {operation} was refused: {code}: {message}")]
    Refused {
        /// `bucket lake`, for example.
        thing: String,
        /// The operation.
        operation: String,
        /// The service's error code.
        code: String,
        /// The service's message.
        message: String,
    },
    /// An injected fault lost an answer.
    #[error("{thing}: {operation} got no answer")]
    Lost {
        /// `bucket lake`, for example.
        thing: String,
        /// The operation.
        operation: String,
    },
}

impl Seed {
    /// Reads a document, JSON if its name ends in `.json` and TOML otherwise, and the files that it
    /// names, whose paths are relative to its folder.
    ///
    /// # Errors
    /// [`SeedError::File`], [`SeedError::Syntax`].
    pub fn read(path: &Path) -> Result<Self, SeedError> {
        let text = std::fs::read_to_string(path).map_err(|source| SeedError::File {
            path: path.to_path_buf(),
            source,
        })?;
        let syntax = |reason: String| SeedError::Syntax {
            path: path.to_path_buf(),
            reason,
        };
        let is_json = path
            .extension()
            .is_some_and(|extension| extension == "json");
        let mut seed: Self = if is_json {
            serde_json::from_str(&text).map_err(|error| syntax(error.to_string()))?
        } else {
            toml::from_str(&text).map_err(|error| syntax(error.to_string()))?
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        for bucket in &mut seed.buckets {
            for content in bucket.files.values_mut() {
                content.load(folder)?;
            }
        }
        Ok(seed)
    }
}

impl LocalCloud {
    /// Makes what the seed describes and is not there. See the module's documentation.
    ///
    /// # Errors
    /// [`SeedError::Wrong`], [`SeedError::Refused`], [`SeedError::Lost`]: what was made before it
    /// stays.
    pub async fn seed(&self, seed: &Seed) -> Result<Seeded, SeedError> {
        apply::apply(self, seed).await
    }
}

#[cfg(test)]
mod tests;
