//! Column statistics of tables and partitions, kept as they were given: `Update…`, `Get…` and
//! `DeleteColumnStatisticsForTable`, and the same `ForPartition`.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value, json};

use super::{catalog, error, partition, table};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

pub(super) const OF_TABLES: &str = "glue.table-statistics";
pub(super) const OF_PARTITIONS: &str = "glue.partition-statistics";

/// How many columns one request writes at most.
const MOST_WRITTEN: usize = 25;
/// How many columns one request reads at most.
const MOST_READ: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Subject {
    catalog_id: Option<String>,
    database_name: Option<String>,
    table_name: Option<String>,
    partition_values: Option<Vec<String>>,
}

/// Whose statistics these are: the collection, and what their keys start with.
struct Home {
    collection: &'static str,
    prefix: String,
    columns: Vec<String>,
}

impl Subject {
    /// # Errors
    /// `EntityNotFoundException` if the table or the partition is not there.
    fn home(
        self,
        mut constraints: Constraints,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<Home, ServiceError> {
        catalog::check(call, self.catalog_id.as_deref())?;
        let database = catalog::name(&mut constraints, "databaseName", self.database_name);
        let name = catalog::name(&mut constraints, "tableName", self.table_name);
        let of_partition = call.operation.ends_with("ForPartition");
        let values = match of_partition {
            true => constraints.required("partitionValues", self.partition_values),
            false => Vec::new(),
        };
        constraints.check(error::INVALID_INPUT)?;
        let table = table::require(call, tx, &database, &name)?;
        let columns = table.facts(&call.scope.account).columns;
        if !of_partition {
            return Ok(Home {
                collection: OF_TABLES,
                prefix: catalog::key_within(&database, &name, ""),
                columns,
            });
        }
        let partition = partition::find(tx, &call.scope, &table, &values)?
            .ok_or_else(|| error::not_found("Cannot find partition."))?;
        Ok(Home {
            collection: OF_PARTITIONS,
            prefix: partition.key(),
            columns,
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    #[serde(flatten)]
    of: Subject,
    column_statistics_list: Option<Vec<Map<String, Value>>>,
}

pub(super) fn update(
    input: UpdateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let list = constraints.required("columnStatisticsList", input.column_statistics_list);
    constraints.count("columnStatisticsList", Some(&list), 0, MOST_WRITTEN);
    let home = input.of.home(constraints, call, tx)?;
    let mut errors = Vec::new();
    for mut given in list {
        let column = given.get("ColumnName").and_then(Value::as_str);
        let column = column.unwrap_or_default().to_lowercase();
        if !home.columns.contains(&column) {
            errors.push(json!({"ColumnStatistics": given, "Error": no_column(&column)}));
            continue;
        }
        given.insert("ColumnName".to_owned(), Value::from(column.as_str()));
        let key = format!("{}{column}", home.prefix);
        tx.put(&call.scope, home.collection, &key, &given)?;
    }
    Ok(json!({"Errors": errors}))
}

fn no_column(column: &str) -> Value {
    error::detail(&error::not_found(format!("Column {column} not found.")))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GetInput {
    #[serde(flatten)]
    of: Subject,
    column_names: Option<Vec<String>>,
}

pub(super) fn get(input: GetInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let names = constraints.required("columnNames", input.column_names);
    constraints.count("columnNames", Some(&names), 0, MOST_READ);
    let home = input.of.home(constraints, call, tx)?;
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for name in names {
        let key = format!("{}{}", home.prefix, name.to_lowercase());
        match tx.get::<Value>(&call.scope, home.collection, &key)? {
            Some(statistics) => found.push(statistics),
            None => errors.push(json!({"ColumnName": name, "Error": no_column(&name)})),
        }
    }
    Ok(json!({"ColumnStatisticsList": found, "Errors": errors}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DeleteInput {
    #[serde(flatten)]
    of: Subject,
    column_name: Option<String>,
}

pub(super) fn delete(
    input: DeleteInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let column = constraints.required("columnName", input.column_name);
    constraints.length("columnName", Some(&column), 1, 255);
    let home = input.of.home(constraints, call, tx)?;
    let key = format!("{}{}", home.prefix, column.to_lowercase());
    match tx.delete(&call.scope, home.collection, &key)? {
        true => Ok(json!({})),
        false => Err(error::not_found(format!("Column {column} not found."))),
    }
}

/// Deletes the statistics of the partition of this key.
pub(super) fn drop_of_partition(
    call: &Call<'_>,
    tx: &Tx<'_>,
    key: &str,
) -> Result<(), ServiceError> {
    let kept: Vec<(String, IgnoredAny)> =
        tx.scan(&call.scope, OF_PARTITIONS, key, None, usize::MAX)?;
    for (key, _) in kept {
        tx.delete(&call.scope, OF_PARTITIONS, &key)?;
    }
    Ok(())
}
