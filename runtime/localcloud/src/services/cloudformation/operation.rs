//! A stack operation: stages of tasks, each of which waits for others. It is part of the stack's
//! document, so that what was done and what is left survives the process.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::stack::{OnFailure, Stack, StackResource};
use super::template::{Reference, Resource, Template, references};

/// What the operation is about at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Stage {
    /// Making a new stack.
    Create,
    /// Undoing that.
    RollbackCreate,
    /// Bringing the resources to what the template says.
    Update,
    /// Deleting what the update replaced and dropped.
    Cleanup,
    /// Bringing the resources back to what they were.
    RollbackUpdate,
    /// Deleting what the update had made.
    RollbackCleanup,
    /// Deleting the stack.
    Delete,
}

impl Stage {
    /// Whether the first failure ends the stage.
    pub(super) fn stops_on_failure(self) -> bool {
        matches!(self, Self::Create | Self::Update | Self::RollbackUpdate)
    }
}

/// What a task does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Deed {
    /// Makes the resource, or changes it, or replaces it: whatever brings it to the template.
    Apply,
    /// Brings it back to what it was.
    Restore,
    /// Deletes this resource, which the stack may have replaced by another of the same name.
    Delete(Box<StackResource>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Progress {
    Waiting,
    Running,
    Done,
    Failed,
}

/// One thing to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Task {
    /// The resource's logical id.
    pub(super) id: String,
    pub(super) deed: Deed,
    pub(super) progress: Progress,
    /// How often it was put off.
    pub(super) tries: u32,
    /// The tasks that must be done before, by their places.
    pub(super) needs: Vec<usize>,
}

impl Task {
    fn new(id: &str, deed: Deed) -> Self {
        Self {
            id: id.to_owned(),
            deed,
            progress: Progress::Waiting,
            tries: 0,
            needs: Vec::new(),
        }
    }
}

/// An operation under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Operation {
    pub(super) stage: Stage,
    pub(super) token: Option<String>,
    pub(super) on_failure: OnFailure,
    pub(super) tasks: Vec<Task>,
    /// What is to be deleted when the update or its rollback is through.
    pub(super) leftovers: Vec<StackResource>,
    /// Resources that a rollback leaves alone.
    pub(super) skipped: Vec<String>,
}

impl Operation {
    pub(super) fn new(stage: Stage, token: Option<String>, on_failure: OnFailure) -> Self {
        Self {
            stage,
            token,
            on_failure,
            tasks: Vec::new(),
            leftovers: Vec::new(),
            skipped: Vec::new(),
        }
    }

    pub(super) fn failed(&self) -> Vec<&str> {
        self.tasks
            .iter()
            .filter(|task| task.progress == Progress::Failed)
            .map(|task| task.id.as_str())
            .collect()
    }
}

/// What a resource needs, of those that the template has.
pub(super) fn needs(resource: &Resource, template: &Template) -> Vec<String> {
    let mut needs: BTreeSet<String> = resource.depends_on.iter().cloned().collect();
    for reference in references(&resource.properties) {
        if let Reference::Name(id) | Reference::Attribute(id, _) = reference
            && template.resource(&id).is_some()
        {
            needs.insert(id);
        }
    }
    needs.remove(&resource.id);
    needs.into_iter().collect()
}

/// Applies the resources whose conditions hold, each behind what it needs.
pub(super) fn apply(template: &Template, active: &BTreeSet<String>) -> Vec<Task> {
    let resources: Vec<&Resource> = template
        .resources
        .iter()
        .filter(|resource| active.contains(&resource.id))
        .collect();
    let place: BTreeMap<&str, usize> = resources
        .iter()
        .enumerate()
        .map(|(place, resource)| (resource.id.as_str(), place))
        .collect();
    resources
        .iter()
        .map(|resource| Task {
            needs: needs(resource, template)
                .iter()
                .filter_map(|id| place.get(id.as_str()).copied())
                .collect(),
            ..Task::new(&resource.id, Deed::Apply)
        })
        .collect()
}

/// Brings resources back, each behind what it needs.
pub(super) fn restore(resources: &[&StackResource]) -> Vec<Task> {
    let place = |id: &String| resources.iter().position(|resource| resource.id == *id);
    resources
        .iter()
        .map(|resource| Task {
            needs: resource.needs.iter().filter_map(place).collect(),
            ..Task::new(&resource.id, Deed::Restore)
        })
        .collect()
}

/// Deletes resources, each behind those that need it.
pub(super) fn delete(victims: Vec<StackResource>) -> Vec<Task> {
    let needs: Vec<Vec<usize>> = victims
        .iter()
        .map(|victim| {
            victims
                .iter()
                .enumerate()
                .filter(|(_, other)| other.id != victim.id && other.needs.contains(&victim.id))
                .map(|(place, _)| place)
                .collect()
        })
        .collect();
    victims
        .into_iter()
        .zip(needs)
        .map(|(victim, needs)| Task {
            needs,
            ..Task::new(&victim.id.clone(), Deed::Delete(Box::new(victim)))
        })
        .collect()
}

/// Every resource that the stack still has, to delete.
pub(super) fn delete_all(stack: &Stack) -> Vec<Task> {
    let gone = ["DELETE_COMPLETE", "DELETE_SKIPPED"];
    let left = stack.resources.values();
    let left = left.filter(|resource| !gone.contains(&resource.status.as_str()));
    delete(left.cloned().collect())
}
