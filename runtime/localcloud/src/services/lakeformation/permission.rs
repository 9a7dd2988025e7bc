//! Which permissions a resource knows, and what one of them brings.

use std::collections::BTreeSet;

use super::error;
use super::resource::Target;
use crate::error::ServiceError;

/// Permissions by their names on the wire.
pub(super) type Permissions = BTreeSet<String>;

pub(super) const ALL: &str = "ALL";
pub(super) const SELECT: &str = "SELECT";
pub(super) const DESCRIBE: &str = "DESCRIBE";

const EVERY: &[&str] = &[
    "ALL",
    "SELECT",
    "ALTER",
    "DROP",
    "DELETE",
    "INSERT",
    "DESCRIBE",
    "CREATE_DATABASE",
    "CREATE_TABLE",
    "DATA_LOCATION_ACCESS",
    "CREATE_LF_TAG",
    "ASSOCIATE",
    "GRANT_WITH_LF_TAG_EXPRESSION",
    "CREATE_LF_TAG_EXPRESSION",
    "CREATE_CATALOG",
    "SUPER_USER",
];
const CATALOG: &[&str] = &["CREATE_DATABASE", "CREATE_LF_TAG", "DESCRIBE"];
pub(super) const DATABASE: &[&str] = &["ALL", "ALTER", "CREATE_TABLE", "DESCRIBE", "DROP"];
pub(super) const TABLE: &[&str] = &[
    "ALL", "ALTER", "DELETE", "DESCRIBE", "DROP", "INSERT", "SELECT",
];
const TAG: &[&str] = &[
    "ALTER",
    "ASSOCIATE",
    "DESCRIBE",
    "DROP",
    "GRANT_WITH_LF_TAG_EXPRESSION",
];
const FILTER: &[&str] = &["DESCRIBE", "DROP", "SELECT"];

/// The permissions that can be held on a resource.
pub(super) fn known(target: &Target) -> &'static [&'static str] {
    match target {
        Target::Catalog => CATALOG,
        Target::Database { .. } => DATABASE,
        Target::Table { .. } | Target::AllTables { .. } => TABLE,
        Target::Location { .. } => &["DATA_LOCATION_ACCESS"],
        Target::Filter { .. } => FILTER,
        Target::Tag { .. } => TAG,
        Target::TagPolicy { on, .. } if on == "DATABASE" => DATABASE,
        Target::TagPolicy { .. } => TABLE,
    }
}

/// Checks the names against the resource.
///
/// # Errors
/// `InvalidInputException`.
pub(super) fn check(
    wanted: &[String],
    target: &Target,
    of_columns: bool,
) -> Result<(), ServiceError> {
    if let Some(unknown) = wanted.iter().find(|name| !EVERY.contains(&name.as_str())) {
        return Err(error::invalid(format!(
            "1 validation error detected: Value '[{unknown}]' at 'permissions' failed to satisfy \
             constraint: Member must satisfy enum value set: [{}]",
            EVERY.join(", ")
        )));
    }
    let allowed = if of_columns {
        &[SELECT][..]
    } else {
        known(target)
    };
    match wanted.iter().find(|name| !allowed.contains(&name.as_str())) {
        Some(wrong) => Err(error::invalid(format!(
            "Permissions modification is invalid. {wrong} cannot be held on this resource, which \
             knows: {}",
            allowed.join(", ")
        ))),
        None => Ok(()),
    }
}

/// The permissions, and what `ALL` among them stands for.
pub(super) fn expand(wanted: &[String], target: &Target) -> Permissions {
    let mut whole: Permissions = wanted.iter().cloned().collect();
    if whole.contains(ALL) {
        whole.extend(known(target).iter().map(|&name| name.to_owned()));
    }
    whole
}

/// Does a holder of these have this one? Whoever has any permission on a resource sees it.
pub(super) fn covers(held: &Permissions, wanted: &str) -> bool {
    held.contains(wanted) || held.contains(ALL) || (wanted == DESCRIBE && !held.is_empty())
}
