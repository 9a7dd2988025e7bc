use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event::Event;
use super::record::PromotionRecord;
use super::status::Status;
use crate::deployment::{Deployed, digest};
use crate::person::Person;

/// What a promotion remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The record; none before the first command.
    pub record: Option<PromotionRecord>,
    /// What is to be done, and in whose name; none before the first command.
    pub order: Option<Order>,
    /// What is promoted; none before the source told it.
    pub source: Option<Source>,
    /// What is under way outside; one thing at a time.
    pub step: Option<Step>,
    /// Whether the source may have our pin.
    pub pinned: bool,
    /// Whether the target may be held by us.
    pub held: bool,
    /// How far the workflow is.
    pub workflow: Workflow,
    /// The number of the newest report of the workflow that was taken in.
    pub reported: u64,
    /// What the end is to be, once it is known or wanted.
    pub ending: Option<Ending>,
}

/// How far the workflow of a promotion is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Workflow {
    /// It has not begun.
    #[default]
    Waiting,
    /// It may be under way.
    Running,
    /// It was told to stop, and will tell its end.
    Stopping,
    /// It has ended, or never began.
    Ended,
}

/// What a promotion is to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Who asked: the workflow acts in their name.
    pub requested_by: Person,
    /// The project's name, for messages.
    pub project_name: String,
    /// Values of parameters that differ in the target.
    pub parameters: BTreeMap<String, String>,
    /// The approval's policy, as the workflow's document passes it on.
    pub approval: Value,
    /// The workflow's document.
    pub document: String,
}

/// What is promoted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The template's text.
    pub template: String,
    /// The blueprint it was made from; empty if it was made from none.
    pub blueprint: String,
    /// The parameters, with the values that differ in the target.
    pub parameters: BTreeMap<String, String>,
    /// SHA-256 of what is promoted: template and parameters.
    pub digest: String,
    /// SHA-256 of what the source has: the same, unless values differ in the target.
    pub source_digest: String,
}

impl Source {
    /// What a source has, with the values that differ in the target.
    pub(super) fn new(deployed: Deployed, differing: BTreeMap<String, String>) -> Self {
        let mut parameters = deployed.parameters;
        parameters.extend(differing);
        Self {
            digest: digest(&deployed.template, &parameters),
            template: deployed.template,
            blueprint: deployed.blueprint,
            parameters,
            source_digest: deployed.digest,
        }
    }
}

/// Something under way outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Learns what the source has, and asks to be told when that changes.
    Pin,
    /// Takes the target for itself.
    Hold,
    /// Starts the workflow.
    StartWorkflow,
    /// Makes the approval count for nothing: what it is about has changed.
    VoidApproval,
    /// Stops the workflow.
    StopWorkflow,
    /// Lets go of the target.
    Release,
    /// Lets go of the source.
    Unpin,
}

/// An end that is wanted, or that has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// The status to be.
    pub status: Status,
    /// Why.
    pub reason: String,
    /// Whether the approval is to be voided first, because the source has now this digest.
    pub void: Option<String>,
}

impl State {
    /// Lets an event happen.
    pub(super) fn apply(&mut self, event: &Event) {
        match event {
            Event::Requested { record, order } => {
                self.record = Some((**record).clone());
                self.order = Some((**order).clone());
            }
            Event::StepTaken { step } => {
                self.step = Some(*step);
                match step {
                    Step::Pin => self.pinned = true,
                    Step::Hold => self.held = true,
                    Step::StartWorkflow => self.workflow = Workflow::Running,
                    Step::VoidApproval | Step::StopWorkflow | Step::Release | Step::Unpin => {}
                }
            }
            Event::Pinned { at_ms, source } => {
                self.step = None;
                self.source = Some(source.clone());
                self.edit(*at_ms, |r| r.digest.clone_from(&source.digest));
            }
            Event::Held | Event::WorkflowStarted | Event::StepFailed => self.step = None,
            Event::ApprovalVoided => {
                self.step = None;
                if let Some(ending) = &mut self.ending {
                    ending.void = None;
                }
            }
            Event::WorkflowStopped => {
                self.step = None;
                if self.workflow != Workflow::Ended {
                    self.workflow = Workflow::Stopping;
                }
            }
            Event::StopRefused { at_ms, reason } => {
                self.step = None;
                self.ending = None;
                self.edit(*at_ms, |r| r.status_reason.clone_from(reason));
            }
            Event::Reported { at_ms, number, .. } => {
                self.reported = *number;
                self.report(*at_ms, event);
            }
            Event::Approved {
                at_ms,
                approved_by,
                reason,
            } => self.edit(*at_ms, |r| {
                if let Some(next) = r.status.after(Status::Approved) {
                    r.status = next;
                    r.approved_by.clone_from(approved_by);
                    r.approval_reason.clone_from(reason);
                }
            }),
            Event::WorkflowEnded => self.workflow = Workflow::Ended,
            Event::EndDecided { ending } => self.ending = Some(ending.clone()),
            Event::Released => {
                self.step = None;
                self.held = false;
            }
            Event::Unpinned => {
                self.step = None;
                self.pinned = false;
            }
            Event::Ended { at_ms } => self.end(*at_ms),
        }
    }

    fn report(&mut self, at_ms: i64, event: &Event) {
        let Event::Reported {
            current_state,
            approval_id,
            deployment_ids,
            ..
        } = event
        else {
            return;
        };
        self.edit(at_ms, |r| {
            r.current_state.clone_from(current_state);
            r.approval_id.clone_from(approval_id);
            r.deployment_ids.clone_from(deployment_ids);
        });
    }

    fn end(&mut self, at_ms: i64) {
        // What was needed to run is not kept for ever.
        self.order = None;
        self.source = None;
        let Some(ending) = self.ending.take() else {
            return;
        };
        self.edit(at_ms, |r| {
            let status = ending.status;
            r.status = r.status.after(status).unwrap_or(Status::Failed);
            if r.status == Status::Rejected {
                r.rejection_reason.clone_from(&ending.reason);
            }
            r.status_reason = ending.reason;
            r.current_state.clear();
            r.completed_ms = Some(at_ms);
        });
    }

    fn edit(&mut self, at_ms: i64, edit: impl FnOnce(&mut PromotionRecord)) {
        if let Some(record) = &mut self.record {
            edit(record);
            record.updated_ms = at_ms;
            record.version += 1;
        }
    }
}
