//! What happens because time passes.

use super::branch::{BranchId, Phase};
use super::step::Stepper;
use super::{Execution, Status, TaskId};
use crate::fault::Failure;
use crate::retry::names;

/// What is due at a time.
enum Due {
    Retry,
    Waited,
    TimedOut { task: TaskId, heartbeat: bool },
}

impl Phase {
    /// When time ends this phase.
    fn due_ms(&self) -> Option<i64> {
        match self {
            Phase::Retry { at_ms } => Some(*at_ms),
            Phase::Wait { until_ms } => Some(*until_ms),
            Phase::Task {
                deadline_ms,
                heartbeat_due_ms,
                ..
            } => deadline_ms.iter().chain(heartbeat_due_ms).min().copied(),
            _ => None,
        }
    }

    fn due(&self) -> Option<Due> {
        match self {
            Phase::Retry { .. } => Some(Due::Retry),
            Phase::Wait { .. } => Some(Due::Waited),
            Phase::Task {
                task,
                deadline_ms,
                heartbeat_due_ms,
                ..
            } => {
                let heartbeat = match (deadline_ms, heartbeat_due_ms) {
                    (Some(deadline), Some(heartbeat)) => heartbeat < deadline,
                    (None, Some(_)) => true,
                    _ => false,
                };
                Some(Due::TimedOut {
                    task: *task,
                    heartbeat,
                })
            }
            _ => None,
        }
    }
}

impl Execution {
    /// When [`super::Signal::Time`] is due, in milliseconds since 1970, as the last turn said.
    pub fn wake_at_ms(&self) -> Option<i64> {
        let due = self
            .branches
            .values()
            .filter_map(|branch| branch.phase.due_ms());
        due.chain(self.deadline_ms).min()
    }
}

impl Stepper<'_, '_> {
    /// Ends the execution if it has taken longer than its document allows, and tells whether.
    pub(super) fn times_out(&mut self) -> bool {
        let deadline_ms = self.execution.deadline_ms;
        let is_over = deadline_ms.is_some_and(|deadline| deadline <= self.now_ms);
        if is_over {
            let error = Some(names::TIMEOUT.to_owned());
            self.end(Status::TimedOut { error, cause: None });
        }
        is_over
    }

    /// Lets happen what is due by now, in the order in which it was due.
    pub(super) fn time(&mut self) {
        let now_ms = self.now_ms;
        let mut due: Vec<(i64, BranchId)> = self
            .execution
            .branches
            .iter()
            .filter_map(|(id, branch)| Some((branch.phase.due_ms()?, *id)))
            .filter(|(due_ms, _)| *due_ms <= now_ms)
            .collect();
        due.sort_unstable();
        for (_, id) in due {
            let branch = self.execution.branches.get_mut(&id);
            match branch.as_ref().and_then(|branch| branch.phase.due()) {
                Some(Due::Retry) => {
                    if let Some(branch) = branch {
                        branch.phase = Phase::Work;
                    }
                    self.execution.ready.push_back(id);
                }
                Some(Due::Waited) => self.waited(id),
                Some(Due::TimedOut { task, heartbeat }) => {
                    let failure = Failure {
                        heartbeat,
                        ..Failure::named(names::TIMEOUT)
                    };
                    self.turn.cancelled.push(task);
                    self.task_failed(task, failure);
                }
                None => {}
            }
            if self.execution.status.has_ended() {
                return;
            }
        }
    }
}
