//! How the tasks of a stack operation begin, and how resources are marked and evaluated.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::kinds;
use super::operation::{self, Deed, Operation, Progress, Stage};
use super::outputs;
use super::stack::{Stack, StackResource};
use super::template::{Evaluator, Resource, Resources, Template};
use crate::error::ServiceError;
use crate::inside::Inside;

/// The resources of a stack as they are now.
pub(super) struct Live<'a> {
    pub(super) resources: &'a BTreeMap<String, StackResource>,
    pub(super) inside: &'a Inside<'a>,
}

impl Resources for Live<'_> {
    fn reference(&self, id: &str) -> Option<Value> {
        let physical = self.resources.get(id)?.physical_id.clone()?;
        Some(Value::from(physical))
    }

    fn attribute(&self, id: &str, name: &str) -> Option<Value> {
        self.resources.get(id)?.attributes.get(name).cloned()
    }

    fn import(&self, name: &str) -> Result<Option<Value>, ServiceError> {
        outputs::exported(name, self.inside)
    }
}

/// The ids of the template's resources whose conditions hold.
pub(super) fn active(
    stack: &Stack,
    template: &Template,
    inside: &Inside<'_>,
) -> Result<BTreeSet<String>, ServiceError> {
    let values = stack.values(template, &inside.call.scope);
    let live = Live {
        resources: &stack.resources,
        inside,
    };
    let evaluator = Evaluator::new(template, &values, &live);
    let mut ids = BTreeSet::new();
    for resource in &template.resources {
        if evaluator.holds(resource.condition.as_deref())? {
            ids.insert(resource.id.clone());
        }
    }
    Ok(ids)
}

/// A resource's properties, with the stack's tags among its own.
pub(super) fn evaluated(
    stack: &Stack,
    template: &Template,
    resource: &Resource,
    inside: &Inside<'_>,
) -> Result<Value, ServiceError> {
    let values = stack.values(template, &inside.call.scope);
    let live = Live {
        resources: &stack.resources,
        inside,
    };
    let evaluator = Evaluator::new(template, &values, &live);
    let properties = evaluator.object(&resource.properties)?;
    Ok(kinds::with_stack_tags(
        &resource.kind,
        properties,
        &stack.definition.tags,
    ))
}

/// Begins a task, with an event; done at once if there is nothing to do.
pub(super) fn begin(
    stack: &mut Stack,
    operation: &mut Operation,
    place: usize,
    inside: &Inside<'_>,
) -> Result<Progress, ServiceError> {
    let task = &operation.tasks[place];
    let id = task.id.clone();
    match &task.deed {
        Deed::Apply => begin_apply(stack, operation, &id, inside),
        Deed::Restore => {
            if operation.skipped.contains(&id) {
                if let Some(old) = stack
                    .before
                    .as_ref()
                    .and_then(|before| before.resources.get(&id))
                {
                    let mut kept = old.clone();
                    mark(stack, operation, &mut kept, "UPDATE_COMPLETE", None, inside)?;
                    stack.resources.insert(id, kept);
                }
                return Ok(Progress::Done);
            }
            let old = stack
                .before
                .as_ref()
                .and_then(|before| before.resources.get(&id).cloned());
            let Some(mut resource) = stack.resources.get(&id).cloned().or(old) else {
                return Ok(Progress::Done);
            };
            mark(
                stack,
                operation,
                &mut resource,
                "UPDATE_IN_PROGRESS",
                None,
                inside,
            )?;
            stack.resources.insert(id, resource);
            Ok(Progress::Running)
        }
        Deed::Delete(victim) => {
            let mut victim = (**victim).clone();
            let made_now = matches!(
                operation.stage,
                Stage::RollbackCreate | Stage::RollbackCleanup
            );
            let replaced = operation.stage == Stage::Cleanup
                && stack
                    .resources
                    .get(&id)
                    .is_some_and(|now| now.physical_id != victim.physical_id);
            let policy = if replaced {
                victim.update_replace_policy
            } else {
                victim.deletion_policy
            };
            if victim.physical_id.is_none() {
                mark(
                    stack,
                    operation,
                    &mut victim,
                    "DELETE_COMPLETE",
                    None,
                    inside,
                )?;
                settle_victim(stack, operation, victim, true);
                return Ok(Progress::Done);
            }
            if policy.retains(made_now) || operation.skipped.contains(&id) {
                mark(
                    stack,
                    operation,
                    &mut victim,
                    "DELETE_SKIPPED",
                    None,
                    inside,
                )?;
                settle_victim(stack, operation, victim, true);
                return Ok(Progress::Done);
            }
            mark(
                stack,
                operation,
                &mut victim,
                "DELETE_IN_PROGRESS",
                None,
                inside,
            )?;
            settle_victim(stack, operation, victim, false);
            Ok(Progress::Running)
        }
    }
}

