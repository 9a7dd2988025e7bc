//! Reads of other accounts' catalogs: only what Lake Formation shares with the caller is there.

use super::database::{DATABASES, Database};
use super::table::{self, Table};
use super::{catalog, error};
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

/// Whether the caller sees a table. In the own catalog, all of them.
pub(super) fn sees(
    call: &Call<'_>,
    tx: &Tx<'_>,
    scope: &Scope,
    table: &Table,
) -> Result<bool, ServiceError> {
    if !is_foreign(call, scope) {
        return Ok(true);
    }
    let (catalog, database) = (&scope.account, &table.database_name);
    visible::table(
        tx,
        &reader(call),
        catalog,
        database,
        &table.name,
        call.now_ms,
    )
}

/// A table that the caller reads the parts of, and the catalog that it is in: links are followed.
///
/// # Errors
/// `EntityNotFoundException`, and `AccessDeniedException` for what is not shared.
pub(super) fn table(
    call: &Call<'_>,
    tx: &Tx<'_>,
    catalog_id: Option<&str>,
    database: String,
    name: &str,
) -> Result<(Scope, Table), ServiceError> {
    let scope = catalog::readable(call, catalog_id)?;
    let (scope, database) = behind(call, tx, scope, database)?;
    check_table(call, tx, &scope, &database, name)?;
    let table = table::require_in(tx, &scope, &database, name)?;
    let Some(link) = table.facts(&scope.account).link else {
        return Ok((scope, table));
    };
    let target = Scope {
        account: link.catalog,
        region: scope.region,
    };
    let name = link.table.unwrap_or_default();
    check_table(call, tx, &target, &link.database, &name)?;
    let table = table::require_in(tx, &target, &link.database, &name)?;
    Ok((target, table))
}
