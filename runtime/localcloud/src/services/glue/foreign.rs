//! Reads of other accounts' catalogs: only what Lake Formation shares with the caller is there.

use std::collections::BTreeSet;

use super::database::{DATABASES, Database};
use super::{error, facts};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::lakeformation::access::Reader;
use crate::services::lakeformation::principal::caller;
use crate::services::lakeformation::visible;
use crate::store::{Scope, Tx};

/// The caller, as Lake Formation knows it.
pub(super) fn reader<'a>(call: &'a Call<'_>) -> Reader<'a> {
    Reader {
        account: &call.scope.account,
        region: &call.scope.region,
        principal: caller(call),
    }
}

fn is_foreign(call: &Call<'_>, scope: &Scope) -> bool {
    scope.account != call.scope.account
}

/// The catalog and name of the database behind a resource link, or the database itself.
pub(super) fn behind(
    call: &Call<'_>,
    tx: &Tx<'_>,
    scope: Scope,
    name: String,
) -> Result<(Scope, String), ServiceError> {
    let known: Option<Database> = tx.get(&scope, DATABASES, &name)?;
    match known.and_then(|database| database.link(&scope.account)) {
        Some(target) if !is_foreign(call, &scope) => Ok((
            Scope {
                account: target.catalog,
                region: scope.region,
            },
            target.database,
        )),
        _ => Ok((scope, name)),
    }
}

/// # Errors
/// `EntityNotFoundException` for a database that the caller does not see.
pub(super) fn check_database(
    call: &Call<'_>,
    tx: &Tx<'_>,
    scope: &Scope,
    name: &str,
) -> Result<(), ServiceError> {
    if !is_foreign(call, scope)
        || visible::database(tx, &reader(call), &scope.account, name, call.now_ms)?
    {
        return Ok(());
    }
    Err(error::not_found(format!("Database {name} not found.")))
}

/// # Errors
/// `AccessDeniedException` for a table that the caller does not see in a database that it sees,
/// `EntityNotFoundException` for a database that it does not.
pub(super) fn check_table(
    call: &Call<'_>,
    tx: &Tx<'_>,
    scope: &Scope,
    database: &str,
    name: &str,
) -> Result<(), ServiceError> {
    if !is_foreign(call, scope)
        || visible::table(
            tx,
            &reader(call),
            &scope.account,
            database,
            name,
            call.now_ms,
        )?
    {
        return Ok(());
    }
    check_database(call, tx, scope, database)?;
    Err(ServiceError::bad_request(
        "AccessDeniedException",
        format!("Insufficient Lake Formation permission(s): Required Describe on {name}"),
    ))
}

/// The tables of a foreign database that the caller sees; none stands for all of its own.
pub(super) fn tables(
    call: &Call<'_>,
    tx: &Tx<'_>,
    scope: &Scope,
    database: &str,
) -> Result<Option<BTreeSet<String>>, ServiceError> {
    if !is_foreign(call, scope) {
        return Ok(None);
    }
    let mut seen = BTreeSet::new();
    for table in facts::tables(tx, scope, database)? {
        let name = table.name;
        if visible::table(
            tx,
            &reader(call),
            &scope.account,
            database,
            &name,
            call.now_ms,
        )? {
            seen.insert(name);
        }
    }
    Ok(Some(seen))
}
