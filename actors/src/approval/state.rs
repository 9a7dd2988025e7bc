use serde::{Deserialize, Serialize};

use super::event::Event;
use super::policy::distinct;
use super::record::{ApprovalRecord, Stage};
use super::status::Status;

/// What an approval remembers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The record; none before the first command.
    pub record: Option<ApprovalRecord>,
    /// The token of the task that waits for the end. It is a secret: whoever has it can end the task.
    pub task_token: String,
    /// The hash of the last entry of the history.
    pub last_hash: String,
    /// Whether the execution knows of the end.
    pub told: bool,
}

impl State {
    /// Lets an event happen.
    pub(super) fn apply(&mut self, event: &Event) {
        if let Event::Opened {
            record, task_token, ..
        } = event
        {
            self.record = Some((**record).clone());
            self.task_token.clone_from(task_token);
        }
        if let Some(record) = &mut self.record {
            change(record, event);
            if let Some(entry) = event.entry() {
                record.entries = entry.number;
                record.updated_ms = entry.at_ms;
                self.last_hash.clone_from(&entry.hash);
            }
            match event {
                Event::ExecutionTold => self.told = true,
                _ => record.version += 1,
            }
        }
    }
}

fn change(record: &mut ApprovalRecord, event: &Event) {
    let stage = event.entry().map_or(0, |entry| entry.stage);
    match event {
        Event::Approved { yes, entry } => {
            if let Some(stage) = stage_mut(record, stage) {
                stage.yeses.push(yes.clone());
                stage.comment.clone_from(&entry.comment);
            }
            settle_status(record);
        }
        Event::Withdrawn { by, entry } => {
            if let Some(stage) = stage_mut(record, stage) {
                stage.yeses.retain(|yes| !yes.by.is(by));
                stage.comment.clone_from(&entry.comment);
            }
            settle_status(record);
        }
        Event::Delegated { delegation, .. } => record.delegations.push(delegation.clone()),
        Event::Escalated { .. } => {
            record.escalated = true;
            let more = record.escalation.clone().unwrap_or_default();
            if let Some(stage) = stage_mut(record, stage) {
                stage.groups = distinct(&[stage.groups.clone(), more.groups].concat());
                stage.users = distinct(&[stage.users.clone(), more.users].concat());
                stage.escalated = true;
            }
        }
        Event::Ended {
            status,
            reason,
            entry,
        } => {
            record.status = *status;
            record.status_reason.clone_from(reason);
            if *status == Status::Rejected
                && let Some(stage) = stage_mut(record, stage)
            {
                stage.comment.clone_from(&entry.comment);
            }
        }
        Event::ExecutionNotTold { reason } => record.status_reason.clone_from(reason),
        Event::Opened { .. }
        | Event::StageOpened { .. }
        | Event::Commented { .. }
        | Event::ExecutionTold => {}
    }
}

/// A stage by its number, from 1.
fn stage_mut(record: &mut ApprovalRecord, number: u32) -> Option<&mut Stage> {
    let index = usize::try_from(number).ok()?.checked_sub(1)?;
    record.stages.get_mut(index)
}

fn settle_status(record: &mut ApprovalRecord) {
    record.status = match record.stages.iter().all(|stage| stage.yeses.is_empty()) {
        true => Status::Pending,
        false => Status::InProgress,
    };
}
