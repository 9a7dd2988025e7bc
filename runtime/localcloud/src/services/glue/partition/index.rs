//! Partition indexes: `CreatePartitionIndex`, `GetPartitionIndexes`, `DeletePartitionIndex`.
//!
//! They are kept and shown. What makes reads quick here is the order of the partitions by their
//! values.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Of, error};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::glue::catalog;
use crate::services::glue::table::Table;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

pub(in super::super) const INDEXES: &str = "glue.partition-indexes";
/// How many indexes a table has at most.
pub(in super::super) const MOST: usize = 3;

/// What a request says of an index, stored alike.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct PartitionIndex {
    #[serde(default)]
    keys: Vec<String>,
    #[serde(default)]
    index_name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct CreateInput {
    #[serde(flatten)]
    of: Of,
    partition_index: Option<PartitionIndex>,
}

pub(in super::super) fn create(
    input: CreateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let wanted = constraints.required("partitionIndex", input.partition_index);
    let table = input.of.names(constraints)?.own(call, tx)?;
    add(call, tx, &table, wanted)?;
    Ok(json!({}))
}

/// Gives a table an index.
///
/// # Errors
/// `InvalidInputException` for keys that the table is not partitioned by, `AlreadyExistsException`,
/// and `ResourceNumberLimitExceededException` for a fourth index.
pub(in super::super) fn add(
    call: &Call<'_>,
    tx: &Tx<'_>,
    table: &Table,
    wanted: PartitionIndex,
) -> Result<(), ServiceError> {
    let mut constraints = Constraints::new();
    let (keys, name) = (&wanted.keys, &wanted.index_name);
    constraints.count("partitionIndex.keys", Some(keys), 1, usize::MAX);
    constraints.length("partitionIndex.indexName", Some(name), 1, 255);
    constraints.check(error::INVALID_INPUT)?;
    let known = table.partition_keys();
    if let Some(foreign) = keys
        .iter()
        .find(|key| !known.iter().any(|(name, _)| name.eq_ignore_ascii_case(key)))
    {
        return Err(error::invalid(format!(
            "Index key {foreign} is not a partition key of table {}.",
            table.name
        )));
    }
    let (database, table) = (&table.database_name, &table.name);
    let below = catalog::key_within(database, table, "");
    let there: Vec<(String, PartitionIndex)> = tx.scan(&call.scope, INDEXES, &below, None, MOST)?;
    let same = |index: &PartitionIndex| index.index_name == *name || index.keys == *keys;
    if there.iter().any(|(_, index)| same(index)) {
        return Err(error::exists(format!(
            "Index with the given indexName or keys already exists: {name}."
        )));
    }
    if there.len() == MOST {
        return Err(ServiceError::bad_request(
            "ResourceNumberLimitExceededException",
            format!("A table has {MOST} partition indexes at most."),
        ));
    }
    let key = catalog::key_within(database, table, name);
    tx.put(&call.scope, INDEXES, &key, &wanted)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct ListInput {
    #[serde(flatten)]
    of: Of,
    next_token: Option<String>,
}

pub(in super::super) fn list(
    input: ListInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let table = input.of.names(Constraints::new())?.own(call, tx)?;
    let types = table.partition_keys();
    let (indexes, next_token): (Vec<PartitionIndex>, _) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: INDEXES,
            prefix: &catalog::key_within(&table.database_name, &table.name, ""),
        },
        input.next_token.as_deref(),
        MOST,
        error::bad_token,
        |_| true,
    )?;
    let shown: Vec<Value> = indexes
        .into_iter()
        .map(|index| {
            let kind = |key: &String| {
                types
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(key))
            };
            let keys = index
                .keys
                .iter()
                .map(|key| json!({"Name": key, "Type": kind(key).map(|(_, kind)| kind)}));
            json!({
                "IndexName": index.index_name,
                "Keys": keys.collect::<Vec<_>>(),
                "IndexStatus": "ACTIVE",
            })
        })
        .collect();
    Ok(json!({"PartitionIndexDescriptorList": shown, "NextToken": next_token}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct DeleteInput {
    #[serde(flatten)]
    of: Of,
    index_name: Option<String>,
}

pub(in super::super) fn delete(
    input: DeleteInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("indexName", input.index_name);
    constraints.length("indexName", Some(&name), 1, 255);
    let table = input.of.names(constraints)?.own(call, tx)?;
    let key = catalog::key_within(&table.database_name, &table.name, &name);
    match tx.delete(&call.scope, INDEXES, &key)? {
        true => Ok(json!({})),
        false => Err(error::not_found(format!(
            "Index with the given indexName : {name} does not exist"
        ))),
    }
}
