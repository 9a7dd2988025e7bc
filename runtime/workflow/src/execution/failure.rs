//! What a failure leads to: a retry, a catcher's state, or the end of everything around it.

use std::sync::Arc;

use super::branch::{BranchId, Parent, Phase};
use super::step::Stepper;
use super::{Status, TaskId};
use crate::document::{Kind, Next};
use crate::fault::{Failure, Fault};
use crate::history::Event;
use crate::retry::{self, names};

impl Stepper<'_, '_> {
    /// An expression of the branch's state has no value.
    pub(super) fn fault(&mut self, id: BranchId, fault: Fault) {
        let Some((branch, state)) = self.at(id) else {
            return;
        };
        let evaluation = fault.error == names::QUERY_EVALUATION_ERROR;
        let failure = fault.at(&state.name, branch.entered_event);
        if evaluation {
            let event = Event::EvaluationFailed {
                state: state.name.clone(),
                error: failure.error.clone().unwrap_or_default(),
                cause: failure.cause.clone().unwrap_or_default(),
            };
            self.emit(id, event);
        }
        self.fail_state(id, failure);
    }

    /// The branch's state has failed: retries it, goes to a catcher's state, or fails the branch.
    pub(super) fn fail_state(&mut self, id: BranchId, failure: Failure) {
        if !self.retries(id, &failure) {
            match self.catches(id, &failure) {
                Ok(true) => {}
                Ok(false) => self.fail_branch(id, failure),
                Err(fault) => {
                    let Some((branch, state)) = self.at(id) else {
                        return;
                    };
                    let failure = fault.at(&state.name, branch.entered_event);
                    self.fail_branch(id, failure);
                }
            }
        }
    }

    fn retries(&mut self, id: BranchId, failure: &Failure) -> bool {
        let Some((_, state)) = self.at(id) else {
            return false;
        };
        let error = failure.error.as_deref();
        let mut retriers = state.retry.iter();
        let taking = retriers.position(|r| retry::takes(&r.error_equals, error, failure.heartbeat));
        let Some(index) = taking else { return false };
        let Some(retrier) = state.retry.get(index) else {
            return false;
        };
        let Some(branch) = self.execution.branches.get_mut(&id) else {
            return false;
        };
        branch.used_retries.resize(state.retry.len(), 0);
        let Some(used) = branch.used_retries.get_mut(index) else {
            return false;
        };
        if u64::from(*used) >= retrier.max_attempts {
            return false;
        }
        let delay_ms = retrier.delay_ms(*used, self.random);
        *used += 1;
        if delay_ms > 0 {
            branch.phase = Phase::Retry {
                at_ms: self.now_ms.saturating_add(delay_ms),
            };
        } else {
            branch.phase = Phase::Work;
            self.execution.ready.push_back(id);
        }
        true
    }

    fn catches(&mut self, id: BranchId, failure: &Failure) -> Result<bool, Fault> {
        let Some((_, state)) = self.at(id) else {
            return Ok(false);
        };
        let error = failure.error.as_deref();
        let mut catchers = state.catch.iter();
        let Some(catcher) =
            catchers.find(|c| retry::takes(&c.error_equals, error, failure.heartbeat))
        else {
            return Ok(false);
        };
        let left = {
            let Some((around, random)) = self.look(id, state, None, None) else {
                return Ok(false);
            };
            let output = Arc::new(failure.error_output());
            catcher
                .flow
                .leave_with_error(&around, &around.branch.input, output, random)?
        };
        if let Err(failure) = self.check_left(id, state, &left) {
            self.fail_branch(id, failure);
            return Ok(true);
        }
        self.exit(id, left, Next::State(catcher.next));
        Ok(true)
    }

    /// The branch ends with a failure, which is its parent's affair then.
    pub(super) fn fail_branch(&mut self, id: BranchId, failure: Failure) {
        self.cancel_within(id);
        let Some(branch) = self.execution.branches.get(&id) else {
            return;
        };
        let Some(parent) = branch.parent else {
            let Failure { error, cause, .. } = failure;
            self.end(Status::Failed { error, cause });
            return;
        };
        match self
            .execution
            .branches
            .get(&parent.branch)
            .map(|parent| &parent.phase)
        {
            Some(Phase::Parallel { .. }) => self.fail_parallel(id, parent, failure),
            Some(Phase::Map(_)) => self.fail_iteration(id, parent, failure),
            _ => {}
        }
    }

    fn fail_parallel(&mut self, id: BranchId, parent: Parent, failure: Failure) {
        self.leave_to_parent(id, parent);
        self.cancel_within(parent.branch);
        let (error, cause) = (failure.error.clone(), failure.cause.clone());
        self.emit(parent.branch, Event::ParallelStateFailed { error, cause });
        self.fail_state(parent.branch, failure);
    }

    /// Removes a branch; its parent's next event follows its last one.
    pub(super) fn leave_to_parent(&mut self, id: BranchId, parent: Parent) {
        let Some(ended) = self.execution.branches.remove(&id) else {
            return;
        };
        if let Some(branch) = self.execution.branches.get_mut(&parent.branch)
            && branch.book == ended.book
        {
            branch.last_event = ended.last_event;
        }
    }

    /// Ends everything that runs within a branch, and what it waits for itself.
    pub(super) fn cancel_within(&mut self, id: BranchId) {
        if let Some(branch) = self.execution.branches.get(&id)
            && let Phase::Task { task, .. } = branch.phase
        {
            self.cancel(task);
        }
        let children = self.execution.branches.iter();
        let children: Vec<BranchId> = children
            .filter(|(_, branch)| branch.parent.is_some_and(|parent| parent.branch == id))
            .map(|(child, _)| *child)
            .collect();
        for child in children {
            self.cancel_within(child);
            self.abort(child, id);
        }
    }

    fn abort(&mut self, child: BranchId, id: BranchId) {
        if let Some((_, state)) = self.at(id)
            && let Kind::Map(map) = &state.kind
            && !map.distributed
            && let Some(branch) = self.execution.branches.get(&child)
            && let Some(parent) = branch.parent
        {
            let (name, index) = (state.name.clone(), parent.index as u64);
            self.emit(child, Event::MapIterationAborted { name, index });
        }
        if let Some(branch) = self.execution.branches.remove(&child)
            && let Some(book) = branch.book
        {
            self.execution.books.remove(&book);
        }
    }

    fn cancel(&mut self, task: TaskId) {
        if self.execution.tasks.remove(&task).is_none() {
            return;
        }
        let calls = self.turn.calls.len();
        self.turn.calls.retain(|call| call.task != task);
        if self.turn.calls.len() == calls {
            self.turn.cancelled.push(task);
        }
    }

    /// Ends every task that is waited for.
    pub(super) fn cancel_all(&mut self) {
        for task in self.execution.tasks.keys().copied().collect::<Vec<_>>() {
            self.cancel(task);
        }
    }
}
