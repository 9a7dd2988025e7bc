//! `CreatePartition` and `BatchCreatePartition`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Of, PARTITIONS, Partition, PartitionInput, check_count, error};
use crate::error::ServiceError;
use crate::faults::BatchFaults;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::glue::table::Table;
use crate::store::Tx;

/// How many partitions one request makes at most.
const MOST_AT_ONCE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Input {
    #[serde(flatten)]
    of: Of,
    partition_input: Option<PartitionInput>,
}

pub(in super::super) fn create(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let wanted = constraints.required("partitionInput", input.partition_input);
    wanted.check(&mut constraints, "partitionInput");
    let table = input.of.names(constraints)?.own(call, tx)?;
    add(call, tx, &table, wanted)?;
    Ok(json!({}))
}

/// Makes a partition.
///
/// # Errors
/// `AlreadyExistsException`, and `InvalidInputException` for too many or too few values.
pub(in super::super) fn add(
    call: &Call<'_>,
    tx: &Tx<'_>,
    table: &Table,
    wanted: PartitionInput,
) -> Result<(), ServiceError> {
    check_count(table, &wanted.values)?;
    let partition = Partition::new(table, wanted, call);
    match tx.insert(&call.scope, PARTITIONS, &partition.key(), &partition)? {
        true => Ok(()),
        false => Err(error::exists("Partition already exists.")),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct BatchInput {
    #[serde(flatten)]
    of: Of,
    partition_input_list: Option<Vec<PartitionInput>>,
}

/// One after the other; the answer names those that were refused.
pub(in super::super) fn batch_create(
    input: BatchInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let list = constraints.required("partitionInputList", input.partition_input_list);
    constraints.count("partitionInputList", Some(&list), 0, MOST_AT_ONCE);
    for (index, wanted) in list.iter().enumerate() {
        let member = format!("partitionInputList.{}.member", index + 1);
        wanted.check(&mut constraints, &member);
    }
    let table = input.of.names(constraints)?.own(call, tx)?;
    let mut faults = BatchFaults::of(call);
    let mut errors = Vec::new();
    for wanted in list {
        let values = wanted.values.clone();
        if let Err(refusal) = faults.entry(|| add(call, tx, &table, wanted))? {
            errors.push(json!({
                "PartitionValues": values,
                "ErrorDetail": error::detail(&refusal),
            }));
        }
    }
    Ok(json!({"Errors": errors}))
}
