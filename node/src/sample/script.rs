//! The file that says what the sample mesh is: `mesh.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// A sample mesh, and the folder that its files are in.
#[derive(Clone, Debug)]
pub struct Script {
    /// The folder.
    pub folder: PathBuf,
    /// Its domains, in the order in which they are played.
    pub domains: Vec<DomainScript>,
    /// The subscriptions that are played after them.
    pub subscriptions: Vec<SubscriptionScript>,
}

/// A subscription: asked for, approved, used, and revoked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubscriptionScript {
    /// The project that asks: `marketing/campaigns`.
    pub project: String,
    /// The asset: `finance/payments/transactions`.
    pub asset: String,
    /// The role that reads, in the account of the project's domain.
    pub role: String,
    /// Why it asks.
    pub reason: String,
    /// The columns that it asks for.
    pub columns: Vec<String>,
    /// A column that it did not ask for, and is refused.
    pub beyond: String,
    /// For how many days.
    pub days: i64,
    /// The person who approves, as a member of the owner groups of the asset's domain.
    pub approver: String,
    /// Why it is revoked in the end.
    pub revoke: String,
}

/// A domain.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainScript {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The groups that own it.
    pub owner_groups: Vec<String>,
    /// The person who makes its projects and assets, as a member of these groups.
    pub steward: String,
    /// The AWS account that holds it, 12 digits; the installation's own if empty.
    #[serde(default)]
    pub account: String,
    /// Its projects.
    pub projects: Vec<ProjectScript>,
}

/// A project.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProjectScript {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// Its assets.
    #[serde(default)]
    pub assets: Vec<AssetScript>,
    /// How it is promoted to staging and prod, if it is.
    #[serde(default)]
    pub promotion: Option<PromotionScript>,
}

/// A promotion through all environments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PromotionScript {
    /// The blueprint that is deployed to dev.
    pub blueprint: String,
    /// The person who approves, as a member of the domain's owner groups.
    pub approver: String,
}

/// An asset: a file, the Glue table that describes it, and what the catalogue shows.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AssetScript {
    /// Its name.
    pub name: String,
    /// What it holds.
    pub description: String,
    /// Its file, below the sample's folder.
    pub file: PathBuf,
    /// `csv`, with a line of titles, or `json`, one document a line.
    pub format: Format,
    /// Whether a CSV file quotes values.
    #[serde(default)]
    pub quoted: bool,
    /// `database.table`.
    pub glue_table: String,
    /// Whether it stays a draft.
    #[serde(default)]
    pub draft: bool,
    /// Business metadata.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// The columns of the table.
    pub columns: Vec<ColumnScript>,
}

/// A column.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnScript {
    /// Its name.
    pub name: String,
    /// Its type, as Glue writes it.
    pub r#type: String,
    /// What it holds.
    pub comment: String,
}

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// One JSON document a line.
    Json,
}

impl Format {
    /// As the API writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
}

/// Why a sample cannot be played.
#[derive(Debug, thiserror::Error)]
pub enum ScriptError {
    /// A file cannot be read.
    #[error("the sample's file {} cannot be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// `mesh.toml` is not right.
    #[error("{} is not a sample mesh: {reason}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    domains: Vec<DomainScript>,
    #[serde(default)]
    subscriptions: Vec<SubscriptionScript>,
}

impl Script {
    /// Reads `mesh.toml` in a folder, and checks that every file it names is there.
    ///
    /// # Errors
    /// What is missing or wrong.
    pub fn read(folder: &Path) -> Result<Self, ScriptError> {
        let path = folder.join("mesh.toml");
        let text = std::fs::read_to_string(&path).map_err(|source| ScriptError::File {
            path: path.clone(),
            source,
        })?;
        let file: File = toml::from_str(&text).map_err(|error| ScriptError::Wrong {
            path: path.clone(),
            reason: error.message().to_owned(),
        })?;
        let script = Self {
            folder: folder.to_owned(),
            domains: file.domains,
            subscriptions: file.subscriptions,
        };
        for asset in script.assets() {
            let path = script.path_of(asset);
            std::fs::metadata(&path).map_err(|source| ScriptError::File { path, source })?;
        }
        Ok(script)
    }

    /// All assets of all domains.
    pub fn assets(&self) -> impl Iterator<Item = &AssetScript> {
        let projects = self.domains.iter().flat_map(|domain| &domain.projects);
        projects.flat_map(|project| &project.assets)
    }

    /// Where an asset's file is.
    pub fn path_of(&self, asset: &AssetScript) -> PathBuf {
        self.folder.join(&asset.file)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn shipped() -> Script {
        Script::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples")).unwrap()
    }

    fn titles(line: &str) -> Vec<&str> {
        line.trim_end().split(',').collect()
    }

    #[test]
    fn the_columns_of_the_shipped_sample_are_those_of_its_files() {
        let script = shipped();
        for asset in script.assets() {
            let text = std::fs::read_to_string(script.path_of(asset)).unwrap();
            let first = text.lines().next().unwrap();
            let document: serde_json::Value;
            let in_file: Vec<&str> = match asset.format {
                Format::Csv => titles(first),
                Format::Json => {
                    document = serde_json::from_str(first).unwrap();
                    document
                        .as_object()
                        .unwrap()
                        .keys()
                        .map(String::as_str)
                        .collect()
                }
            };
            let in_table: Vec<&str> = asset
                .columns
                .iter()
                .map(|column| column.name.as_str())
                .collect();
            assert_eq!(in_file, in_table, "{}", asset.name);
        }
    }

    #[test]
    fn the_shipped_sample_says_where_each_file_comes_from() {
        let script = shipped();
        let sources = std::fs::read_to_string(script.folder.join("data/SOURCES.md")).unwrap();
        assert_eq!(script.domains.len(), 5);
        for asset in script.assets() {
            let name = asset.file.strip_prefix("data").unwrap().to_str().unwrap();
            assert!(sources.contains(&format!("`{name}`")), "{name}");
        }
    }

    #[test]
    fn a_folder_without_a_mesh_is_told_so() {
        let error = Script::read(Path::new("/nonexistent"))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("the sample's file /nonexistent/mesh.toml cannot be read"),
            "{error}"
        );
    }
}
