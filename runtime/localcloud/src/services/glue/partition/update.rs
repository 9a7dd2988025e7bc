//! `UpdatePartition` and `BatchUpdatePartition`: replace a partition's definition; other values move it.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Of, PARTITIONS, Partition, PartitionInput, check_count, check_values, error, find, missing,
};
use crate::error::ServiceError;
use crate::faults::BatchFaults;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::glue::statistics;
use crate::services::glue::table::Table;
use crate::store::Tx;

/// How many partitions one request changes at most.
const MOST_AT_ONCE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Input {
    #[serde(flatten)]
    of: Of,
    partition_value_list: Option<Vec<String>>,
    partition_input: Option<PartitionInput>,
}

pub(in super::super) fn update(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let values = constraints.required("partitionValueList", input.partition_value_list);
    constraints.count("partitionValueList", Some(&values), 0, 100);
    check_values(&mut constraints, "partitionValueList", &values);
    let changed = constraints.required("partitionInput", input.partition_input);
    changed.check(&mut constraints, "partitionInput");
    let table = input.of.names(constraints)?.own(call, tx)?;
    change(call, tx, &table, &values, changed)?;
    Ok(json!({}))
}

/// # Errors
/// `EntityNotFoundException`; `AlreadyExistsException` if another partition has the new values;
/// `InvalidInputException` for too many or too few values.
pub(in super::super) fn change(
    call: &Call<'_>,
    tx: &Tx<'_>,
    table: &Table,
    values: &[String],
    mut changed: PartitionInput,
) -> Result<(), ServiceError> {
    check_count(table, values)?;
    let known = find(tx, &call.scope, table, values)?.ok_or_else(missing)?;
    if changed.values.is_empty() {
        changed.values = values.to_vec();
    }
    check_count(table, &changed.values)?;
    let moved = changed.values != values;
    let partition = Partition {
        creation_time: known.creation_time,
        ..Partition::new(table, changed, call)
    };
    if !moved {
        return tx.put(&call.scope, PARTITIONS, &partition.key(), &partition);
    }
    if !tx.insert(&call.scope, PARTITIONS, &partition.key(), &partition)? {
        return Err(error::exists("Partition already exists."));
    }
    tx.delete(&call.scope, PARTITIONS, &known.key())?;
    statistics::drop_of_partition(call, tx, &known.key())
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct BatchInput {
    #[serde(flatten)]
    of: Of,
    entries: Option<Vec<Entry>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    #[serde(default)]
    partition_value_list: Vec<String>,
    #[serde(default)]
    partition_input: PartitionInput,
}

/// One after the other; the answer names those that were refused.
pub(in super::super) fn batch_update(
    input: BatchInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let entries = constraints.required("entries", input.entries);
    constraints.count("entries", Some(&entries), 1, MOST_AT_ONCE);
    let table = input.of.names(constraints)?.own(call, tx)?;
    let mut faults = BatchFaults::of(call);
    let mut errors = Vec::new();
    for entry in entries {
        let values = entry.partition_value_list;
        if let Err(refusal) =
            faults.entry(|| change(call, tx, &table, &values, entry.partition_input))?
        {
            errors.push(json!({
                "PartitionValueList": values,
                "ErrorDetail": error::detail(&refusal),
            }));
        }
    }
    Ok(json!({"Errors": errors}))
}
