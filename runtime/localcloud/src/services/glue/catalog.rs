//! Catalog ids, names and keys.

use super::error;
use crate::error::ServiceError;
use crate::identity::is_account;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Scope;

/// Between the names in a key: it cannot stand in a name.
const SEPARATOR: char = '\n';

/// One line of text without control characters, as Glue's names must be.
const SINGLE_LINE: &str = r"[^\x00-\x08\x0A-\x1F]*";

/// Refuses a catalog that is not the caller's own.
pub(super) fn check(call: &Call<'_>, catalog_id: Option<&str>) -> Result<(), ServiceError> {
    let mut constraints = Constraints::new();
    constraints.length("catalogId", catalog_id, 1, 255);
    constraints.check(error::INVALID_INPUT)?;
    match catalog_id {
        Some(id) if id != call.scope.account => {
            Err(error::not_found(format!("Catalog {id} not found.")))
        }
        _ => Ok(()),
    }
}

/// The catalog that a request reads: the caller's own, or another account's, which shows what it
/// shares.
pub(super) fn readable(call: &Call<'_>, catalog_id: Option<&str>) -> Result<Scope, ServiceError> {
    match catalog_id {
        Some(id) if is_account(id) => Ok(Scope {
            account: id.to_owned(),
            region: call.scope.region.clone(),
        }),
        id => check(call, id).map(|()| call.scope.clone()),
    }
}

/// Checks a name and folds it to lower case.
pub(super) fn name(constraints: &mut Constraints, member: &str, value: Option<String>) -> String {
    let name = constraints.required(member, value);
    constraints.length(member, Some(&name), 1, 255);
    constraints.pattern(member, Some(&name), SINGLE_LINE);
    name.to_lowercase()
}

/// The key of a table, or with an empty name the prefix of a database's tables.
pub(super) fn table_key(database: &str, table: &str) -> String {
    format!("{database}{SEPARATOR}{table}")
}

/// The key of a table's version, or with none the prefix of all its versions. Later versions come
/// first.
pub(super) fn version_key(database: &str, table: &str, version: Option<u64>) -> String {
    let version = version.map(|number| format!("{:020}", u64::MAX - number));
    let key = table_key(database, table);
    format!("{key}{SEPARATOR}{}", version.unwrap_or_default())
}

/// The key of what belongs to a table and has a name of its own; with an empty name the prefix of all
/// of them.
pub(super) fn key_within(database: &str, table: &str, name: &str) -> String {
    format!("{}{SEPARATOR}{name}", table_key(database, table))
}

/// The key of a partition; of fewer values than the table has keys, or of none, the prefix of all
/// that begin with them.
pub(super) fn partition_key(database: &str, table: &str, values: &[String]) -> String {
    let mut key = key_within(database, table, "");
    for value in values {
        // What stands between values must not stand in one.
        key.push_str(&value.replace('\\', "\\\\").replace(SEPARATOR, "\\n"));
        key.push(SEPARATOR);
    }
    key
}

/// Checks `MaxResults` and says how many a page holds: 100 at most.
pub(super) fn page_size(constraints: &mut Constraints, wanted: Option<i64>) -> usize {
    page_size_of(constraints, wanted, 100)
}

/// As [`page_size`], where a page holds up to `most`.
pub(super) fn page_size_of(
    constraints: &mut Constraints,
    wanted: Option<i64>,
    most: usize,
) -> usize {
    constraints.range("maxResults", wanted, 1, i64::try_from(most).unwrap_or(100));
    wanted
        .and_then(|wanted| usize::try_from(wanted).ok())
        .unwrap_or(most)
}