fn begin_apply(
    stack: &mut Stack,
    operation: &Operation,
    id: &str,
    inside: &Inside<'_>,
) -> Result<Progress, ServiceError> {
    let template = stack.template()?;
    let Some(resource) = template.resource(id) else {
        return Ok(Progress::Done);
    };
    let known = stack.resources.get(id).cloned();
    let Some(mut current) = known.filter(|known| known.physical_id.is_some()) else {
        let mut fresh = StackResource {
            id: id.to_owned(),
            kind: resource.kind.clone(),
            physical_id: None,
            status: String::new(),
            reason: None,
            updated_ms: inside.call.now_ms,
            properties: evaluated(stack, &template, resource, inside)
                .unwrap_or_else(|_| resource.properties.clone()),
            attributes: serde_json::Map::new(),
            needs: operation::needs(resource, &template),
            deletion_policy: resource.deletion_policy,
            update_replace_policy: resource.update_replace_policy,
            metadata: resource.metadata.clone(),
            drift: None,
        };
        mark(
            stack,
            operation,
            &mut fresh,
            "CREATE_IN_PROGRESS",
            None,
            inside,
        )?;
        stack.resources.insert(id.to_owned(), fresh);
        return Ok(Progress::Running);
    };
    current.needs = operation::needs(resource, &template);
    current.deletion_policy = resource.deletion_policy;
    current.update_replace_policy = resource.update_replace_policy;
    current.metadata = resource.metadata.clone();
    let wanted = evaluated(stack, &template, resource, inside);
    let unchanged = wanted
        .as_ref()
        .is_ok_and(|wanted| *wanted == current.properties);
    if unchanged && !current.status.ends_with("_FAILED") {
        stack.resources.insert(id.to_owned(), current);
        return Ok(Progress::Done);
    }
    let replaces = match (&wanted, kinds::find(&resource.kind)) {
        (Ok(wanted), Some(kind)) => kind.replaces(&current.properties, wanted),
        _ => false,
    };
    let reason = replaces.then(|| {
        "Requested update requires the creation of a new physical resource; hence creating one."
            .to_owned()
    });
    mark(
        stack,
        operation,
        &mut current,
        "UPDATE_IN_PROGRESS",
        reason,
        inside,
    )?;
    stack.resources.insert(id.to_owned(), current);
    Ok(Progress::Running)
}

/// A resource's new status, with an event.
pub(super) fn mark(
    stack: &mut Stack,
    operation: &Operation,
    resource: &mut StackResource,
    status: &str,
    reason: Option<String>,
    inside: &Inside<'_>,
) -> Result<(), ServiceError> {
    resource.status = status.to_owned();
    resource.reason = reason;
    resource.updated_ms = inside.call.now_ms;
    stack.tell(resource, operation, inside)
}

/// Writes down what became of a resource that is deleted, unless the stack has another in its place.
pub(super) fn settle_victim(
    stack: &mut Stack,
    operation: &Operation,
    victim: StackResource,
    gone: bool,
) {
    let is_current = stack
        .resources
        .get(&victim.id)
        .is_some_and(|now| now.physical_id == victim.physical_id);
    if !is_current {
        return;
    }
    let updates = matches!(operation.stage, Stage::Cleanup | Stage::RollbackCleanup);
    if gone && updates {
        stack.resources.remove(&victim.id);
    } else {
        stack.resources.insert(victim.id.clone(), victim);
    }
}
