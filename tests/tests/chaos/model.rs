use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What the answers say that there must be.
#[derive(Debug, Default)]
pub struct Model {
    /// The domains that are there, by id.
    pub domains: BTreeMap<String, Thing>,
    /// The projects that are there, by id.
    pub projects: BTreeMap<String, Thing>,
    /// The assets that are there, by id.
    pub assets: BTreeMap<String, Thing>,
    /// The ids of what was there once.
    pub gone: BTreeSet<String>,
}

/// A domain, project or asset that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thing {
    /// Its name.
    pub name: String,
    /// Its description, as it was last changed.
    pub description: String,
    /// What it belongs to: of a project the domain, of an asset the project.
    pub parent: String,
    /// Of an asset: `DRAFT`, `PUBLISHED` or `UNPUBLISHED`.
    pub publish_status: &'static str,
}

impl Model {
    /// Takes in what another team knows.
    pub fn merge(&mut self, other: Self) {
        self.domains.extend(other.domains);
        self.projects.extend(other.projects);
        self.assets.extend(other.assets);
        self.gone.extend(other.gone);
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = (
            self.domains.len(),
            self.projects.len(),
            self.assets.len(),
            self.gone.len(),
        );
        write!(
            f,
            "{} domains, {} projects, {} assets, {} gone",
            counts.0, counts.1, counts.2, counts.3
        )
    }
}
