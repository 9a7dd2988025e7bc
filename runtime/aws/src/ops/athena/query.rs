//! Queries: they are started, and then looked at until they end.

use aws_sdk_athena::types::{
    self, QueryExecutionContext, QueryExecutionState, ResultConfiguration,
};

use super::Athena;
use crate::classify::{Failure, refused};
use crate::error::{AwsError, ErrorClass};
use crate::ops::millis;
use crate::token::Token;

/// What `StartQueryExecution` takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartQuery {
    /// The statement, at most 256 KB.
    pub sql: String,
    /// The catalogue; `AwsDataCatalog` when unset.
    pub catalog: Option<String>,
    /// The database of tables that are named without one.
    pub database: Option<String>,
    /// Where the result goes: `s3://bucket/prefix/`; the work group's place when unset.
    pub output_location: Option<String>,
    /// `primary` when unset.
    pub work_group: Option<String>,
    /// Values for the statement's `?`, as SQL literals.
    pub parameters: Vec<String>,
    /// Makes a repeat answer with the same query. The same token with another statement is refused.
    pub token: Token,
}

/// Where a query is in its life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryState {
    /// It waits.
    Queued,
    /// It runs.
    Running,
    /// It ended; the result can be read.
    Succeeded,
    /// It ended with an error.
    Failed,
    /// It was stopped.
    Cancelled,
    /// One that this crate does not know, by AWS's name.
    Other(String),
}

impl QueryState {
    /// Whether it will not change any more.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Cancelled)
    }
}

/// Why a query failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryFailure {
    /// 1 for Athena's own faults, 2 for the user's, 3 for others.
    pub category: Option<i32>,
    /// A number from Athena's error reference.
    pub kind: Option<i32>,
    /// Whether the same statement may succeed when it is run again.
    pub retryable: bool,
    /// For a person; a refusal names what is missing.
    pub message: String,
}

/// A query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// The id.
    pub id: String,
    /// The statement.
    pub sql: String,
    /// Where it is in its life.
    pub state: QueryState,
    /// Why it is so, for a person.
    pub reason: Option<String>,
    /// Why it failed, if Athena told it apart.
    pub failure: Option<QueryFailure>,
    /// The file that holds the result.
    pub output_location: Option<String>,
    /// How much was read.
    pub scanned_bytes: Option<i64>,
    /// Milliseconds since the Unix epoch.
    pub submitted_at_ms: Option<i64>,
    /// Milliseconds since the Unix epoch.
    pub completed_at_ms: Option<i64>,
}

impl Athena<'_> {
    /// `StartQueryExecution`. Returns the query's id.
    pub async fn start_query(&self, input: StartQuery) -> Result<String, AwsError> {
        self.0
            .call("StartQueryExecution", |athena| async move {
                let context = QueryExecutionContext::builder()
                    .set_catalog(input.catalog)
                    .set_database(input.database)
                    .build();
                let result = input.output_location.map(|location| {
                    ResultConfiguration::builder()
                        .output_location(location)
                        .build()
                });
                // AWS refuses an empty list of parameters: its minimum is 1.
                let parameters = (!input.parameters.is_empty()).then_some(input.parameters);
                let out = athena
                    .start_query_execution()
                    .query_string(input.sql)
                    .query_execution_context(context)
                    .set_result_configuration(result)
                    .set_work_group(input.work_group)
                    .set_execution_parameters(parameters)
                    .client_request_token(input.token.as_str())
                    .send()
                    .await?;
                out.query_execution_id.ok_or_else(absent)
            })
            .await
    }

    /// `GetQueryExecution`.
    pub async fn get_query(&self, id: &str) -> Result<Query, AwsError> {
        self.0
            .call("GetQueryExecution", |athena| async move {
                let out = athena
                    .get_query_execution()
                    .query_execution_id(id)
                    .send()
                    .await?;
                out.query_execution.map(query).ok_or_else(absent)
            })
            .await
    }

    /// `StopQueryExecution`. A repeat is harmless.
    pub async fn stop_query(&self, id: &str) -> Result<(), AwsError> {
        self.0
            .call("StopQueryExecution", |athena| async move {
                athena
                    .stop_query_execution()
                    .query_execution_id(id)
                    .send()
                    .await?;
                Ok(())
            })
            .await
    }
}

fn query(query: types::QueryExecution) -> Query {
    let status = query
        .status
        .unwrap_or_else(|| types::QueryExecutionStatus::builder().build());
    Query {
        id: query.query_execution_id.unwrap_or_default(),
        sql: query.query.unwrap_or_default(),
        state: match status.state {
            Some(QueryExecutionState::Queued) => QueryState::Queued,
            Some(QueryExecutionState::Running) => QueryState::Running,
            Some(QueryExecutionState::Succeeded) => QueryState::Succeeded,
            Some(QueryExecutionState::Failed) => QueryState::Failed,
            Some(QueryExecutionState::Cancelled) => QueryState::Cancelled,
            other => {
                QueryState::Other(other.map_or_else(String::new, |state| state.as_str().to_owned()))
            }
        },
        reason: status.state_change_reason,
        failure: status.athena_error.map(|error| QueryFailure {
            category: error.error_category,
            kind: error.error_type,
            retryable: error.retryable,
            message: error.error_message.unwrap_or_default(),
        }),
        output_location: query
            .result_configuration
            .and_then(|result| result.output_location),
        scanned_bytes: query
            .statistics
            .and_then(|statistics| statistics.data_scanned_in_bytes),
        submitted_at_ms: millis(status.submission_date_time),
        completed_at_ms: millis(status.completion_date_time),
    }
}

/// The model allows a successful answer without its content.
fn absent() -> Failure {
    Failure::new(
        "InvalidRequestException",
        "the answer was empty",
        refused(ErrorClass::NotFound),
    )
}
