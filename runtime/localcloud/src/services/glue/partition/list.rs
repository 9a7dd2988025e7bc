//! `GetPartitions`: those for which an expression holds, in the order of their values.

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::expression::Expression;
use super::{Of, PARTITIONS, Partition, error};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::glue::catalog;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

/// How many partitions a page holds at most.
const PAGE: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct Input {
    #[serde(flatten)]
    of: Of,
    expression: Option<String>,
    next_token: Option<String>,
    segment: Option<Segment>,
    max_results: Option<i64>,
    exclude_column_schema: Option<bool>,
}

/// One of several parts that are read side by side.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Segment {
    segment_number: i64,
    total_segments: i64,
}

impl Segment {
    fn holds(self, partition: &Partition) -> bool {
        let digest = Sha256::digest(partition.values.join("\n"));
        i64::from(digest[0]) % self.total_segments == self.segment_number
    }
}

pub(in super::super) fn list(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    constraints.length("expression", input.expression.as_deref(), 0, 2_048);
    let limit = catalog::page_size_of(&mut constraints, input.max_results, PAGE);
    if let Some(segment) = input.segment {
        let (number, total) = (segment.segment_number, segment.total_segments);
        constraints.range("segment.segmentNumber", Some(number), 0, i64::MAX);
        constraints.range("segment.totalSegments", Some(total), 1, 10);
    }
    let (scope, table) = input.of.names(constraints)?.readable(call, tx)?;
    if input
        .segment
        .is_some_and(|segment| segment.segment_number >= segment.total_segments)
    {
        return Err(error::invalid(
            "SegmentNumber must be less than TotalSegments.",
        ));
    }
    let expression = match input.expression.as_deref().map(str::trim) {
        None | Some("") => None,
        Some(text) => Some(Expression::new(text, &table.partition_keys())?),
    };
    let first = expression
        .as_ref()
        .map(Expression::first_values)
        .unwrap_or_default();
    let mut broken = None;
    let (mut partitions, next_token): (Vec<Partition>, _) = paging::page(
        tx,
        Listing {
            scope: &scope,
            collection: PARTITIONS,
            prefix: &catalog::partition_key(&table.database_name, &table.name, &first),
        },
        input.next_token.as_deref(),
        limit,
        error::bad_token,
        |partition: &Partition| {
            let takes = match &expression {
                None => true,
                Some(expression) => expression.takes(&partition.values).unwrap_or_else(|error| {
                    broken.get_or_insert(error);
                    false
                }),
            };
            takes && input.segment.is_none_or(|segment| segment.holds(partition))
        },
    )?;
    if let Some(broken) = broken {
        return Err(broken);
    }
    if input.exclude_column_schema == Some(true) {
        for partition in &mut partitions {
            let storage = partition.rest.get_mut("StorageDescriptor");
            if let Some(storage) = storage.and_then(Value::as_object_mut) {
                storage.remove("Columns");
            }
        }
    }
    let mut output = json!({"Partitions": partitions});
    if let Some(token) = next_token {
        output["NextToken"] = Value::from(token);
    }
    Ok(output)
}
