//! What running tasks do to resources, by requests to the services that own them.

use serde_json::Value;

use super::deeds::{evaluated, mark, settle_victim};
use super::kinds::{self, Kind, Made, Wanted};
use super::operation::{Deed, Operation};
use super::stack::{Stack, StackResource};
use crate::error::ServiceError;
use crate::inside::{Inside, InsideError};

/// How often a task is put off before it fails.
const MOST_TRIES: u32 = 10;

/// What became of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Done,
    /// Throttled, or lost on the way: once more.
    Later,
    Failed,
}

/// Does what a running task is about.
pub(super) fn perform(
    stack: &mut Stack,
    operation: &mut Operation,
    place: usize,
    inside: &Inside<'_>,
) -> Result<Outcome, ServiceError> {
    let (id, tries) = (
        operation.tasks[place].id.clone(),
        operation.tasks[place].tries,
    );
    let deed = operation.tasks[place].deed.clone();
    let done = inside.tx.attempt(|| match &deed {
        Deed::Apply => apply(stack, operation, &id, inside),
        Deed::Restore => restore(stack, operation, &id, inside),
        Deed::Delete(victim) => delete(stack, operation, victim, inside),
    });
    match done {
        Ok(()) => Ok(Outcome::Done),
        Err(InsideError::Later(_)) if tries < MOST_TRIES => Ok(Outcome::Later),
        Err(error) => {
            let reason = reason(error.error(), inside);
            fail(stack, operation, &deed, &id, reason, inside)
        }
    }
}

/// Ends a running task because another has failed.
pub(super) fn cancel(
    stack: &mut Stack,
    operation: &mut Operation,
    place: usize,
    inside: &Inside<'_>,
) -> Result<Outcome, ServiceError> {
    let id = operation.tasks[place].id.clone();
    let deed = operation.tasks[place].deed.clone();
    let creates = stack
        .resources
        .get(&id)
        .is_some_and(|resource| resource.physical_id.is_none());
    let what = if creates { "creation" } else { "update" };
    fail(
        stack,
        operation,
        &deed,
        &id,
        format!("Resource {what} cancelled"),
        inside,
    )
}

fn fail(
    stack: &mut Stack,
    operation: &Operation,
    deed: &Deed,
    id: &str,
    reason: String,
    inside: &Inside<'_>,
) -> Result<Outcome, ServiceError> {
    let current = stack.resources.get(id).cloned();
    match deed {
        Deed::Delete(victim) => {
            let mut victim = (**victim).clone();
            mark(
                stack,
                operation,
                &mut victim,
                "DELETE_FAILED",
                Some(reason),
                inside,
            )?;
            settle_victim(stack, operation, victim, false);
        }
        Deed::Apply | Deed::Restore => {
            if let Some(mut resource) = current {
                let status = if resource.physical_id.is_none() {
                    "CREATE_FAILED"
                } else {
                    "UPDATE_FAILED"
                };
                mark(
                    stack,
                    operation,
                    &mut resource,
                    status,
                    Some(reason),
                    inside,
                )?;
                stack.resources.insert(id.to_owned(), resource);
            }
        }
    }
    Ok(Outcome::Failed)
}

/// A service's error as CloudFormation tells it.
fn reason(error: &ServiceError, inside: &Inside<'_>) -> String {
    let code = error.code.as_ref();
    if code == kinds::SAID_PLAINLY
        || code == "ValidationError"
            && error.status == 400
            && error.headers.is_empty()
            && error.message.starts_with("Template ")
    {
        return error.message.clone();
    }
    let handler = if code.contains("AlreadyExists")
        || code.contains("AlreadyOwned")
        || code == "QueueNameExists"
        || code == "ResourceInUseException"
    {
        "AlreadyExists"
    } else if kinds::is_not_found(error) {
        "NotFound"
    } else if code.starts_with("AccessDenied") {
        "AccessDenied"
    } else if error.status >= 500 {
        "ServiceInternalError"
    } else if code.contains("Thrott") {
        "Throttling"
    } else {
        "InvalidRequest"
    };
    format!(
        "Resource handler returned message: \"{} (Error Code: {code}, Status Code: {}, Request ID: {})\" \
         (RequestToken: {}, HandlerErrorCode: {handler})",
        error.message,
        error.status,
        inside.call.request_id,
        inside.call.cloud.uuid(),
    )
}

fn wanted<'w>(
    stack: &'w Stack,
    id: &str,
    kind: &Kind,
    properties: &'w Value,
    inside: &Inside<'_>,
) -> Wanted<'w> {
    let named = kind
        .named_by
        .and_then(|name| properties.get(name))
        .and_then(Value::as_str);
    Wanted {
        properties,
        name: named.map_or_else(
            || format!("{}-{id}-{}", stack.name, inside.call.cloud.upper(12)),
            str::to_owned,
        ),
        system_tags: vec![
            (
                "aws:cloudformation:stack-name".to_owned(),
                stack.name.clone(),
            ),
            ("aws:cloudformation:stack-id".to_owned(), stack.id.clone()),
            ("aws:cloudformation:logical-id".to_owned(), id.to_owned()),
        ],
    }
}

