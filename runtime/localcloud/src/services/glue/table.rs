//! Tables, stored under database and name; superseded versions under the version's number, too.

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::database::Database;
use super::partition::PARTITIONS;
use super::partition::index::INDEXES;
use super::{catalog, error, statistics, tags};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::lakeformation::lifecycle;
use crate::services::paging::{self, Listing};
use crate::store::{Scope, Tx};

pub(super) const TABLES: &str = "glue.tables";
pub(super) const VERSIONS: &str = "glue.table-versions";

/// What a request says of a table. All but the name is kept as it was written.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TableInput {
    pub(super) name: Option<String>,
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

impl TableInput {
    /// Checks the input; the name in lower case.
    pub(super) fn check(&mut self, constraints: &mut Constraints) -> String {
        let name = catalog::name(constraints, "tableInput.name", self.name.take());
        let text = |name: &str| self.rest.get(name).and_then(Value::as_str);
        constraints.length("tableInput.description", text("Description"), 0, 2048);
        constraints.length("tableInput.owner", text("Owner"), 1, 255);
        constraints.length("tableInput.tableType", text("TableType"), 0, 255);
        let columns = self
            .rest
            .get("StorageDescriptor")
            .and_then(|s| s.get("Columns"));
        check_columns(constraints, "tableInput.storageDescriptor.columns", columns);
        let keys = self.rest.get("PartitionKeys");
        check_columns(constraints, "tableInput.partitionKeys", keys);
        name
    }
}

fn check_columns(constraints: &mut Constraints, member: &str, columns: Option<&Value>) {
    for (index, column) in columns
        .and_then(Value::as_array)
        .iter()
        .copied()
        .flatten()
        .enumerate()
    {
        let text = |name: &str| column.get(name).and_then(Value::as_str);
        let member = |name: &str| format!("{member}.{}.member.{name}", index + 1);
        constraints.required(&member("name"), text("Name"));
        constraints.length(&member("name"), text("Name"), 1, 255);
        constraints.length(&member("type"), text("Type"), 0, 131_072);
        constraints.length(&member("comment"), text("Comment"), 0, 255);
    }
}

/// A table, stored and shown alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Table {
    pub(super) name: String,
    pub(super) database_name: String,
    /// Seconds since the Unix epoch.
    pub(super) create_time: f64,
    pub(super) update_time: f64,
    created_by: String,
    is_registered_with_lake_formation: bool,
    catalog_id: String,
    pub(super) version_id: String,
    /// The rest of the request's table, without [`OWN`].
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

/// The members that the service sets. In a request's table they are unknown ones and ignored, as all
/// unknown ones are; kept, they would stand in the document twice.
const OWN: [&str; 7] = [
    "DatabaseName",
    "CreateTime",
    "UpdateTime",
    "CreatedBy",
    "IsRegisteredWithLakeFormation",
    "CatalogId",
    "VersionId",
];

fn without_own(mut rest: Map<String, Value>) -> Map<String, Value> {
    rest.retain(|member, _| !OWN.contains(&member.as_str()));
    rest
}

impl Table {
    pub(super) fn new(
        database: &str,
        name: String,
        rest: Map<String, Value>,
        call: &Call<'_>,
    ) -> Self {
        Self {
            name,
            database_name: database.to_owned(),
            create_time: epoch_seconds(call.now_ms),
            update_time: epoch_seconds(call.now_ms),
            created_by: call.principal.arn.clone(),
            is_registered_with_lake_formation: false,
            catalog_id: call.scope.account.clone(),
            version_id: "0".to_owned(),
            rest: without_own(rest),
        }
    }

    pub(super) fn key(&self) -> String {
        catalog::table_key(&self.database_name, &self.name)
    }

    /// Names and types of the partition keys, in lower case.
    pub(super) fn partition_keys(&self) -> Vec<(String, String)> {
        let keys = self.rest.get("PartitionKeys").and_then(Value::as_array);
        keys.iter()
            .copied()
            .flatten()
            .map(|key| {
                let text = |name: &str| key[name].as_str().unwrap_or_default().to_lowercase();
                (text("Name"), text("Type"))
            })
            .collect()
    }

