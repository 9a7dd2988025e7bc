//! Queries that are kept under a name: `CreateNamedQuery`, `GetNamedQuery`, `BatchGetNamedQuery`,
//! `ListNamedQueries`, `UpdateNamedQuery`, `DeleteNamedQuery`.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{error, workgroup};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::paging::{self, Listing};
use crate::store::Tx;

const NAMED: &str = "athena.named-queries";
/// The ids of a work group's.
const OF_GROUPS: &str = "athena.named-queries-of-groups";
const TOKENS: &str = "athena.named-query-tokens";
const MOST_AT_ONCE: usize = 50;

/// Stored and shown alike.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct NamedQuery {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    database: String,
    query_string: String,
    named_query_id: String,
    work_group: String,
}

impl NamedQuery {
    fn place(&self) -> String {
        format!("{}\n{}", self.work_group, self.named_query_id)
    }
}

fn require(call: &Call<'_>, tx: &Tx<'_>, id: &str) -> Result<NamedQuery, ServiceError> {
    tx.get(&call.scope, NAMED, id)?
        .ok_or_else(|| error::invalid(format!("NamedQuery {id} was not found")))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    name: Option<String>,
    description: Option<String>,
    database: Option<String>,
    query_string: Option<String>,
    client_request_token: Option<String>,
    work_group: Option<String>,
}

/// What a client token stands for.
#[derive(Debug, Serialize, Deserialize)]
struct Known {
    id: String,
    digest: String,
}

pub(super) fn create(
    input: CreateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let name = constraints.required("name", input.name);
    constraints.length("name", Some(&name), 1, 128);
    constraints.length("description", input.description.as_deref(), 0, 1_024);
    let database = constraints.required("database", input.database);
    constraints.length("database", Some(&database), 1, 255);
    let query_string = constraints.required("queryString", input.query_string);
    constraints.length("queryString", Some(&query_string), 1, 262_144);
    let token = input.client_request_token.as_deref();
    constraints.length("clientRequestToken", token, 32, 128);
    constraints.check(error::INVALID_REQUEST)?;
    let digest = hex::encode(Sha256::digest(call.body));
    if let Some(token) = token
        && let Some(known) = tx.get::<Known>(&call.scope, TOKENS, token)?
    {
        return match known.digest == digest {
            true => Ok(json!({"NamedQueryId": known.id})),
            false => Err(error::invalid("Idempotent parameters do not match")),
        };
    }
    let group = workgroup::require(call, tx, input.work_group.as_deref())?;
    let named = NamedQuery {
        name,
        description: input.description,
        database,
        query_string,
        named_query_id: call.cloud.uuid(),
        work_group: group.name,
    };
    let id = named.named_query_id.clone();
    tx.put(&call.scope, NAMED, &id, &named)?;
    tx.put(&call.scope, OF_GROUPS, &named.place(), &id)?;
    if let Some(token) = token {
        let id = id.clone();
        tx.put(&call.scope, TOKENS, token, &Known { id, digest })?;
    }
    Ok(json!({"NamedQueryId": id}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Id {
    named_query_id: Option<String>,
}

impl Id {
    fn check(self) -> Result<String, ServiceError> {
        let mut constraints = Constraints::new();
        let id = constraints.required("namedQueryId", self.named_query_id);
        constraints.length("namedQueryId", Some(&id), 1, 128);
        constraints.check(error::INVALID_REQUEST)?;
        Ok(id)
    }
}

pub(super) fn get(input: Id, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    Ok(json!({"NamedQuery": require(call, tx, &input.check()?)?}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Ids {
    named_query_ids: Option<Vec<String>>,
}

pub(super) fn batch_get(input: Ids, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let ids = constraints.required("namedQueryIds", input.named_query_ids);
    constraints.count("namedQueryIds", Some(&ids), 1, MOST_AT_ONCE);
    constraints.check(error::INVALID_REQUEST)?;
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    for id in ids {
        match tx.get::<NamedQuery>(&call.scope, NAMED, &id)? {
            Some(named) => found.push(named),
            None => missing.push(json!({
                "NamedQueryId": id,
                "ErrorCode": "INVALID_NAMED_QUERY_ID",
                "ErrorMessage": format!("NamedQuery {id} was not found"),
            })),
        }
    }
    Ok(json!({"NamedQueries": found, "UnprocessedNamedQueryIds": missing}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ListInput {
    next_token: Option<String>,
    max_results: Option<i64>,
    work_group: Option<String>,
}

pub(super) fn list(input: ListInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    constraints.range("maxResults", input.max_results, 0, 50);
    constraints.check(error::INVALID_REQUEST)?;
    let group = workgroup::require(call, tx, input.work_group.as_deref())?;
    let wanted = input.max_results.filter(|most| *most > 0);
    let limit = wanted.and_then(|most| usize::try_from(most).ok());
    let (ids, next): (Vec<String>, _) = paging::page(
        tx,
        Listing {
            scope: &call.scope,
            collection: OF_GROUPS,
            prefix: &format!("{}\n", group.name),
        },
        input.next_token.as_deref(),
        limit.unwrap_or(MOST_AT_ONCE),
        || error::invalid("The given token is not valid"),
        |_| true,
    )?;
    Ok(json!({"NamedQueryIds": ids, "NextToken": next}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct UpdateInput {
    named_query_id: Option<String>,
    name: Option<String>,
    description: Option<String>,
    query_string: Option<String>,
}

pub(super) fn update(
    input: UpdateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut constraints = Constraints::new();
    let id = constraints.required("namedQueryId", input.named_query_id);
    let name = constraints.required("name", input.name);
    constraints.length("name", Some(&name), 1, 128);
    constraints.length("description", input.description.as_deref(), 0, 1_024);
    let query_string = constraints.required("queryString", input.query_string);
    constraints.length("queryString", Some(&query_string), 1, 262_144);
    constraints.check(error::INVALID_REQUEST)?;
    let known = require(call, tx, &id)?;
    let named = NamedQuery {
        name,
        description: input.description.or(known.description),
        query_string,
        ..known
    };
    tx.put(&call.scope, NAMED, &id, &named)?;
    Ok(json!({}))
}

pub(super) fn delete(input: Id, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let named = require(call, tx, &input.check()?)?;
    tx.delete(&call.scope, NAMED, &named.named_query_id)?;
    tx.delete(&call.scope, OF_GROUPS, &named.place())?;
    Ok(json!({}))
}
