//! One iteration of a map. Those of a distributed map are executions of their own in Step Functions:
//! their events do not show, they do not see the variables around them, and some may fail.

use std::sync::Arc;

use serde_json::Value;

use super::branch::{Book, Branch, BranchId, Item, Parent, Phase};
use super::step::Stepper;
use crate::document::{Kind, Payload, State};
use crate::fault::{Failure, Fault};
use crate::flow::View;
use crate::history::Event;
use crate::size;

impl Stepper<'_, '_> {
    /// Whether the iteration began; otherwise the map has failed.
    pub(super) fn start_iteration(&mut self, id: BranchId, item: Item) -> bool {
        let Some((branch, state)) = self.at(id) else {
            return false;
        };
        let Kind::Map(map) = &state.kind else {
            return false;
        };
        let (index, book, last_event) = (item.index, branch.book, branch.last_event);
        let selected = match &map.item_selector {
            // Batches are made of selected items.
            Some(selector) if map.batcher.is_none() => self
                .selected_item(id, state, selector, item.clone())
                .map(Arc::new),
            _ => Ok(item.value.clone()),
        };
        let input = match selected {
            Ok(input) => input,
            Err(fault) => {
                self.cancel_within(id);
                self.fault(id, fault);
                return false;
            }
        };
        if let Err(failure) = self.check(state, &input) {
            self.cancel_within(id);
            self.fail_state(id, failure);
            return false;
        }
        let parent = Some(Parent { branch: id, index });
        let mut branch = Branch::new(parent, map.processor, self.start_of(map.processor), input);
        branch.item = Some(item);
        branch.book = book;
        branch.last_event = last_event;
        if map.distributed {
            // The first event of an execution is its start, which does not show.
            let book = Book(self.execution.next_branch);
            self.execution.books.insert(book, 1);
            branch.book = Some(book);
            branch.last_event = 1;
            self.spawn(branch);
        } else {
            let child = self.spawn(branch);
            let (name, index) = (state.name.clone(), index as u64);
            self.emit(child, Event::MapIterationStarted { name, index });
        }
        true
    }

    /// What the item selector makes of an item.
    pub(super) fn selected_item(
        &mut self,
        id: BranchId,
        state: &State,
        selector: &Payload,
        item: Item,
    ) -> Result<Value, Fault> {
        let Some((around, random)) = self.look(id, state, None, Some(item)) else {
            return Ok(Value::Null);
        };
        let effective = state.flow.effective(&around, &around.branch.input)?;
        let view = View::of_input(&around, &effective);
        selector.eval("ItemSelector", &view, random)
    }

    pub(super) fn finish_iteration(&mut self, id: BranchId, parent: Parent, output: Arc<Value>) {
        self.iteration_event(id, parent, |name, index| Event::MapIterationSucceeded {
            name,
            index,
        });
        self.iteration_over(id, parent, output);
        self.go_on_within_limit(parent.branch);
    }

    pub(super) fn fail_iteration(&mut self, id: BranchId, parent: Parent, failure: Failure) {
        self.iteration_event(id, parent, |name, index| Event::MapIterationFailed {
            name,
            index,
        });
        self.iteration_over(id, parent, Arc::new(failure.error_output()));
        let Some((_, state)) = self.at(parent.branch) else {
            return;
        };
        let Kind::Map(map) = &state.kind else { return };
        let Some(branch) = self.execution.branches.get_mut(&parent.branch) else {
            return;
        };
        let Phase::Map(run) = &mut branch.phase else {
            return;
        };
        run.failed += 1;
        if map.distributed && run.failed <= run.tolerated {
            self.go_on_within_limit(parent.branch);
            return;
        }
        self.cancel_within(parent.branch);
        let failure = if map.distributed {
            let failure = Failure::exceeded_tolerance();
            let (error, cause) = (failure.error.clone(), failure.cause.clone());
            self.emit(parent.branch, Event::MapRunFailed { error, cause });
            failure
        } else {
            failure
        };
        let (error, cause) = (failure.error.clone(), failure.cause.clone());
        self.emit(parent.branch, Event::MapStateFailed { error, cause });
        self.fail_state(parent.branch, failure);
    }

    fn iteration_event(
        &mut self,
        id: BranchId,
        parent: Parent,
        event: impl FnOnce(String, u64) -> Event,
    ) {
        let Some((_, state)) = self.at(parent.branch) else {
            return;
        };
        if matches!(&state.kind, Kind::Map(map) if !map.distributed) {
            self.emit(id, event(state.name.clone(), parent.index as u64));
        }
    }

    fn iteration_over(&mut self, id: BranchId, parent: Parent, result: Arc<Value>) {
        if let Some(book) = self
            .execution
            .branches
            .get(&id)
            .and_then(|branch| branch.book)
        {
            let around = self
                .execution
                .branches
                .get(&parent.branch)
                .and_then(|b| b.book);
            if around != Some(book) {
                self.execution.books.remove(&book);
            }
        }
        self.leave_to_parent(id, parent);
        let Some(branch) = self.execution.branches.get_mut(&parent.branch) else {
            return;
        };
        let Phase::Map(run) = &mut branch.phase else {
            return;
        };
        run.running = run.running.saturating_sub(1);
        run.bytes = run.bytes.saturating_add(size::bytes(&result));
        if let Some(place) = run.results.get_mut(parent.index) {
            *place = Some(result);
        }
    }
}
