//! Change sets: what an operation would do, kept until it is done or dropped.

mod create;
mod describe;
mod execute;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub(super) use create::{create, step};
pub(super) use describe::{describe, list};
pub(super) use execute::{delete, execute, make_obsolete, settle_executed};

use super::error::validation;
use super::stack::{self, Definition, STACKS, Stack};
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::request::Call;
use crate::store::Tx;

const CHANGE_SETS: &str = "cloudformation.change-sets";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Create,
    Update,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct ChangeSet {
    key: String,
    id: String,
    name: String,
    stack_key: String,
    kind: Kind,
    description: Option<String>,
    status: String,
    reason: Option<String>,
    execution_status: String,
    created_ms: i64,
    definition: Definition,
    on_failure: Option<String>,
    changes: Vec<Value>,
}

impl ChangeSet {
    fn save(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<(), ServiceError> {
        tx.put(&call.scope, CHANGE_SETS, &self.key, self)
    }
}

fn of_stack(stack: &Stack, call: &Call<'_>, tx: &Tx<'_>) -> Result<Vec<ChangeSet>, ServiceError> {
    let all: Vec<(String, ChangeSet)> = tx.scan(&call.scope, CHANGE_SETS, "", None, usize::MAX)?;
    let own = all.into_iter().map(|(_, change_set)| change_set);
    Ok(own
        .filter(|change_set| change_set.stack_key == stack.key)
        .collect())
}

/// From which an update can start.
pub(super) const UPDATABLE: [&str; 8] = [
    "CREATE_COMPLETE",
    "CREATE_FAILED",
    "UPDATE_COMPLETE",
    "UPDATE_FAILED",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
    "IMPORT_ROLLBACK_FAILED",
];

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneChangeSet {
    #[serde(default)]
    change_set_name: String,
    stack_name: Option<String>,
    next_token: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    include_property_values: Option<bool>,
    client_request_token: Option<String>,
    #[serde(default, deserialize_with = "rest_json::from_text")]
    disable_rollback: Option<bool>,
}

/// By ARN, or by name within a stack.
fn find(
    input: &OneChangeSet,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Option<(Stack, ChangeSet)>, ServiceError> {
    let name = input.change_set_name.as_str();
    let found = if name.starts_with("arn:") {
        let key = name.rsplit('/').next().unwrap_or_default();
        tx.get(&call.scope, CHANGE_SETS, key)?
            .filter(|found: &ChangeSet| found.id == name)
    } else {
        let Some(stack_name) = &input.stack_name else {
            return Err(validation(
                "StackName must be specified if ChangeSetName is not specified as an ARN.",
            ));
        };
        let stack = stack::require(call, tx, Some(stack_name))?;
        of_stack(&stack, call, tx)?
            .into_iter()
            .find(|found| found.name == name)
    };
    let Some(change_set) = found else {
        return Ok(None);
    };
    let stack = tx.get(&call.scope, STACKS, &change_set.stack_key)?;
    Ok(stack.map(|stack| (stack, change_set)))
}

fn require(
    input: &OneChangeSet,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(Stack, ChangeSet), ServiceError> {
    find(input, call, tx)?.ok_or_else(|| {
        ServiceError::new(
            404,
            "ChangeSetNotFound",
            format!("ChangeSet [{}] does not exist", input.change_set_name),
        )
    })
}

/// The template of a change set.
pub(super) fn template_of(
    name: &str,
    stack_name: Option<&str>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<String, ServiceError> {
    let input = OneChangeSet {
        change_set_name: name.to_owned(),
        stack_name: stack_name.map(str::to_owned),
        next_token: None,
        include_property_values: None,
        client_request_token: None,
        disable_rollback: None,
    };
    require(&input, call, tx).map(|(_, change_set)| change_set.definition.template)
}
