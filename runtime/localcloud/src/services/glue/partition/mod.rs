//! The partitions of tables, stored under database, table and values.

pub(super) mod create;
pub(super) mod delete;
mod expression;
pub(super) mod get;
pub(super) mod index;
pub(super) mod list;
pub(super) mod update;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::table::Table;
use super::{catalog, error};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::{Scope, Tx};

pub(super) const PARTITIONS: &str = "glue.partitions";

/// The values of one partition, one for each of the table's partition keys.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ValueList {
    #[serde(default)]
    values: Vec<String>,
}

/// What a request says of a partition. All but the values is kept as it was written.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PartitionInput {
    #[serde(default)]
    values: Vec<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// A partition, stored and shown alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Partition {
    pub(super) values: Vec<String>,
    database_name: String,
    table_name: String,
    /// Seconds since the Unix epoch.
    creation_time: f64,
    catalog_id: String,
    /// The rest of the request's partition, without [`OWN`].
    #[serde(flatten)]
    pub(super) rest: Map<String, Value>,
}

/// The members that the service sets. In a request's partition they are unknown ones and ignored; kept,
/// they would stand in the document twice.
const OWN: [&str; 4] = ["DatabaseName", "TableName", "CreationTime", "CatalogId"];

impl Partition {
    pub(super) fn new(table: &Table, mut input: PartitionInput, call: &Call<'_>) -> Self {
        input
            .rest
            .retain(|member, _| !OWN.contains(&member.as_str()));
        Self {
            values: input.values,
            database_name: table.database_name.clone(),
            table_name: table.name.clone(),
            creation_time: epoch_seconds(call.now_ms),
            catalog_id: call.scope.account.clone(),
            rest: input.rest,
        }
    }

    pub(super) fn key(&self) -> String {
        catalog::partition_key(&self.database_name, &self.table_name, &self.values)
    }
}

impl PartitionInput {
    pub(super) fn new(values: Vec<String>, rest: Map<String, Value>) -> Self {
        Self { values, rest }
    }

    fn check(&self, constraints: &mut Constraints, member: &str) {
        check_values(constraints, &format!("{member}.values"), &self.values);
    }
}

fn check_values(constraints: &mut Constraints, member: &str, values: &[String]) {
    for (index, value) in values.iter().enumerate() {
        let member = format!("{member}.{}.member", index + 1);
        constraints.length(&member, Some(value), 0, 1_024);
    }
}

/// Refuses values that are more or fewer than the table's keys.
fn check_count(table: &Table, values: &[String]) -> Result<(), ServiceError> {
    if values.len() == table.partition_keys().len() {
        return Ok(());
    }
    Err(error::invalid(
        "The number of partition keys do not match the number of partition values",
    ))
}

fn missing() -> ServiceError {
    error::not_found("Cannot find partition.")
}

/// The partition of these values; none if there is none.
pub(super) fn find(
    tx: &Tx<'_>,
    scope: &Scope,
    table: &Table,
    values: &[String],
) -> Result<Option<Partition>, ServiceError> {
    let key = catalog::partition_key(&table.database_name, &table.name, values);
    tx.get(scope, PARTITIONS, &key)
}

/// All partitions of a table, in the order of their values.
pub(super) fn all(
    tx: &Tx<'_>,
    scope: &Scope,
    table: &Table,
) -> Result<Vec<Partition>, ServiceError> {
    let below = catalog::partition_key(&table.database_name, &table.name, &[]);
    let all: Vec<(String, Partition)> = tx.scan(scope, PARTITIONS, &below, None, usize::MAX)?;
    Ok(all.into_iter().map(|(_, partition)| partition).collect())
}

/// Which table a request is about.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Of {
    catalog_id: Option<String>,
    database_name: Option<String>,
    table_name: Option<String>,
}

impl Of {
    /// Checks the names, and what `constraints` have found so far.
    fn names(self, mut constraints: Constraints) -> Result<Names, ServiceError> {
        let database = catalog::name(&mut constraints, "databaseName", self.database_name);
        let table = catalog::name(&mut constraints, "tableName", self.table_name);
        constraints.check(error::INVALID_INPUT)?;
        Ok(Names {
            catalog_id: self.catalog_id,
            database,
            table,
        })
    }
}

struct Names {
    catalog_id: Option<String>,
    database: String,
    table: String,
}

impl Names {
    /// The caller's own table, to write to.
    fn own(self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Table, ServiceError> {
        catalog::check(call, self.catalog_id.as_deref())?;
        super::database::require(call, tx, &self.database)?;
        super::table::require(call, tx, &self.database, &self.table)
    }

    /// The table to read, with its catalog: links are followed.
    fn readable(self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(Scope, Table), ServiceError> {
        let catalog = self.catalog_id.as_deref();
        super::foreign::table(call, tx, catalog, self.database, &self.table)
    }
}