fn kind_of(name: &str) -> Result<&'static Kind, InsideError> {
    kinds::find(name).ok_or_else(|| ServiceError::internal(format!("no such kind: {name}")).into())
}

fn apply(
    stack: &mut Stack,
    operation: &mut Operation,
    id: &str,
    inside: &Inside<'_>,
) -> Result<(), InsideError> {
    let template = stack.template()?;
    let (Some(resource), Some(mut current)) =
        (template.resource(id), stack.resources.get(id).cloned())
    else {
        return Ok(());
    };
    let kind = kind_of(&resource.kind)?;
    let properties = evaluated(stack, &template, resource, inside)
        .map_err(|error| kinds::plainly(error.message))?;
    kind.check(id, &properties)?;
    let want = wanted(stack, id, kind, &properties, inside);
    let Some(physical_id) = current.physical_id.clone() else {
        let made = kind.handler.create(&want, inside)?;
        set(&mut current, &properties, made);
        mark(
            stack,
            operation,
            &mut current,
            "CREATE_IN_PROGRESS",
            Some("Resource creation Initiated".to_owned()),
            inside,
        )?;
        mark(
            stack,
            operation,
            &mut current,
            "CREATE_COMPLETE",
            None,
            inside,
        )?;
        stack.resources.insert(id.to_owned(), current);
        return Ok(());
    };
    if kind.replaces(&current.properties, &properties) {
        let named = kind
            .named_by
            .and_then(|name| Some((current.properties.get(name)?, properties.get(name)?)));
        if let Some((old, new)) = named
            && old == new
        {
            return Err(kinds::plainly(format!(
                "CloudFormation cannot update a stack when a custom-named resource requires \
                 replacing. Rename {physical_id} and update the stack again."
            ))
            .into());
        }
        let made = kind.handler.create(&want, inside)?;
        let old = stack
            .before
            .as_ref()
            .and_then(|before| before.resources.get(id));
        let old = old
            .filter(|old| old.physical_id.as_ref() == Some(&physical_id))
            .unwrap_or(&current);
        operation.leftovers.push(StackResource {
            update_replace_policy: current.update_replace_policy,
            ..old.clone()
        });
        set(&mut current, &properties, made);
        mark(
            stack,
            operation,
            &mut current,
            "UPDATE_IN_PROGRESS",
            Some("Resource creation Initiated".to_owned()),
            inside,
        )?;
    } else {
        let made = kind
            .handler
            .update(&physical_id, &current.properties, &want, inside)?;
        set(&mut current, &properties, made);
    }
    mark(
        stack,
        operation,
        &mut current,
        "UPDATE_COMPLETE",
        None,
        inside,
    )?;
    stack.resources.insert(id.to_owned(), current);
    Ok(())
}

fn set(resource: &mut StackResource, properties: &Value, made: Made) {
    resource.properties = properties.clone();
    resource.physical_id = Some(made.physical_id);
    resource.attributes = made.attributes;
    resource.drift = None;
}

fn restore(
    stack: &mut Stack,
    operation: &mut Operation,
    id: &str,
    inside: &Inside<'_>,
) -> Result<(), InsideError> {
    let Some(old) = stack
        .before
        .as_ref()
        .and_then(|before| before.resources.get(id).cloned())
    else {
        return Ok(());
    };
    let mut back = old.clone();
    let current = stack.resources.get(id).cloned();
    match current {
        Some(current) if current.physical_id == old.physical_id => {
            let kind = kind_of(&old.kind)?;
            if let Some(physical_id) = &old.physical_id {
                let want = wanted(stack, id, kind, &old.properties, inside);
                let made = kind
                    .handler
                    .update(physical_id, &current.properties, &want, inside)?;
                set(&mut back, &old.properties, made);
            }
        }
        Some(current) if current.physical_id.is_some() => operation.leftovers.push(current),
        _ => {}
    }
    mark(stack, operation, &mut back, "UPDATE_COMPLETE", None, inside)?;
    stack.resources.insert(id.to_owned(), back);
    Ok(())
}

fn delete(
    stack: &mut Stack,
    operation: &mut Operation,
    victim: &StackResource,
    inside: &Inside<'_>,
) -> Result<(), InsideError> {
    let kind = kind_of(&victim.kind)?;
    let mut victim = victim.clone();
    if let Some(physical_id) = &victim.physical_id {
        match kind.handler.delete(physical_id, &victim.properties, inside) {
            Err(InsideError::Refused(error)) if kinds::is_not_found(&error) => {}
            other => other?,
        }
    }
    mark(
        stack,
        operation,
        &mut victim,
        "DELETE_COMPLETE",
        None,
        inside,
    )?;
    settle_victim(stack, operation, victim, true);
    Ok(())
}
