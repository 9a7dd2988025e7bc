//! Running branches beside each other.

use std::sync::Arc;

use serde_json::Value;

use super::branch::{Branch, BranchId, Parent, Phase};
use super::step::Stepper;
use crate::document::{FlowIndex, State};
use crate::fault::Fault;
use crate::history::Event;

impl Stepper<'_, '_> {
    pub(super) fn fork(
        &mut self,
        id: BranchId,
        state: &State,
        flows: &[FlowIndex],
    ) -> Result<(), Fault> {
        let (arguments, book) = {
            let Some((around, random)) = self.look(id, state, None, None) else {
                return Ok(());
            };
            let effective = state.flow.effective_input(&around, &around.branch.input)?;
            (
                state.flow.arguments(&around, &effective, random)?,
                around.branch.book,
            )
        };
        if let Err(failure) = self.check(state, &arguments) {
            self.fail_state(id, failure);
            return Ok(());
        }
        let started = self.emit(id, Event::ParallelStateStarted);
        if let Some(branch) = self.execution.branches.get_mut(&id) {
            branch.phase = Phase::Parallel {
                results: vec![None; flows.len()],
            };
        }
        for (index, &flow) in flows.iter().enumerate() {
            let parent = Some(Parent { branch: id, index });
            let mut branch = Branch::new(parent, flow, self.start_of(flow), arguments.clone());
            branch.last_event = started;
            branch.book = book;
            self.spawn(branch);
        }
        if flows.is_empty() {
            self.joined(id);
        }
        Ok(())
    }

    /// One of the branches has ended; when it is the last, the state has its result.
    pub(super) fn join(&mut self, id: BranchId, parent: Parent, output: Arc<Value>) {
        let Some(ended) = self.execution.branches.remove(&id) else {
            return;
        };
        let Some(branch) = self.execution.branches.get_mut(&parent.branch) else {
            return;
        };
        branch.last_event = ended.last_event;
        let Phase::Parallel { results } = &mut branch.phase else {
            return;
        };
        if let Some(place) = results.get_mut(parent.index) {
            *place = Some(output);
        }
        self.joined(parent.branch);
    }

    /// Gives the state its result when all its branches have ended.
    fn joined(&mut self, id: BranchId) {
        let Some(branch) = self.execution.branches.get_mut(&id) else {
            return;
        };
        let Phase::Parallel { results } = &mut branch.phase else {
            return;
        };
        if results.iter().any(Option::is_none) {
            return;
        }
        let result = results
            .iter_mut()
            .filter_map(Option::take)
            .map(Arc::unwrap_or_clone);
        let result = Value::Array(result.collect());
        self.emit(id, Event::ParallelStateSucceeded);
        self.complete(id, Arc::new(result));
    }
}
