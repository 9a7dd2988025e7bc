//! One step of a branch: into a state, through it, and out of it.

use std::cell::OnceCell;
use std::sync::Arc;

use serde_json::Value;

use super::around::Surroundings;
use super::branch::{Branch, BranchId, Item, Phase};
use super::{Env, Execution, Status, TRUNK, Turn};
use crate::document::{Kind, Next, State, StateIndex};
use crate::fault::{Failure, Fault};
use crate::flow::{Left, View, text};
use crate::history::{Event, HistoryEvent, MAX_EVENTS};
use crate::machine::Machine;
use crate::retry::names;
use crate::scope::Random;
use crate::size;

/// One turn in the making.
pub(super) struct Stepper<'a, 'e> {
    pub execution: &'a mut Execution,
    pub machine: &'a Machine,
    pub now_ms: i64,
    pub random: &'a mut (dyn Random + 'e),
    pub turn: &'a mut Turn,
    budget: u32,
    /// Whether the history is as long as it may be.
    exhausted: bool,
}

impl<'a, 'e> Stepper<'a, 'e> {
    pub(super) fn new(
        execution: &'a mut Execution,
        machine: &'a Machine,
        env: &'a mut Env<'e>,
        turn: &'a mut Turn,
    ) -> Self {
        Self {
            execution,
            machine,
            now_ms: env.now_ms,
            budget: env.max_transitions.max(1),
            random: env.random,
            turn,
            exhausted: false,
        }
    }

    /// Goes on while a branch can, and the budget lasts.
    pub(super) fn run(&mut self) {
        loop {
            if self.exhausted && !self.execution.status.has_ended() {
                let Failure { error, cause, .. } = history_is_full();
                self.end(Status::Failed { error, cause });
            }
            if self.execution.status.has_ended() {
                return;
            }
            if self.budget == 0 && !self.execution.ready.is_empty() {
                self.execution.status = Status::Busy;
                return;
            }
            let Some(id) = self.execution.ready.pop_front() else {
                self.execution.status = Status::Running;
                return;
            };
            self.budget -= 1;
            self.step(id);
        }
    }

    fn step(&mut self, id: BranchId) {
        let Some(branch) = self.execution.branches.get(&id) else {
            return;
        };
        if let Some(book) = branch.book
            && self.execution.books.get(&book).copied().unwrap_or(0) >= MAX_EVENTS - 1
        {
            let failure = history_is_full();
            self.fail_branch(BranchId(book.0), failure);
            return;
        }
        match branch.phase {
            Phase::Enter => {
                self.enter(id);
                self.work(id);
            }
            Phase::Work => self.work(id),
            _ => {}
        }
    }

    fn enter(&mut self, id: BranchId) {
        let now_ms = self.now_ms;
        let Some((branch, state)) = self.at(id) else {
            return;
        };
        let event = Event::StateEntered {
            state_type: state.kind.state_type(),
            name: state.name.clone(),
            input: branch.input.clone(),
        };
        let entered_event = self.emit(id, event);
        if let Some(branch) = self.execution.branches.get_mut(&id) {
            branch.entered_event = entered_event;
            branch.entered_ms = now_ms;
            branch.used_retries.clear();
            branch.phase = Phase::Work;
        }
    }

    fn work(&mut self, id: BranchId) {
        let Some((_, state)) = self.at(id) else {
            return;
        };
        let done = match &state.kind {
            Kind::Pass { result } => self.pass(id, state, result.as_ref()),
            Kind::Succeed => self.go_on_with_input(id, state, state.next),
            Kind::Fail { error, cause } => {
                let failure = self.failure_of(id, state, [error.as_ref(), cause.as_ref()]);
                match failure {
                    Ok(failure) => {
                        self.fail_branch(id, failure);
                        Ok(())
                    }
                    Err(fault) => Err(fault),
                }
            }
            Kind::Choice { rules, default } => self.choose(id, state, rules, *default),
            Kind::Wait(wait) => self.wait(id, state, wait),
            Kind::Task(task) => self.schedule(id, state, task),
            Kind::Parallel { branches } => self.fork(id, state, branches),
            Kind::Map(map) => self.start_map(id, state, map),
        };
        if let Err(fault) = done {
            self.fault(id, fault);
        }
    }

    fn pass(&mut self, id: BranchId, state: &State, result: Option<&Value>) -> Result<(), Fault> {
        let (left, next) = {
            let Some((around, random)) = self.look(id, state, None, None) else {
                return Ok(());
            };
            let input = &around.branch.input;
            let effective = state.flow.effective_input(&around, input)?;
            let arguments = state.flow.arguments(&around, &effective, random)?;
            let result = result.cloned().map_or(arguments, Arc::new);
            (
                state.flow.leave_with_pass(&around, input, result, random)?,
                state.next,
            )
        };
        self.leave(id, left, next);
        Ok(())
    }

