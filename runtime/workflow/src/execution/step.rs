//! One step of a branch: into a state, through it, and out of it.

use std::cell::OnceCell;
use std::sync::Arc;

use serde_json::Value;

use super::around::Surroundings;
use super::branch::{Book, Branch, BranchId, Item, Phase};
use super::{Env, Execution, Status, Turn};
use crate::document::{Kind, Next, State, StateIndex};
use crate::fault::{Failure, Fault};
use crate::flow::{View, text};
use crate::history::Event;
use crate::machine::Machine;
use crate::scope::Random;

/// One turn in the making.
pub(super) struct Stepper<'a, 'e> {
    pub execution: &'a mut Execution,
    pub machine: &'a Machine,
    pub now_ms: i64,
    pub random: &'a mut (dyn Random + 'e),
    pub turn: &'a mut Turn,
    /// How many states may still be entered, and iterations begun.
    pub budget: u32,
    /// Whether the history is as long as it may be.
    pub exhausted: bool,
    /// Executions of distributed maps of which the same is true.
    pub exhausted_books: Vec<Book>,
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
            exhausted_books: Vec::new(),
        }
    }

    /// Goes on while a branch can, and the budget lasts.
    pub(super) fn run(&mut self) {
        loop {
            self.end_exhausted();
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
        match branch.phase {
            Phase::Enter => {
                self.enter(id);
                self.work(id);
            }
            Phase::Work => self.work(id),
            Phase::Map(_) => self.go_on_with_map(id),
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
        Ok(Failure::given(error, cause))
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
