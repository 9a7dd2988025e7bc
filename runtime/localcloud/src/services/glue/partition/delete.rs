//! `DeletePartition` and `BatchDeletePartition`: a partition goes with its statistics.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Of, PARTITIONS, ValueList, check_count, check_values, error, missing};
use crate::error::ServiceError;
use crate::faults::BatchFaults;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::glue::table::Table;
use crate::services::glue::{catalog, statistics};
use crate::store::Tx;

/// How many partitions one request deletes at most.
const MOST_AT_ONCE: usize = 25;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Input {
    #[serde(flatten)]
    of: Of,
    partition_values: Option<Vec<String>>,
}

pub(in super::super) fn delete(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let values = constraints.required("partitionValues", input.partition_values);
    check_values(&mut constraints, "partitionValues", &values);
    let table = input.of.names(constraints)?.own(call, tx)?;
    remove(call, tx, &table, &values)?;
    Ok(json!({}))
}

/// # Errors
/// `EntityNotFoundException`, and `InvalidInputException` for too many or too few values.
pub(in super::super) fn remove(
    call: &Call<'_>,
    tx: &Tx<'_>,
    table: &Table,
    values: &[String],
) -> Result<(), ServiceError> {
    check_count(table, values)?;
    let key = catalog::partition_key(&table.database_name, &table.name, values);
    if !tx.delete(&call.scope, PARTITIONS, &key)? {
        return Err(missing());
    }
    statistics::drop_of_partition(call, tx, &key)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct BatchInput {
    #[serde(flatten)]
    of: Of,
    partitions_to_delete: Option<Vec<ValueList>>,
}

/// One after the other; the answer names those that were not there.
pub(in super::super) fn batch_delete(
    input: BatchInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let lists = constraints.required("partitionsToDelete", input.partitions_to_delete);
    constraints.count("partitionsToDelete", Some(&lists), 0, MOST_AT_ONCE);
    let table = input.of.names(constraints)?.own(call, tx)?;
    let mut faults = BatchFaults::of(call);
    let mut errors = Vec::new();
    for list in lists {
        if let Err(refusal) = faults.entry(|| remove(call, tx, &table, &list.values))? {
            errors.push(json!({
                "PartitionValues": list.values,
                "ErrorDetail": error::detail(&refusal),
            }));
        }
    }
    Ok(json!({"Errors": errors}))
}
