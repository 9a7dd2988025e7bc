//! `GetQueryResults`, and the file of the results.

use serde::Deserialize;
use serde_json::{Value, json};

use super::engine::{Answer, Column};
use super::error;
use super::query::{self, RESULTS};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging;
use crate::store::Tx;

const MOST_ROWS: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    query_execution_id: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

/// A page of rows. The first row of a SELECT has the names of its columns, and counts as one.
pub(super) fn get(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let id = constraints.required("queryExecutionId", input.query_execution_id);
    constraints.length("queryExecutionId", Some(&id), 1, 128);
    constraints.range("maxResults", input.max_results, 1, 1_000);
    constraints.check(error::INVALID_REQUEST)?;
    let query = query::require(call, tx, &id)?;
    match query.state(call.now_ms) {
        "SUCCEEDED" => {}
        state if query.is_over(call.now_ms) => {
            return Err(error::invalid(format!(
                "Query did not finish successfully. Final query state: {state}"
            )));
        }
        state => {
            return Err(error::invalid(format!(
                "Query has not yet finished. Current state: {state}"
            )));
        }
    }
    let answer = answer(call, tx, &id)?;

    let list = format!("athena.results/{id}");
    let start = match &input.next_token {
        None => 0,
        Some(token) => paging::key_of(&list, token)
            .and_then(|key| key.parse::<usize>().ok())
            .ok_or_else(|| error::invalid("The given token is not valid"))?,
    };
    let limit = input
        .max_results
        .and_then(|most| usize::try_from(most).ok())
        .unwrap_or(MOST_ROWS);
    let titles = (query.kind == "DML").then(|| {
        let names = answer
            .columns
            .iter()
            .map(|column| Some(column.name.clone()));
        names.collect::<Vec<_>>()
    });
    let all = titles.iter().len() + answer.rows.len();
    let rows: Vec<Value> = titles
        .iter()
        .chain(&answer.rows)
        .skip(start)
        .take(limit)
        .map(|row| {
            let data = row.iter().map(|value| match value {
                Some(text) => json!({ "VarCharValue": text }),
                None => json!({}),
            });
            json!({ "Data": data.collect::<Vec<_>>() })
        })
        .collect();
    let next = start + rows.len();
    Ok(json!({
        "UpdateCount": 0,
        "ResultSet": {
            "Rows": rows,
            "ResultSetMetadata": {
                "ColumnInfo": answer.columns.iter().map(info).collect::<Vec<_>>(),
            },
        },
        "NextToken": (next < all).then(|| paging::token(&list, &next.to_string())),
    }))
}

/// What came of a query.
pub(super) fn answer(call: &Call<'_>, tx: &Tx<'_>, id: &str) -> Result<Answer, ServiceError> {
    let blob = tx.get_blob(&call.scope, RESULTS, id)?.unwrap_or_default();
    serde_json::from_slice(&blob).map_err(|error| ServiceError::internal(error.to_string()))
}

fn info(column: &Column) -> Value {
    let (precision, scale) = match column.kind.as_str() {
        "tinyint" => (3, 0),
        "smallint" => (5, 0),
        "integer" => (10, 0),
        "bigint" => (19, 0),
        "float" | "double" => (17, 0),
        "boolean" | "date" | "timestamp" => (0, 0),
        _ => (i32::MAX, 0),
    };
    json!({
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": column.name,
        "Label": column.name,
        "Type": column.kind,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": matches!(column.kind.as_str(), "varchar" | "char"),
    })
}

/// The file that Athena writes: every value in quotes, a missing one as nothing.
pub(super) fn csv(answer: &Answer) -> Vec<u8> {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let names: Vec<String> = answer
        .columns
        .iter()
        .map(|column| quoted(&column.name))
        .collect();
    let mut file = names.join(",") + "\n";
    for row in &answer.rows {
        let values: Vec<String> = row
            .iter()
            .map(|value| value.as_deref().map(quoted).unwrap_or_default())
            .collect();
        file.push_str(&values.join(","));
        file.push('\n');
    }
    file.into_bytes()
}
