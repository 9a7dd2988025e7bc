//! A query, stored and shown.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::engine::Failure;
use super::error;
use crate::error::ServiceError;
use crate::protocol::timestamp::epoch_seconds;
use crate::request::Call;
use crate::store::Tx;

pub(super) const QUERIES: &str = "athena.queries";
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
}

impl Query {
    pub(super) fn state(&self) -> &'static str {
        match self.failure {
            None => "SUCCEEDED",
            Some(_) => "FAILED",
        }
    }

    /// As `GetQueryExecution` shows it.
    pub(super) fn describe(&self) -> Value {
        let at = epoch_seconds(self.submitted_ms);
        let mut status = json!({
            "State": self.state(),
            "SubmissionDateTime": at,
            "CompletionDateTime": at,
        });
        if let Some(failure) = &self.failure {
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
                "EngineExecutionTimeInMillis": 0,
                "DataScannedInBytes": self.scanned,
                "TotalExecutionTimeInMillis": 0,
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

/// The caller's query of this id.
///
/// # Errors
/// `InvalidRequestException` if there is none.
pub(super) fn require(call: &Call<'_>, tx: &Tx<'_>, id: &str) -> Result<Query, ServiceError> {
    tx.get(&call.scope, QUERIES, id)?
        .ok_or_else(|| error::invalid(format!("QueryExecution {id} was not found")))
}