    /// Leaves a state whose output is its input.
    pub(super) fn go_on_with_input(
        &mut self,
        id: BranchId,
        state: &State,
        next: Next,
    ) -> Result<(), Fault> {
        let left = {
            let Some((around, random)) = self.look(id, state, None, None) else {
                return Ok(());
            };
            let effective = state.flow.effective_input(&around, &around.branch.input)?;
            state.flow.leave_with_input(&around, effective, random)?
        };
        self.leave(id, left, next);
        Ok(())
    }

    fn failure_of(
        &mut self,
        id: BranchId,
        state: &State,
        [error, cause]: [Option<&crate::document::Text>; 2],
    ) -> Result<Failure, Fault> {
        let Some((around, random)) = self.look(id, state, None, None) else {
            return Ok(Failure::default());
        };
        let view = View::of_input(&around, &around.branch.input);
        let error = error.map(|error| text(error, &view, random)).transpose()?;
        let cause = cause.map(|cause| text(cause, &view, random)).transpose()?;
        Ok(Failure {
            error,
            cause,
            heartbeat: false,
        })
    }

    /// The state has a result: leaves it, or fails.
    pub(super) fn complete(&mut self, id: BranchId, result: Arc<Value>) {
        let Some((_, state)) = self.at(id) else {
            return;
        };
        if size::exceeds_limit(&result) {
            self.fail_state(id, self.too_large(state));
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
        let too_large = !Arc::ptr_eq(&branch.input, &left.output)
            && size::exceeds_limit(&left.output)
            || size::assigned_exceed_limit(&left.assigned);
        if too_large {
            self.fail_state(id, self.too_large(state));
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
        branch.variables.extend(left.assigned);
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
    fn finish(&mut self, id: BranchId, output: Arc<Value>) {
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

    /// A branch and the state it stands in.
    pub(super) fn at(&self, id: BranchId) -> Option<(&Branch, &'a State)> {
        let branch = self.execution.branches.get(&id)?;
        Some((branch, self.machine.state(branch.flow, branch.state)?))
    }

    /// What the state's expressions see, and the random numbers they draw from.
    pub(super) fn look<'s>(
        &'s mut self,
        id: BranchId,
        state: &'s State,
        token: Option<&'s str>,
        item: Option<Item>,
    ) -> Option<(Surroundings<'s>, &'s mut (dyn Random + 'e))> {
        let execution = &*self.execution;
        let around = Surroundings {
            execution,
            branch: execution.branches.get(&id)?,
            state: &state.name,
            can_retry: state.kind.can_retry(),
            token,
            item,
            now_ms: self.now_ms,
            context: OnceCell::new(),
            context_without_input: OnceCell::new(),
        };
        Some((around, &mut *self.random))
    }

    /// Adds an event to the history the branch belongs to, and gives its id.
    pub(super) fn emit(&mut self, id: BranchId, event: Event) -> i64 {
        let book = self
            .execution
            .branches
            .get(&id)
            .and_then(|branch| branch.book);
        if let Some(book) = book {
            let events = self.execution.books.entry(book).or_insert(0);
            *events += 1;
            let event_id = *events;
            if let Some(branch) = self.execution.branches.get_mut(&id) {
                branch.last_event = event_id;
            }
            return event_id;
        }
        if self.execution.events + 1 >= MAX_EVENTS {
            self.exhausted = true;
            return self.execution.events;
        }
        self.record(id, event)
    }

    fn record(&mut self, id: BranchId, event: Event) -> i64 {
        self.execution.events += 1;
        let event_id = self.execution.events;
        let mut previous_event_id = 0;
        if let Some(branch) = self.execution.branches.get_mut(&id) {
            previous_event_id = std::mem::replace(&mut branch.last_event, event_id);
        }
        self.turn.history.push(HistoryEvent {
            id: event_id,
            previous_event_id,
            timestamp_ms: self.now_ms,
            event,
        });
        event_id
    }

    pub(super) fn too_large(&self, state: &State) -> Failure {
        Failure::new(
            names::DATA_LIMIT_EXCEEDED,
            format!(
                "The state/task '{}' returned a result with a size exceeding the maximum number \
                 of bytes service limit.",
                state.name
            ),
        )
    }

    /// A branch of its own for something that `parent` runs.
    pub(super) fn spawn(&mut self, branch: Branch) -> BranchId {
        let id = BranchId(self.execution.next_branch);
        self.execution.next_branch += 1;
        self.execution.branches.insert(id, branch);
        self.execution.ready.push_back(id);
        id
    }

    pub(super) fn start_of(&self, flow: u32) -> StateIndex {
        self.machine.start_at(flow)
    }
}

fn history_is_full() -> Failure {
    Failure::new(
        names::RUNTIME,
        format!("The execution reached the maximum number of history events ({MAX_EVENTS})."),
    )
}
