//! Prepared statements: `CreatePreparedStatement`, `GetPreparedStatement`, `ListPreparedStatements`,
//! `UpdatePreparedStatement`, `DeletePreparedStatement`, and the `EXECUTE` that runs one.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{error, workgroup};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

/// By work group and name.
const PREPARED: &str = "athena.prepared-statements";
const PAGE: usize = 50;
const NAME: &str = "[a-zA-Z_][a-zA-Z0-9_@:]{0,255}";

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Prepared {
    name: String,
    sql: String,
    work_group: String,
    description: Option<String>,
    changed_ms: i64,
}

impl Prepared {
    fn show(&self) -> Value {
        json!({
            "StatementName": self.name,
            "QueryStatement": self.sql,
            "WorkGroupName": self.work_group,
            "Description": self.description,
            "LastModifiedTime": epoch_seconds(self.changed_ms),
        })
    }
}

fn key(work_group: &str, name: &str) -> String {
    format!("{work_group}\n{name}")
}

/// A statement that there is not.
fn missing(name: &str) -> ServiceError {
    ServiceError::bad_request(
        "ResourceNotFoundException",
        format!("PreparedStatement {name} was not found."),
    )
    .with_field("ResourceName", name)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    statement_name: Option<String>,
    work_group: Option<String>,
    query_statement: Option<String>,
    description: Option<String>,
}

impl Input {
    /// The key, name and work group; with the statement where one is wanted.
    fn check(
        &mut self,
        with_statement: bool,
        call: &Call<'_>,
        tx: &Tx<'_>,
    ) -> Result<Prepared, ServiceError> {
        let mut constraints = Constraints::new();
        let name = constraints.required("statementName", self.statement_name.take());
        constraints.pattern("statementName", Some(&name), NAME);
        let group = constraints.required("workGroup", self.work_group.take());
        let sql = match with_statement {
            true => constraints.required("queryStatement", self.query_statement.take()),
            false => String::new(),
        };
        if with_statement {
            constraints.length("queryStatement", Some(&sql), 1, 262_144);
        }
        constraints.length("description", self.description.as_deref(), 1, 1_024);
        constraints.check(error::INVALID_REQUEST)?;
        let group = workgroup::require(call, tx, Some(&group))?;
        Ok(Prepared {
            name,
            sql,
            work_group: group.name,
            description: self.description.take(),
            changed_ms: call.now_ms,
        })
    }
}

pub(super) fn create(
    mut input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let prepared = input.check(true, call, tx)?;
    let key = key(&prepared.work_group, &prepared.name);
    match tx.insert(&call.scope, PREPARED, &key, &prepared)? {
        true => Ok(json!({})),
        false => Err(error::invalid(format!(
            "PreparedStatement {} already exists",
            prepared.name
        ))),
    }
}

fn find(named: &Prepared, call: &Call<'_>, tx: &Tx<'_>) -> Result<Prepared, ServiceError> {
    tx.get(&call.scope, PREPARED, &key(&named.work_group, &named.name))?
        .ok_or_else(|| missing(&named.name))
}

pub(super) fn get(mut input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let named = input.check(false, call, tx)?;
    Ok(json!({"PreparedStatement": find(&named, call, tx)?.show()}))
}

pub(super) fn update(
    mut input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let prepared = input.check(true, call, tx)?;
    find(&prepared, call, tx)?;
    let key = key(&prepared.work_group, &prepared.name);
    tx.put(&call.scope, PREPARED, &key, &prepared)?;
    Ok(json!({}))
}

pub(super) fn delete(
    mut input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let named = input.check(false, call, tx)?;
    match tx.delete(&call.scope, PREPARED, &key(&named.work_group, &named.name))? {
        true => Ok(json!({})),
        false => Err(missing(&named.name)),
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    work_group: Option<String>,
    next_token: Option<String>,
    max_results: Option<i64>,
}

pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let group = constraints.required("workGroup", input.work_group);
    constraints.range("maxResults", input.max_results, 1, 50);
    constraints.check(error::INVALID_REQUEST)?;
    let group = workgroup::require(call, tx, Some(&group))?;
    let limit = input
        .max_results
        .and_then(|most| usize::try_from(most).ok());
    let (page, next): (Vec<Prepared>, _) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: PREPARED,
            prefix: &key(&group.name, ""),
        },
        input.next_token.as_deref(),
        limit.unwrap_or(PAGE),
        || error::invalid("The given token is not valid"),
        |_| true,
    )?;
    let shown: Vec<Value> = page
        .iter()
        .map(|prepared| {
            json!({
                "StatementName": prepared.name,
                "LastModifiedTime": epoch_seconds(prepared.changed_ms),
            })
        })
        .collect();
    Ok(json!({"PreparedStatements": shown, "NextToken": next}))
}

/// `EXECUTE name` or `EXECUTE name USING 1, 'x'`: the prepared statement and the values that it names.
/// None for any other statement.
///
/// # Errors
/// `InvalidRequestException` if there is no such statement, or the values cannot be read.
pub(super) fn execute(
    sql: &str,
    work_group: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Option<(String, Vec<String>)>, ServiceError> {
    let Some(Execute { name, values }) = Execute::read(sql) else {
        return Ok(None);
    };
    let prepared: Option<Prepared> = tx.get(&call.scope, PREPARED, &key(work_group, name))?;
    let prepared = prepared
        .ok_or_else(|| error::invalid(format!("PreparedStatement {name} was not found.")))?;
    Ok(Some((prepared.sql, values)))
}

#[derive(Debug, PartialEq, Eq)]
struct Execute<'a> {
    name: &'a str,
    values: Vec<String>,
}

impl<'a> Execute<'a> {
    fn read(sql: &'a str) -> Option<Self> {
        let sql = sql.trim().trim_end_matches(';').trim_end();
        let (word, rest) = sql.split_once(char::is_whitespace)?;
        if !word.eq_ignore_ascii_case("execute") {
            return None;
        }
        let rest = rest.trim_start();
        let Some((name, rest)) = rest.split_once(char::is_whitespace) else {
            return Some(Self {
                name: rest,
                values: Vec::new(),
            });
        };
        let (word, values) = rest.trim_start().split_once(char::is_whitespace)?;
        word.eq_ignore_ascii_case("using").then(|| Self {
            name,
            values: split(values),
        })
    }
}

/// The values between commas that stand in no text.
fn split(values: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut in_text = false;
    for letter in values.chars() {
        in_text ^= letter == '\'';
        match parts.last_mut() {
            Some(part) if letter != ',' || in_text => part.push(letter),
            _ => parts.push(String::new()),
        }
    }
    parts.iter().map(|part| part.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::Execute;

    #[test]
    fn execute_names_a_statement_and_values() {
        let read = |sql| {
            let Execute { name, values } = Execute::read(sql)?;
            Some(format!("{name}({})", values.join("; ")))
        };
        for (sql, expected) in [
            ("EXECUTE one", Some("one()")),
            ("execute one;", Some("one()")),
            (
                "EXECUTE one USING 1, 'a, b', -2.5",
                Some("one(1; 'a, b'; -2.5)"),
            ),
            ("EXECUTE one WITH 1", None),
            ("SELECT 1", None),
            ("EXECUTE", None),
        ] {
            assert_eq!(read(sql).as_deref(), expected, "{sql}");
        }
    }
}
