//! Out of a state: into the next one, or to the end of the branch or of the execution.

use std::sync::Arc;

use serde_json::Value;

use super::branch::{BranchId, Phase};
use super::step::Stepper;
use super::{Status, TRUNK};
use crate::document::Next;
use crate::flow::Left;
use crate::history::Event;

impl Stepper<'_, '_> {
    /// The state has a result: leaves it, or fails.
    pub(super) fn complete(&mut self, id: BranchId, result: Arc<Value>) {
        let Some((_, state)) = self.at(id) else {
            return;
        };
        if let Err(failure) = self.check(state, &result) {
            self.fail_state(id, failure);
            return;
        }
        let left = {
            let Some((around, random)) = self.look(id, state, None, None) else {
                return;
            };
            state
                .flow
                .leave_with_result(&around, &around.branch.input, result, random)
        };
        match left {
            Ok(left) => self.leave(id, left, state.next),
            Err(fault) => self.fault(id, fault),
        }
    }

    /// Leaves the state.
    pub(super) fn leave(&mut self, id: BranchId, left: Left, next: Next) {
        let Some((branch, state)) = self.at(id) else {
            return;
        };
        let unchanged = Arc::ptr_eq(&branch.input, &left.output) && left.assigned.is_empty();
        if !unchanged && let Err(failure) = self.check_left(id, state, &left) {
            self.fail_state(id, failure);
            return;
        }
        self.exit(id, left, next);
    }

    pub(super) fn exit(&mut self, id: BranchId, left: Left, next: Next) {
        let Some((_, state)) = self.at(id) else {
            return;
        };
        let event = Event::StateExited {
            state_type: state.kind.state_type(),
            name: state.name.clone(),
            output: left.output.clone(),
            assigned: left.assigned.clone(),
        };
        self.emit(id, event);
        let Some(branch) = self.execution.branches.get_mut(&id) else {
            return;
        };
        branch.assign(left.assigned);
        match next {
            Next::State(state) => {
                branch.state = state;
                branch.input = left.output;
                branch.phase = Phase::Enter;
                self.execution.ready.push_back(id);
            }
            Next::End => self.finish(id, left.output),
        }
    }

    /// The branch has come to its end.
    pub(super) fn finish(&mut self, id: BranchId, output: Arc<Value>) {
        let Some(branch) = self.execution.branches.get(&id) else {
            return;
        };
        match branch.parent {
            None => self.end(Status::Succeeded { output }),
            Some(parent) => match self
                .execution
                .branches
                .get(&parent.branch)
                .map(|p| &p.phase)
            {
                Some(Phase::Parallel { .. }) => self.join(id, parent, output),
                Some(Phase::Map(_)) => self.finish_iteration(id, parent, output),
                _ => {}
            },
        }
    }

    /// The execution ends: nothing is waited for any more.
    pub(super) fn end(&mut self, status: Status) {
        let event = match status.clone() {
            Status::Succeeded { output } => Event::ExecutionSucceeded { output },
            Status::Failed { error, cause } => Event::ExecutionFailed { error, cause },
            Status::TimedOut { error, cause } => Event::ExecutionTimedOut { error, cause },
            Status::Aborted { error, cause } => Event::ExecutionAborted { error, cause },
            Status::Running | Status::Busy => return,
        };
        self.cancel_all();
        self.exhausted = false;
        self.record(TRUNK, event);
        let execution = &mut *self.execution;
        execution.status = status;
        execution.ready.clear();
        execution.branches.clear();
        execution.books.clear();
        execution.deadline_ms = None;
    }
}
