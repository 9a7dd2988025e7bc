//! Which databases and tables of other accounts' catalogs a reader sees in the Data Catalog.

use super::access::Reader;
use super::grant::Grant;
use super::principal;
use super::resource::{Resource, Target};
use super::{received, tagging};
use crate::error::ServiceError;
use crate::services::glue::facts;
use crate::store::{Scope, Tx};

/// May the reader see this table of another account? By any permission on it: the owner's, carried by
/// a live share, and for a grant to the account its admin's too.
pub(crate) fn table(
    tx: &Tx<'_>,
    reader: &Reader<'_>,
    catalog: &str,
    database: &str,
    table: &str,
    now_ms: i64,
) -> Result<bool, ServiceError> {
    let resource = Resource::table(catalog, database, table);
    sees(tx, reader, &resource, now_ms)
}

/// May the reader see this database of another account? Also if it sees a table of it.
pub(crate) fn database(
    tx: &Tx<'_>,
    reader: &Reader<'_>,
    catalog: &str,
    database: &str,
    now_ms: i64,
) -> Result<bool, ServiceError> {
    if sees(tx, reader, &Resource::database(catalog, database), now_ms)? {
        return Ok(true);
    }
    let owner = Scope {
        account: catalog.to_owned(),
        region: reader.region.to_owned(),
    };
    for known in facts::tables(tx, &owner, database)? {
        if table(tx, reader, catalog, database, &known.name, now_ms)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn sees(
    tx: &Tx<'_>,
    reader: &Reader<'_>,
    resource: &Resource,
    now_ms: i64,
) -> Result<bool, ServiceError> {
    let consumer = reader.scope();
    let owner = Scope {
        account: resource.catalog.clone(),
        region: consumer.region.clone(),
    };
    let any = |grants: Vec<Grant>| -> Result<bool, ServiceError> {
        for grant in grants {
            if applies(tx, &owner, &grant, resource)? {
                return Ok(true);
            }
        }
        Ok(false)
    };
    let direct = received::by_principal(tx, &consumer, resource, reader.principal, now_ms)?;
    if any(direct)? {
        return Ok(true);
    }
    if !any(received::by_account(tx, &consumer, resource, now_ms)?)? {
        return Ok(false);
    }
    if reader.is_admin(tx)? {
        return Ok(true);
    }
    let group = principal::group(reader.account);
    for holder in [reader.principal, &group] {
        if any(received::held_on(tx, &consumer, resource, holder)?)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Is the grant about the resource? One on tags is if they fit.
fn applies(
    tx: &Tx<'_>,
    owner: &Scope,
    grant: &Grant,
    resource: &Resource,
) -> Result<bool, ServiceError> {
    let Target::TagPolicy { on, expression } = &grant.resource.target else {
        return Ok(true);
    };
    match &resource.target {
        Target::Database { database } if on == "DATABASE" => {
            let tags = tagging::of_database(tx, owner, database)?;
            Ok(tagging::fits(&tags, expression))
        }
        Target::Table { database, table } if on == "TABLE" => {
            let tags = tagging::of_table(tx, owner, database, table)?;
            if tagging::fits(&tags, expression) {
                return Ok(true);
            }
            let columns = facts::table(tx, owner, database, table)?
                .map(|facts| facts.columns)
                .unwrap_or_default();
            for column in columns {
                let tags = tagging::of_column(tx, owner, database, table, &column)?;
                if tagging::fits(&tags, expression) {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => Ok(false),
    }
}
