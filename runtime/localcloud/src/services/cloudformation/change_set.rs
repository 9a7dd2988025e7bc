//! Change sets: what an operation would do, kept until it is done or dropped.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::begin::{begin_create, begin_update};
use super::error::validation;
use super::idempotency::once;
use super::request::{Wish, shown_parameters, shown_tags};
use super::stack::{self, Definition, OnFailure, STACKS, Stack};
use super::template::Template;
use super::work::{self, Subject};
use super::{changes, error};
use crate::error::ServiceError;
use crate::inside::Inside;
use crate::protocol::rest_json;
use crate::protocol::timestamp::iso8601;
use crate::request::Call;
use crate::services::paging;
use crate::store::Tx;

const CHANGE_SETS: &str = "cloudformation.change-sets";
const PAGE: usize = 50;

/// What a change set that changes nothing says.
const NO_CHANGES: &str = "The submitted information didn't contain changes. Submit different \
                          information to create a change set.";

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

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct CreateInput {
    stack_name: Option<String>,
    #[serde(default)]
    change_set_name: String,
    change_set_type: Option<String>,
    description: Option<String>,
    client_token: Option<String>,
    on_stack_failure: Option<String>,
    #[serde(flatten)]
    wish: Wish,
}

/// `CreateChangeSet`. A new stack is in review from now on.
pub(super) fn create(
    input: CreateInput,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let token = input.client_token.clone();
    once(call, tx, token.as_deref(), || create_once(input, call, tx))
}

