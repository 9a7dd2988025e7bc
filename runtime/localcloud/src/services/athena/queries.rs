//! `GetQueryExecution`, `BatchGetQueryExecution`, `ListQueryExecutions`, `StopQueryExecution`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::query::{self, OF_GROUPS, QUERIES};
use super::{error, workgroup};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

const MOST_AT_ONCE: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Id {
    query_execution_id: Option<String>,
}

impl Id {
    fn check(self) -> Result<String, ServiceError> {
        let mut constraints = Constraints::new();
        let id = constraints.required("queryExecutionId", self.query_execution_id);
        constraints.length("queryExecutionId", Some(&id), 1, 128);
        constraints.check(error::INVALID_REQUEST)?;
        Ok(id)
    }
}

pub(super) fn get(input: Id, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let query = query::require(call, tx, &input.check()?)?;
    Ok(json!({ "QueryExecution": query.describe(call.now_ms) }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Ids {
    query_execution_ids: Option<Vec<String>>,
}

pub(super) fn batch_get(input: Ids, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let ids = constraints.required("queryExecutionIds", input.query_execution_ids);
    constraints.count("queryExecutionIds", Some(&ids), 1, MOST_AT_ONCE);
    constraints.check(error::INVALID_REQUEST)?;
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in ids {
        match query::find(call, tx, &id)? {
            Some(query) => found.push(query.describe(call.now_ms)),
            None => missing.push(json!({
                "QueryExecutionId": id,
                "ErrorCode": "INVALID_QUERY_EXECUTION_ID",
                "ErrorMessage": format!("QueryExecution {id} was not found"),
            })),
        }
    }
    Ok(json!({
        "QueryExecutions": found,
        "UnprocessedQueryExecutionIds": missing,
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    next_token: Option<String>,
    max_results: Option<i64>,
    work_group: Option<String>,
}

/// Of a work group, the latest first.
pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    constraints.range("maxResults", input.max_results, 0, 50);
    constraints.check(error::INVALID_REQUEST)?;
    let group = workgroup::require(call, tx, input.work_group.as_deref())?;
    let limit = input
        .max_results
        .and_then(|most| usize::try_from(most).ok())
        .filter(|most| *most > 0)
        .unwrap_or(MOST_AT_ONCE);
    let listing = Listing {
        scope: &call.scope,
        collection: OF_GROUPS,
        prefix: &format!("{}\n", group.name),
    };
    let refused = || error::invalid("The given token is not valid");
    let token = input.next_token.as_deref();
    let (ids, next): (Vec<String>, _) = paging::page(tx, listing, token, limit, refused, |_| true)?;
    Ok(json!({ "QueryExecutionIds": ids, "NextToken": next }))
}

/// Ends a query before it is over; one that has ended stays as it ended.
pub(super) fn stop(input: Id, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut query = query::require(call, tx, &input.check()?)?;
    if !query.is_over(call.now_ms) {
        query.cancelled = true;
        query.settled = true;
        query.ends_ms = call.now_ms;
        tx.put(&call.scope, QUERIES, &query.id, &query)?;
    }
    Ok(json!({}))
}
