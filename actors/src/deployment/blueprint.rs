//! The templates that datamesh ships.

use super::digest;
use super::template::Template;

/// A template that datamesh ships. Its text is checked by the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blueprint {
    /// Its name.
    pub name: &'static str,
    /// The template, YAML.
    pub text: &'static str,
    /// What CloudFormation wants acknowledged.
    pub capabilities: &'static [&'static str],
}

/// The blueprint of what a project has in an environment.
pub const PROJECT: &str = "project";

/// Every blueprint, by name.
pub const BLUEPRINTS: [Blueprint; 2] = [
    Blueprint {
        name: "domain",
        text: include_str!("../../../blueprints/domain.yaml"),
        capabilities: &[],
    },
    Blueprint {
        name: PROJECT,
        text: include_str!("../../../blueprints/project.yaml"),
        capabilities: &["CAPABILITY_NAMED_IAM"],
    },
];

/// The blueprint of this name.
pub fn find(name: &str) -> Option<&'static Blueprint> {
    BLUEPRINTS.iter().find(|blueprint| blueprint.name == name)
}

/// The names, for a sentence.
pub(super) fn names() -> String {
    BLUEPRINTS.map(|blueprint| blueprint.name).join(", ")
}

impl Blueprint {
    /// What it says of itself.
    pub fn template(&self) -> Template {
        Template::parse(self.text).unwrap_or_default()
    }

    /// SHA-256 of its text, in hexadecimal.
    pub fn digest(&self) -> String {
        digest::of_text(self.text)
    }
}
