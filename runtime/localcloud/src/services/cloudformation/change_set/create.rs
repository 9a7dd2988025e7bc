//! Making a change set: asked for in one step, and made in the next ones.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{CHANGE_SETS, ChangeSet, Kind, UPDATABLE, of_stack};
use crate::error::ServiceError;
use crate::inside::Inside;
use crate::request::Call;
use crate::services::cloudformation::changes;
use crate::services::cloudformation::error::{no_stack, validation};
use crate::services::cloudformation::idempotency::once;
use crate::services::cloudformation::request::Wish;
use crate::services::cloudformation::stack::{self, Definition, OnFailure, STACKS, Stack};
use crate::services::cloudformation::template::Template;
use crate::services::cloudformation::work::{self, Subject};
use crate::store::Tx;

/// What a change set that changes nothing says.
const NO_CHANGES: &str = "The submitted information didn't contain changes. Submit different \
                          information to create a change set.";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(in super::super) struct CreateInput {
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
pub(in super::super) fn create(
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
        (Kind::Update, None) => return Err(no_stack(name)),
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

/// One step of a change set in the making; `false` when it is made.
pub(in super::super) fn step(key: &str, inside: &Inside<'_>) -> Result<bool, ServiceError> {
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