    /// Versions count from 0.
    pub(super) fn version(&self) -> u64 {
        self.version_id.parse().unwrap_or_default()
    }
}

pub(super) fn require(
    call: &Call<'_>,
    tx: &Tx<'_>,
    database: &str,
    name: &str,
) -> Result<Table, ServiceError> {
    require_in(tx, &call.scope, database, name)
}

/// As [`require`], in any catalog.
pub(super) fn require_in(
    tx: &Tx<'_>,
    scope: &Scope,
    database: &str,
    name: &str,
) -> Result<Table, ServiceError> {
    tx.get(scope, TABLES, &catalog::table_key(database, name))?
        .ok_or_else(|| error::not_found(format!("Table {name} not found.")))
}

/// The caller's table; none if there is none. Names in lower case.
pub(super) fn find(
    call: &Call<'_>,
    tx: &Tx<'_>,
    database: &str,
    name: &str,
) -> Result<Option<Table>, ServiceError> {
    tx.get(&call.scope, TABLES, &catalog::table_key(database, name))
}

/// Whether the caller has such a table. Names in lower case.
pub(super) fn exists(
    call: &Call<'_>,
    tx: &Tx<'_>,
    database: &str,
    name: &str,
) -> Result<bool, ServiceError> {
    find(call, tx, database, name).map(|table| table.is_some())
}

/// The tables of a database, in the order of their names.
pub(super) fn in_database(
    call: &Call<'_>,
    tx: &Tx<'_>,
    database: &str,
) -> Result<Vec<Table>, ServiceError> {
    paging::all(
        tx,
        Listing {
            scope: &call.scope,
            collection: TABLES,
            prefix: &catalog::table_key(database, ""),
        },
    )
}

/// Makes a table in its database, with what is permitted on it from the start.
///
/// # Errors
/// `AlreadyExistsException`.
pub(super) fn add(
    call: &Call<'_>,
    tx: &Tx<'_>,
    within: &Database,
    table: &Table,
) -> Result<(), ServiceError> {
    if !tx.insert(&call.scope, TABLES, &table.key(), table)? {
        return Err(error::exists("Table already exists."));
    }
    let defaults = &within.create_table_default_permissions;
    lifecycle::table_created(tx, call, &table.database_name, &table.name, defaults)
}

/// Gives a table another definition and the next version's id; the old one is kept as a version if
/// `archived`.
pub(super) fn supersede(
    call: &Call<'_>,
    tx: &Tx<'_>,
    mut table: Table,
    rest: Map<String, Value>,
    archived: bool,
) -> Result<Table, ServiceError> {
    if archived {
        let version = Some(table.version());
        let key = catalog::version_key(&table.database_name, &table.name, version);
        tx.put(&call.scope, VERSIONS, &key, &table)?;
    }
    table.rest = without_own(rest);
    table.version_id = (table.version() + 1).to_string();
    table.update_time = epoch_seconds(call.now_ms);
    tx.put(&call.scope, TABLES, &table.key(), &table)?;
    Ok(table)
}

/// Deletes the table, its versions, partitions, indexes and statistics, and what was permitted on it.
pub(super) fn remove(call: &Call<'_>, tx: &Tx<'_>, table: &Table) -> Result<(), ServiceError> {
    let below = catalog::key_within(&table.database_name, &table.name, "");
    for collection in [
        VERSIONS,
        PARTITIONS,
        INDEXES,
        statistics::OF_TABLES,
        statistics::OF_PARTITIONS,
    ] {
        let kept: Vec<(String, IgnoredAny)> =
            tx.scan(&call.scope, collection, &below, None, usize::MAX)?;
        for (key, _) in kept {
            tx.delete(&call.scope, collection, &key)?;
        }
    }
    tx.delete(&call.scope, TABLES, &table.key())?;
    let resource = format!("table/{}/{}", table.database_name, table.name);
    tags::drop_of(call, tx, &tags::arn(call, &resource))?;
    let facts = table.facts(&call.scope.account);
    lifecycle::table_dropped(tx, call, &table.database_name, &facts)
}
