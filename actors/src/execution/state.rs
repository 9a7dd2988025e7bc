use std::collections::BTreeMap;
use std::sync::Arc;

use datamesh_workflow::{Execution, TaskId};
use serde::{Deserialize, Serialize};

use super::effects::ExecutionEffect;
use super::event::{Event, Progress};
use super::record::ExecutionRecord;
use super::report::{Approved, Report};
use crate::person::Person;

/// What an execution remembers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct State {
    /// The record; none before the first command.
    pub record: Option<ExecutionRecord>,
    /// The document's text, pinned at the start; empty after the end.
    pub document: Arc<str>,
    /// What the interpreter remembers; none after the end.
    pub execution: Option<Execution>,
    /// In whose name it acts.
    pub run_as: Person,
    /// The promotion that it tells how far it is.
    pub promotion_id: Option<String>,
    /// The tasks that are under way.
    pub tasks: BTreeMap<TaskId, Task>,
    /// The approvals that may be open.
    pub approvals: BTreeMap<String, Opening>,
    /// The last approval that was asked for.
    pub approval_id: Option<String>,
    /// The last approval that ended with a yes.
    pub approved: Option<Approved>,
    /// The deployments that it made, oldest first.
    pub deployment_ids: Vec<String>,
    /// Whether it has ever asked for a deployment.
    pub deploying: bool,
    /// What the promotion was told last.
    pub reported: Report,
}

/// A task that is under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// The token that ends it, where it waits for one.
    pub token: Option<String>,
    /// What does it: asked again where the answer is not the end yet.
    pub effect: ExecutionEffect,
    /// How often that was asked again.
    pub asked_again: u32,
}

/// How far the opening of an approval is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Whether it is known to be open.
    pub opened: bool,
    /// Why it is to be closed, if it is; done once it is known to be open.
    pub close: Option<Unwanted>,
}

/// Why nobody waits for an approval any more.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unwanted {
    /// Whether it was for time.
    pub expired: bool,
    /// In words.
    pub cause: String,
}

impl State {
    /// Lets an event happen.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Started(started) => {
                self.record = Some(started.record.clone());
                self.document = started.document.clone();
                self.execution = Some(started.execution.clone());
                self.run_as = started.run_as.clone();
                self.promotion_id.clone_from(&started.promotion_id);
            }
            Event::Advanced {
                at_ms,
                execution,
                progress,
            } => {
                self.execution = execution.as_deref().cloned();
                self.progress(*at_ms, progress);
            }
            Event::TaskBegan { id, task } => {
                if let ExecutionEffect::OpenApproval(open) = &task.effect {
                    self.approval_id = Some(open.approval_id.clone());
                    self.approvals
                        .insert(open.approval_id.clone(), Opening::default());
                }
                self.deploying |= task.effect.deploys();
                self.tasks.insert(*id, (**task).clone());
            }
            Event::TaskOver { id } => {
                self.tasks.remove(id);
            }
            Event::AskedAgain { id, deployment_id } => {
                self.deployed(deployment_id.as_ref());
                if let Some(task) = self.tasks.get_mut(id) {
                    task.asked_again = task.asked_again.saturating_add(1);
                }
            }
            Event::Deployed { deployment_id } => self.deployed(Some(deployment_id)),
            Event::ApprovalOpened { approval_id } => {
                if let Some(opening) = self.approvals.get_mut(approval_id) {
                    opening.opened = true;
                }
            }
            Event::ApprovalUnwanted {
                approval_id,
                expired,
                cause,
            } => {
                if let Some(opening) = self.approvals.get_mut(approval_id) {
                    opening.close = Some(Unwanted {
                        expired: *expired,
                        cause: cause.clone(),
                    });
                }
            }
            Event::ApprovalOver { approval_id } => {
                self.approvals.remove(approval_id);
            }
            Event::Approved(approved) => self.approved = Some(approved.clone()),
            Event::Reported { report } => self.reported = report.clone(),
        }
    }

    fn progress(&mut self, at_ms: i64, progress: &Progress) {
        if let Some(record) = &mut self.record {
            record.status = progress.status;
            record.current_states.clone_from(&progress.current_states);
            record.event_count = progress.event_count;
            record.output.clone_from(&progress.output);
            record.error.clone_from(&progress.error);
            record.cause.clone_from(&progress.cause);
            record.version += 1;
            if progress.status.is_ended() {
                record.end_ms = Some(at_ms);
            }
        }
        if progress.status.is_ended() {
            self.document = Arc::default();
            self.execution = None;
        }
    }

    fn deployed(&mut self, deployment_id: Option<&String>) {
        if let Some(id) = deployment_id
            && !self.deployment_ids.contains(id)
        {
            self.deployment_ids.push(id.clone());
        }
    }

    /// The task that waits for this token.
    pub(super) fn waits_for(&self, token: &str) -> Option<TaskId> {
        self.tasks
            .iter()
            .find(|(_, task)| task.token.as_deref() == Some(token))
            .map(|(id, _)| *id)
    }
}
