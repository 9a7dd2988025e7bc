//! Resource links: tables and databases that stand for those of another catalog.
//!
//! A link may point to what is not there, or not any more: nothing is asked of the target until
//! somebody reads through the link.

use serde_json::{Map, Value};

use super::error;
use crate::error::ServiceError;
use crate::identity::is_account;

/// Checks the `TargetTable` of a table, if it has one.
///
/// # Errors
/// `InvalidInputException` that names the member.
pub(super) fn check_table(table: &Map<String, Value>) -> Result<(), ServiceError> {
    let Some(target) = table.get("TargetTable") else {
        return Ok(());
    };
    check("TargetTable", target, &["DatabaseName", "Name"])
}

/// Checks the `TargetDatabase` of a database.
///
/// # Errors
/// `InvalidInputException` that names the member.
pub(super) fn check_database(target: &Value) -> Result<(), ServiceError> {
    check("TargetDatabase", target, &["DatabaseName"])
}

fn check(member: &str, target: &Value, names: &[&str]) -> Result<(), ServiceError> {
    let text = |name: &str| target.get(name).and_then(Value::as_str).unwrap_or_default();
    if !is_account(text("CatalogId")) {
        return Err(error::invalid(format!(
            "The CatalogId of {member} must be an account id."
        )));
    }
    match names.iter().find(|name| text(name).is_empty()) {
        Some(missing) => Err(error::invalid(format!("{member} needs a {missing}."))),
        None => Ok(()),
    }
}
