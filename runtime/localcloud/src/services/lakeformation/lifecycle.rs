//! What the life of databases and tables in the catalog brings: permissions when they are created,
//! none when they are gone. Glue calls this within its own request.

use serde_json::Value;

use super::columns::Columns;
use super::grant::{self, Change, Grant};
use super::principal::{self, IAM_ALLOWED};
use super::resource::{Resource, Target};
use super::settings::DefaultPermissions;
use super::{data_cells_filter, opt_in, permission, settings, tagging};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::glue::facts::TableFacts;
use crate::store::Tx;

/// What the settings give on the tables of a database that says nothing of its own.
pub(crate) fn table_defaults(tx: &Tx<'_>, call: &Call<'_>) -> Result<Value, ServiceError> {
    let settings = settings::of(tx, &call.scope)?;
    serde_json::to_value(settings.create_table_default_permissions)
        .map_err(|error| ServiceError::internal(error.to_string()))
}

/// Gives what the settings say, and all of it with the grant option to the role that made it.
pub(crate) fn database_created(
    tx: &Tx<'_>,
    call: &Call<'_>,
    database: &str,
) -> Result<(), ServiceError> {
    let defaults = settings::of(tx, &call.scope)?.create_database_default_permissions;
    let resource = Resource::database(&call.scope.account, database);
    created(tx, call, &resource, defaults)
}

/// Gives what the database says, and all of it with the grant option to the role that made it.
pub(crate) fn table_created(
    tx: &Tx<'_>,
    call: &Call<'_>,
    database: &str,
    table: &str,
    defaults: &Value,
) -> Result<(), ServiceError> {
    let defaults = serde_json::from_value(defaults.clone()).unwrap_or_default();
    let resource = Resource::table(&call.scope.account, database, table);
    created(tx, call, &resource, defaults)
}

fn created(
    tx: &Tx<'_>,
    call: &Call<'_>,
    resource: &Resource,
    defaults: Vec<DefaultPermissions>,
) -> Result<(), ServiceError> {
    for default in defaults {
        let principal = default.principal.data_lake_principal_identifier;
        let permissions = if principal == IAM_ALLOWED {
            default.permissions.into_iter().collect()
        } else {
            permission::expand(&default.permissions, &resource.target)
        };
        let change = Change {
            permissions,
            grantable: permission::Permissions::new(),
            columns: Columns::all(),
        };
        give(tx, call, resource, &principal, &change)?;
    }
    let creator = principal::caller(call);
    if principal::is_root(creator) {
        return Ok(());
    }
    let all = permission::expand(&[permission::ALL.to_owned()], &resource.target);
    let change = Change {
        permissions: all.clone(),
        grantable: all,
        columns: Columns::all(),
    };
    give(tx, call, resource, creator, &change)
}

fn give(
    tx: &Tx<'_>,
    call: &Call<'_>,
    resource: &Resource,
    principal: &str,
    change: &Change,
) -> Result<(), ServiceError> {
    let held = grant::find(tx, &call.scope, resource, principal)?;
    let mut grant = held.unwrap_or_else(|| Grant::empty(resource, principal));
    grant.add(change);
    grant::save(tx, call, &call.scope, grant)
}

/// A dropped table takes with it what was held on it, its filters, tags and opt-ins.
pub(crate) fn table_dropped(
    tx: &Tx<'_>,
    call: &Call<'_>,
    database: &str,
    table: &TableFacts,
) -> Result<(), ServiceError> {
    let resource = Resource::table(&call.scope.account, database, &table.name);
    grant::drop_on(tx, call, &resource.key())?;
    data_cells_filter::drop_of(tx, call, database, &table.name)?;
    tagging::drop_of(tx, &call.scope, database, Some(table))?;
    opt_in::drop_of(tx, &call.scope, &resource)
}

/// A dropped database takes with it what was held on it and on all its tables, its tags and opt-ins.
pub(crate) fn database_dropped(
    tx: &Tx<'_>,
    call: &Call<'_>,
    database: &str,
) -> Result<(), ServiceError> {
    let catalog = &call.scope.account;
    for target in [
        Target::Database {
            database: database.to_owned(),
        },
        Target::AllTables {
            database: database.to_owned(),
        },
    ] {
        let resource = Resource::new(catalog, target);
        grant::drop_on(tx, call, &resource.key())?;
        opt_in::drop_of(tx, &call.scope, &resource)?;
    }
    tagging::drop_of(tx, &call.scope, database, None)
}
