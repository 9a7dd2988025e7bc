//! A query, stored and shown.
//!
//! What it sees is read when it is started. It is over after the cloud's query delay; the first request
//! that looks at it from then on writes its file. A killed cloud does that when it is asked again.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::engine::Failure;
use super::{error, results};
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::services::s3::files;
use crate::store::Tx;

pub(super) const QUERIES: &str = "athena.queries";
/// The ids of a work group's queries, the latest first.
pub(super) const OF_GROUPS: &str = "athena.queries-of-groups";
pub(super) const RESULTS: &str = "athena.results";

/// A query that was run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Query {
    pub(super) id: String,
    pub(super) sql: String,
    pub(super) work_group: String,
    pub(super) database: Option<String>,
    pub(super) catalog: Option<String>,
    /// The file of the results; none where nothing said where to put it.
    pub(super) output: Option<String>,
    pub(super) submitted_ms: i64,
    /// Bytes of the files that were read.
    pub(super) scanned: usize,
    /// `DML` for a SELECT, `UTILITY` for SHOW and DESCRIBE.
    pub(super) kind: String,
    /// Why it failed; none if it succeeded.
    pub(super) failure: Option<Failure>,
    /// When it is over.
    pub(super) ends_ms: i64,
    /// Whether it was stopped before.
    pub(super) cancelled: bool,
    /// Whether it is over, and its file is written.
    pub(super) settled: bool,
}

impl Query {
    /// Where it stands among its work group's.
    pub(super) fn place(&self) -> String {
        let before = i64::MAX - self.submitted_ms.max(0);
        format!("{}\n{before:020}\n{}", self.work_group, self.id)
    }

    pub(super) fn state(&self, now_ms: i64) -> &'static str {
        match &self.failure {
            _ if self.cancelled => "CANCELLED",
            _ if now_ms < self.ends_ms && now_ms <= self.submitted_ms => "QUEUED",
            _ if now_ms < self.ends_ms => "RUNNING",
            None => "SUCCEEDED",
            Some(_) => "FAILED",
        }
    }

    pub(super) fn is_over(&self, now_ms: i64) -> bool {
        self.cancelled || now_ms >= self.ends_ms
    }

    /// As `GetQueryExecution` shows it.
    pub(super) fn describe(&self, now_ms: i64) -> Value {
        let is_over = self.is_over(now_ms);
        let took_ms = if is_over {
            self.ends_ms - self.submitted_ms
        } else {
            0
        };
        let mut status = json!({
            "State": self.state(now_ms),
            "SubmissionDateTime": epoch_seconds(self.submitted_ms),
            "CompletionDateTime": is_over.then(|| epoch_seconds(self.ends_ms)),
        });
        if let Some(failure) = self.failure.as_ref().filter(|_| is_over && !self.cancelled) {
            status["StateChangeReason"] = json!(failure.message);
            status["AthenaError"] = json!({
                "ErrorCategory": failure.category,
                "ErrorType": failure.kind,
                "Retryable": false,
                "ErrorMessage": failure.message,
            });
        }
        json!({
            "QueryExecutionId": self.id,
            "Query": self.sql,
            "StatementType": self.kind,
            "ResultConfiguration": match &self.output {
                Some(output) => json!({ "OutputLocation": output }),
                None => json!({}),
            },
            "QueryExecutionContext": {
                "Database": self.database,
                "Catalog": self.catalog,
            },
            "Status": status,
            "Statistics": {
                "EngineExecutionTimeInMillis": took_ms,
                "DataScannedInBytes": if is_over { self.scanned } else { 0 },
                "TotalExecutionTimeInMillis": took_ms,
                "QueryQueueTimeInMillis": 0,
                "ServiceProcessingTimeInMillis": 0,
            },
            "WorkGroup": self.work_group,
            "EngineVersion": {
                "SelectedEngineVersion": "AUTO",
                "EffectiveEngineVersion": "Athena engine version 3",
            },
            "SubstatementType": if self.kind == "DML" { "SELECT" } else { "SHOW" },
        })
    }
}

/// The caller's query of this id, as it is now.
///
/// # Errors
/// `InvalidRequestException` if there is none.
pub(super) fn require(call: &Call<'_>, tx: &Tx<'_>, id: &str) -> Result<Query, ServiceError> {
    find(call, tx, id)?.ok_or_else(|| error::invalid(format!("QueryExecution {id} was not found")))
}

pub(super) fn find(call: &Call<'_>, tx: &Tx<'_>, id: &str) -> Result<Option<Query>, ServiceError> {
    let Some(mut query) = tx.get::<Query>(&call.scope, QUERIES, id)? else {
        return Ok(None);
    };
    if !query.settled && query.is_over(call.now_ms) {
        settle(call, tx, &mut query)?;
        tx.put(&call.scope, QUERIES, id, &query)?;
    }
    Ok(Some(query))
}

/// Ends a query that is over: writes the file of its results. One that cannot be written fails the query.
pub(super) fn settle(call: &Call<'_>, tx: &Tx<'_>, query: &mut Query) -> Result<(), ServiceError> {
    query.settled = true;
    let path = query
        .output
        .as_deref()
        .and_then(|output| output.strip_prefix("s3://"));
    let (Some((bucket, key)), None, false) = (
        path.and_then(|path| path.split_once('/')),
        &query.failure,
        query.cancelled,
    ) else {
        return Ok(());
    };
    let file = results::csv(&results::answer(call, tx, &query.id)?);
    match files::put(call, tx, bucket, key, "text/csv", file) {
        Err(error) if error.status >= 500 => Err(error),
        Err(error) => {
            query.failure = Some(Failure::output(bucket, &error.message));
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}