fn create_once(input: CreateInput, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    stack::check_name("changeSetName", &input.change_set_name)?;
    let name = input.stack_name.as_deref().unwrap_or_default();
    OnFailure::of(input.on_stack_failure.as_deref(), false)?;
    let kind = match input.change_set_type.as_deref() {
        None | Some("UPDATE") => Kind::Update,
        Some("CREATE") => Kind::Create,
        Some(other) => {
            return Err(validation(format!(
                "The embedded AWS does not have change sets of the type {other}."
            )));
        }
    };
    let known = stack::find(call, tx, name)?.filter(|stack| !stack.is_deleted());
    let inside = Inside { call, tx };
    let (stack, definition, template) = match (kind, known) {
        (Kind::Create, Some(stack)) if !stack.is_in_review() => {
            return Err(validation(format!(
                "Stack [{name}] already exists and cannot be created again with the changeSet [{}].",
                input.change_set_name
            )));
        }
        (Kind::Create, Some(stack)) => {
            let (definition, template) = input.wish.definition(None, call, tx)?;
            (stack, definition, template)
        }
        (Kind::Create, None) => {
            stack::check_name("stackName", name)?;
            let (definition, template) = input.wish.definition(None, call, tx)?;
            let mut stack = Stack::new(name, Definition::default(), call);
            let reason = Some("User Initiated".to_owned());
            stack.turn("REVIEW_IN_PROGRESS", reason, None, &inside)?;
            (stack, definition, template)
        }
        (Kind::Update, Some(stack)) => {
            stack.check_status(&UPDATABLE, "be updated")?;
            let (definition, template) = input.wish.definition(Some(&stack), call, tx)?;
            (stack, definition, template)
        }
        (Kind::Update, None) => return Err(error::no_stack(name)),
    };
    let taken = of_stack(&stack, call, tx)?;
    if taken
        .iter()
        .any(|change_set| change_set.name == input.change_set_name)
    {
        return Err(ServiceError::bad_request(
            "AlreadyExistsException",
            format!("ChangeSet {} already exists", input.change_set_name),
        ));
    }
    changes::between(&stack, &definition, &template, &inside)?;
    stack.save(&call.scope, tx)?;
    let key = call.cloud.uuid();
    let change_set = ChangeSet {
        id: format!(
            "arn:aws:cloudformation:{}:{}:changeSet/{}/{key}",
            call.scope.region, call.scope.account, input.change_set_name
        ),
        name: input.change_set_name,
        stack_key: stack.key.clone(),
        kind,
        description: input.description,
        status: "CREATE_PENDING".to_owned(),
        reason: None,
        execution_status: "UNAVAILABLE".to_owned(),
        created_ms: call.now_ms,
        definition,
        on_failure: input.on_stack_failure,
        changes: Vec::new(),
        key,
    };
    change_set.save(call, tx)?;
    work::start(Subject::ChangeSet, &change_set.key, call, tx)?;
    Ok(json!({"Id": change_set.id, "StackId": stack.id}))
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

/// One step of a change set in the making; `false` when it is made.
pub(super) fn step(key: &str, inside: &Inside<'_>) -> Result<bool, ServiceError> {
    let Inside { call, tx } = *inside;
    let Some(mut change_set) = tx.get::<ChangeSet>(&call.scope, CHANGE_SETS, key)? else {
        return Ok(false);
    };
    if change_set.status == "CREATE_PENDING" {
        change_set.status = "CREATE_IN_PROGRESS".to_owned();
        change_set.save(call, tx)?;
        return Ok(true);
    }
    let Some(stack) = tx.get::<Stack>(&call.scope, STACKS, &change_set.stack_key)? else {
        return Ok(false);
    };
    let found = Template::parse(&change_set.definition.template)
        .and_then(|template| changes::between(&stack, &change_set.definition, &template, inside));
    let failure = match found {
        Ok(found) => {
            change_set.changes = found.resources;
            (!found.any).then(|| NO_CHANGES.to_owned())
        }
        Err(error) if error.status < 500 => Some(error.message),
        Err(error) => return Err(error),
    };
    (change_set.status, change_set.execution_status) = if failure.is_some() {
        ("FAILED".to_owned(), "UNAVAILABLE".to_owned())
    } else {
        ("CREATE_COMPLETE".to_owned(), "AVAILABLE".to_owned())
    };
    change_set.reason = failure;
    change_set.save(call, tx)?;
    Ok(false)
}

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

/// `DescribeChangeSet`.
pub(super) fn describe(
    input: OneChangeSet,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let (stack, change_set) = require(&input, call, tx)?;
    let with_values = input.include_property_values == Some(true);
    let mut resources = change_set.changes.clone();
    if !with_values {
        for resource in &mut resources {
            hide_values(resource);
        }
    }
    let (page, next) = paging::slice(
        &change_set.key,
        resources,
        input.next_token.as_deref(),
        PAGE,
        error::bad_token,
    )?;
    let changes: Vec<Value> = page
        .into_iter()
        .map(|change| json!({"Type": "Resource", "ResourceChange": change}))
        .collect();
    Ok(json!({
        "ChangeSetName": change_set.name,
        "ChangeSetId": change_set.id,
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": change_set.description,
        "Parameters": shown_parameters(&change_set.definition),
        "CreationTime": iso8601(change_set.created_ms),
        "ExecutionStatus": change_set.execution_status,
        "Status": change_set.status,
        "StatusReason": change_set.reason,
        "NotificationARNs": change_set.definition.notification_arns,
        "Capabilities": change_set.definition.capabilities,
        "Tags": shown_tags(&change_set.definition),
        "Changes": changes,
        "NextToken": next,
        "IncludeNestedStacks": false,
        "OnStackFailure": change_set.on_failure,
    }))
}

fn hide_values(resource: &mut Value) {
    let Some(members) = resource.as_object_mut() else {
        return;
    };
    members.remove("BeforeContext");
    members.remove("AfterContext");
    for detail in members
        .get_mut("Details")
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
    {
        if let Some(target) = detail["Target"].as_object_mut() {
            target.remove("BeforeValue");
            target.remove("AfterValue");
        }
    }
}

/// `ListChangeSets`.
pub(super) fn list(
    input: super::describe::OneStack,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let stack = stack::require(call, tx, input.stack_name.as_deref())?;
    let mut change_sets = of_stack(&stack, call, tx)?;
    change_sets.sort_by(|left, right| left.name.cmp(&right.name));
    let summaries: Vec<Value> = change_sets
        .iter()
        .map(|change_set| {
            json!({
                "StackId": stack.id,
                "StackName": stack.name,
                "ChangeSetId": change_set.id,
                "ChangeSetName": change_set.name,
                "ExecutionStatus": change_set.execution_status,
                "Status": change_set.status,
                "StatusReason": change_set.reason,
                "CreationTime": iso8601(change_set.created_ms),
                "Description": change_set.description,
                "IncludeNestedStacks": false,
            })
        })
        .collect();
    let (page, next) = paging::slice(
        &stack.key,
        summaries,
        input.next_token.as_deref(),
        100,
        error::bad_token,
    )?;
    Ok(json!({"Summaries": page, "NextToken": next}))
}

/// `ExecuteChangeSet`. The stack's other change sets are obsolete then.
pub(super) fn execute(
    input: OneChangeSet,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let token = input.client_request_token.clone();
    once(call, tx, token.as_deref(), || {
        execute_once(&input, call, tx)
    })
}

fn execute_once(input: &OneChangeSet, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let (mut stack, mut change_set) = require(input, call, tx)?;
    if change_set.execution_status != "AVAILABLE" {
        return Err(ServiceError::bad_request(
            "InvalidChangeSetStatus",
            format!(
                "ChangeSet [{}] cannot be executed in its current execution status of [{}]",
                change_set.id, change_set.execution_status
            ),
        ));
    }
    let on_failure = match change_set.on_failure.as_deref() {
        Some(_) if input.disable_rollback == Some(true) => {
            return Err(validation(
                "You cannot specify DisableRollback when the change set has OnStackFailure.",
            ));
        }
        name => OnFailure::of(name, input.disable_rollback == Some(true))?,
    };
    let mut definition = change_set.definition.clone();
    definition.change_set_id = Some(change_set.id.clone());
    let inside = Inside { call, tx };
    let token = input.client_request_token.clone();
    match change_set.kind {
        Kind::Create => begin_create(&mut stack, definition, on_failure, token, &inside)?,
        Kind::Update => begin_update(&mut stack, definition, on_failure, token, &inside)?,
    }
    for mut other in of_stack(&stack, call, tx)? {
        if other.key != change_set.key && other.execution_status == "AVAILABLE" {
            other.execution_status = "OBSOLETE".to_owned();
            other.save(call, tx)?;
        }
    }
    change_set.execution_status = "EXECUTE_IN_PROGRESS".to_owned();
    change_set.save(call, tx)?;
    Ok(json!({}))
}

/// Writes down how an execution has ended.
pub(super) fn settle_executed(stack: &Stack, inside: &Inside<'_>) -> Result<(), ServiceError> {
    let Inside { call, tx } = *inside;
    for mut change_set in of_stack(stack, call, tx)? {
        if change_set.execution_status == "EXECUTE_IN_PROGRESS" {
            let complete = matches!(stack.status.as_str(), "CREATE_COMPLETE" | "UPDATE_COMPLETE");
            let status = if complete {
                "EXECUTE_COMPLETE"
            } else {
                "EXECUTE_FAILED"
            };
            change_set.execution_status = status.to_owned();
            change_set.save(call, tx)?;
        }
    }
    Ok(())
}

/// `DeleteChangeSet`. One that is not there is deleted already.
pub(super) fn delete(
    input: OneChangeSet,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let Some((_, change_set)) = find(&input, call, tx)? else {
        return Ok(json!({}));
    };
    let busy = change_set.execution_status == "EXECUTE_IN_PROGRESS";
    if busy {
        return Err(ServiceError::bad_request(
            "InvalidChangeSetStatus",
            format!(
                "ChangeSet [{}] cannot be deleted in its current status of [{}]",
                change_set.id, change_set.execution_status
            ),
        ));
    }
    tx.delete(&call.scope, CHANGE_SETS, &change_set.key)?;
    Ok(json!({}))
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
