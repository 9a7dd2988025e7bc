//! The limits of what people may send. Commands check themselves with these, whoever sends them.
//!
//! Lengths are counted in characters (Unicode scalar values) unless a rule says bytes.

mod names;
mod places;
mod texts;

use datamesh_actor::{Rejection, Violation};

pub(crate) use names::{asset_name, domain_name, group, project_name, stage_name, user};
pub(crate) use places::{account, glue_table, region, s3_location};
pub(crate) use texts::{comment, description, digest, format, metadata, subject};

pub use places::GlueTableName;
pub use texts::FORMATS;

/// Most characters of a description.
pub const MAX_DESCRIPTION: usize = 2_048;
/// Most owner groups of a domain.
pub const MAX_GROUPS: usize = 20;
/// Most characters of a group's name.
pub const MAX_GROUP: usize = 128;
/// Most characters of a domain's name: with `data-lake-` before it, it is a bucket's name, of 63 at most.
pub const MAX_DOMAIN_NAME: usize = 53;
/// Most characters of a project's name (DataZone `ProjectName`).
pub const MAX_PROJECT_NAME: usize = 64;
/// Most characters of an asset's name (DataZone `AssetName`).
pub const MAX_ASSET_NAME: usize = 256;
/// Most characters of a stage's name.
pub const MAX_STAGE_NAME: usize = 64;
/// Most characters of a person's e-mail address or user id.
pub const MAX_USER: usize = 256;
/// Most entries of business metadata.
pub const MAX_METADATA: usize = 50;
/// Most characters of a metadata key.
pub const MAX_METADATA_KEY: usize = 128;
/// Most characters of a metadata value.
pub const MAX_METADATA_VALUE: usize = 1_024;

/// What is wrong with a command, gathered field by field.
#[derive(Debug, Default)]
pub(crate) struct Violations(Vec<Violation>);

impl Violations {
    /// Notes what a rule says of a field, by its JSON name.
    pub(crate) fn check(&mut self, field: &str, rule: Result<(), String>) {
        if let Err(description) = rule {
            self.0.push(Violation {
                field: field.to_owned(),
                description,
            });
        }
    }

    /// Refuses the command if anything was wrong with it.
    pub(crate) fn refuse(self) -> Result<(), Rejection> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Rejection::invalid(self.0))
        }
    }
}

/// The groups that own a domain.
pub(crate) fn owner_groups(field: &str, groups: &[String], found: &mut Violations) {
    if groups.is_empty() || groups.len() > MAX_GROUPS {
        found.check(
            field,
            Err(format!(
                "give 1 to {MAX_GROUPS} groups, not {}",
                groups.len()
            )),
        );
        return;
    }
    for (index, name) in groups.iter().enumerate() {
        let field = format!("{field}[{index}]");
        found.check(&field, group(name));
        if groups[..index].contains(name) {
            found.check(&field, Err("the group is listed twice".to_owned()));
        }
    }
}

/// The id of another thing of the mesh.
pub(crate) fn id(text: &str) -> Result<(), String> {
    length(text, 100)?;
    if text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        Ok(())
    } else {
        Err("is not an id that datamesh gave".to_owned())
    }
}

fn length(text: &str, most: usize) -> Result<(), String> {
    match text.chars().count() {
        0 => Err("is missing".to_owned()),
        n if n > most => Err(format!("has {n} characters, of {most} at most")),
        _ => Ok(()),
    }
}

fn no_control(text: &str) -> Result<(), String> {
    match text.chars().position(char::is_control) {
        Some(at) => Err(format!("has a control character at position {at}")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
