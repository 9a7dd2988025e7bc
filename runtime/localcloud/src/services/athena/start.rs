//! `StartQueryExecution`.

use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::query::{self, OF_GROUPS, QUERIES, Query, RESULTS};
use super::{engine, error, workgroup};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

const TOKENS: &str = "athena.tokens";
const LARGEST_STATEMENT: usize = 262_144;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Input {
    query_string: Option<String>,
    client_request_token: Option<String>,
    query_execution_context: Option<Context>,
    result_configuration: Option<ResultConfiguration>,
    work_group: Option<String>,
    execution_parameters: Option<Vec<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Context {
    database: Option<String>,
    catalog: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ResultConfiguration {
    pub(super) output_location: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Output {
    query_execution_id: String,
}

/// What a client token stands for.
#[derive(Debug, Serialize, Deserialize)]
struct Known {
    id: String,
    digest: String,
}

pub(super) fn start(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Output, ServiceError> {
    let mut constraints = Constraints::new();
    let sql = constraints.required("queryString", input.query_string);
    constraints.length("queryString", Some(&sql), 1, LARGEST_STATEMENT);
    let token = input.client_request_token.as_deref();
    constraints.length("clientRequestToken", token, 32, 128);
    let parameters = input.execution_parameters.as_deref();
    constraints.count("executionParameters", parameters, 1, usize::MAX);
    constraints.check(error::INVALID_REQUEST)?;

    let digest = hex::encode(Sha256::digest(call.body));
    if let Some(token) = token
        && let Some(known) = tx.get::<Known>(&call.scope, TOKENS, token)?
    {
        return match known.digest == digest {
            true => Ok(Output {
                query_execution_id: known.id,
            }),
            false => Err(error::invalid("Idempotent parameters do not match")),
        };
    }
    let group = workgroup::require(call, tx, input.work_group.as_deref())?;
    let wanted = input
        .result_configuration
        .and_then(|configuration| configuration.output_location)
        .or(group.output);
    let folder = wanted
        .map(|location| output_folder(&location))
        .transpose()?;
    let sql = engine::with_parameters(&sql, parameters.unwrap_or_default())
        .map_err(|failure| error::invalid(failure.message))?;
    let parsed =
        engine::parse(&sql, call.now_ms).map_err(|failure| error::malformed(failure.message))?;
    let context = input.query_execution_context.unwrap_or_default();

    let id = call.cloud.uuid();
    let asker = engine::Asker {
        tx,
        scope: &call.scope,
        principal: call
            .principal
            .session
            .as_ref()
            .map_or(call.principal.arn.as_str(), |session| &session.role_arn),
        database: context.database.as_deref().unwrap_or("default"),
        now_ms: call.now_ms,
    };
    let answer = parsed.run(&asker)?;
    let mut query = Query {
        output: folder
            .as_ref()
            .map(|(bucket, prefix)| format!("s3://{bucket}/{prefix}{id}.csv")),
        kind: parsed.kind().to_owned(),
        id,
        sql,
        work_group: group.name,
        database: context.database,
        catalog: context.catalog,
        submitted_ms: call.now_ms,
        scanned: 0,
        failure: None,
        ends_ms: call.now_ms + call.cloud.query_delay_ms.load(Ordering::Relaxed),
        cancelled: false,
        settled: false,
    };
    match answer {
        Ok(answer) => {
            query.scanned = answer.scanned;
            tx.put_blob(
                &call.scope,
                RESULTS,
                &query.id,
                &serde_json::to_vec(&answer)
                    .map_err(|error| ServiceError::internal(error.to_string()))?,
            )?;
        }
        Err(failure) => query.failure = Some(failure),
    }
    if query.is_over(call.now_ms) {
        query::settle(call, tx, &mut query)?;
    }
    tx.put(&call.scope, QUERIES, &query.id, &query)?;
    tx.put(&call.scope, OF_GROUPS, &query.place(), &query.id)?;
    if let Some(token) = token {
        let id = query.id.clone();
        tx.put(&call.scope, TOKENS, token, &Known { id, digest })?;
    }
    Ok(Output {
        query_execution_id: query.id,
    })
}

/// Bucket, and prefix that is empty or ends with `/`.
fn output_folder(location: &str) -> Result<(String, String), ServiceError> {
    let wrong = || {
        error::invalid(format!(
            "outputLocation is not a valid S3 path: {location} (it looks like s3://bucket/folder/)"
        ))
    };
    let rest = location.strip_prefix("s3://").ok_or_else(wrong)?;
    let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    if bucket.is_empty() {
        return Err(wrong());
    }
    let prefix = match prefix {
        "" => String::new(),
        prefix => format!("{}/", prefix.trim_end_matches('/')),
    };
    Ok((bucket.to_owned(), prefix))
}
