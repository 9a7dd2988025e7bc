//! `GetPartition` and `BatchGetPartition`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Of, ValueList, check_count, check_values, find, missing};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

/// How many partitions one request reads at most.
const MOST_AT_ONCE: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Input {
    #[serde(flatten)]
    of: Of,
    partition_values: Option<Vec<String>>,
}

pub(in super::super) fn get(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let values = constraints.required("partitionValues", input.partition_values);
    check_values(&mut constraints, "partitionValues", &values);
    let (scope, table) = input.of.names(constraints)?.readable(call, tx)?;
    check_count(&table, &values)?;
    let partition = find(tx, &scope, &table, &values)?.ok_or_else(missing)?;
    Ok(json!({"Partition": partition}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct BatchInput {
    #[serde(flatten)]
    of: Of,
    partitions_to_get: Option<Vec<ValueList>>,
}

/// Those that are there; what is not is left out.
pub(in super::super) fn batch_get(
    input: BatchInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let lists = constraints.required("partitionsToGet", input.partitions_to_get);
    constraints.count("partitionsToGet", Some(&lists), 0, MOST_AT_ONCE);
    let (scope, table) = input.of.names(constraints)?.readable(call, tx)?;
    let mut partitions = Vec::new();
    for list in lists {
        check_count(&table, &list.values)?;
        partitions.extend(find(tx, &scope, &table, &list.values)?);
    }
    Ok(json!({"Partitions": partitions, "UnprocessedKeys": []}))
}
