//! Tables, stored under database and name; superseded versions under the version's number, too.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{catalog, error};
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
    /// The rest of the request's table.
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
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
            rest,
        }
    }

    pub(super) fn key(&self) -> String {
        catalog::table_key(&self.database_name, &self.name)
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

/// Deletes the table, its versions, and what was permitted on it.
pub(super) fn remove(call: &Call<'_>, tx: &Tx<'_>, table: &Table) -> Result<(), ServiceError> {
    for number in 0..table.version() {
        let key = catalog::version_key(&table.database_name, &table.name, Some(number));
        tx.delete(&call.scope, VERSIONS, &key)?;
    }
    tx.delete(&call.scope, TABLES, &table.key())?;
    let facts = table.facts(&call.scope.account);
    lifecycle::table_dropped(tx, call, &table.database_name, &facts)
}
