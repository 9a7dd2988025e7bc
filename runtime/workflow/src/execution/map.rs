//! Doing the same for every item. The iterations of a distributed map are executions of their own
//! in Step Functions: their events do not show, they do not see the variables around them, and some
//! may fail.

use std::sync::Arc;

use serde_json::Value;

use super::branch::{Book, Branch, BranchId, Item, Parent, Phase, Run};
use super::step::Stepper;
use super::{Call, TaskId};
use crate::budget::Budget;
use crate::document::{Kind, Map, Pattern, Payload, Reader, State};
use crate::fault::{Failure, Fault};
use crate::flow::View;
use crate::history::Event;
use crate::retry::names;
use crate::size::{self, MAX_BYTES};

impl Stepper<'_, '_> {
    pub(super) fn start_map(
        &mut self,
        id: BranchId,
        state: &State,
        map: &Map,
    ) -> Result<(), Fault> {
        if let Some(reader) = &map.reader {
            return self.read_items(id, state, reader);
        }
        let items = {
            let Some((around, random)) = self.look(id, state, None, None) else {
                return Ok(());
            };
            let effective = state.flow.effective_input(&around, &around.branch.input)?;
            map.items(&View::of_input(&around, &effective), random)?
        };
        self.run_map(id, state, map, items)
    }

    /// Asks for the items. A map with a reader is a task until it has them.
    fn read_items(&mut self, id: BranchId, state: &State, reader: &Reader) -> Result<(), Fault> {
        let parameters = {
            let Some((around, random)) = self.look(id, state, None, None) else {
                return Ok(());
            };
            let effective = state.flow.effective_input(&around, &around.branch.input)?;
            let view = View::of_input(&around, &effective);
            if let Err(fault) = reader.most(&view, random) {
                if fault.error != names::ITEM_READER_FAILED {
                    return Err(fault);
                }
                self.fail_state(id, Failure::new(fault.error, fault.cause));
                return Ok(());
            }
            match &reader.arguments {
                None => Value::Null,
                Some(arguments) => arguments.eval("ItemReader/Arguments", &view, random)?,
            }
        };
        let task = TaskId(self.execution.next_task);
        self.execution.next_task += 1;
        let Some(branch) = self.execution.branches.get_mut(&id) else {
            return Ok(());
        };
        branch.phase = Phase::Task {
            task,
            deadline_ms: None,
            heartbeat_ms: None,
            heartbeat_due_ms: None,
            submitted: false,
        };
        let attempt = branch.retry_count();
        self.execution.tasks.insert(task, id);
        self.turn.calls.push(Call {
            task,
            state: state.name.clone(),
            resource: reader.resource.clone(),
            parameters: Arc::new(parameters),
            credentials: None,
            pattern: Pattern::RequestResponse,
            token: None,
            timeout_seconds: None,
            heartbeat_seconds: None,
            attempt,
        });
        Ok(())
    }

    /// The item reader's result is there.
    pub(super) fn items_read(&mut self, id: BranchId, output: &Value) {
        let Some((_, state)) = self.at(id) else {
            return;
        };
        let Kind::Map(map) = &state.kind else { return };
        let Some(reader) = &map.reader else { return };
        let items = {
            let Some((around, random)) = self.look(id, state, None, None) else {
                return;
            };
            let effective = state.flow.effective_input(&around, &around.branch.input);
            effective.and_then(|effective| {
                reader.items(output, &View::of_input(&around, &effective), random)
            })
        };
        match items {
            Ok(items) => {
                if let Err(fault) = self.run_map(id, state, map, items) {
                    self.fault(id, fault);
                }
            }
            Err(fault) if fault.error == names::ITEM_READER_FAILED => {
                self.fail_state(id, Failure::new(fault.error, fault.cause));
            }
            Err(fault) => self.fault(id, fault),
        }
    }

    fn run_map(
        &mut self,
        id: BranchId,
        state: &State,
        map: &Map,
        items: Vec<Arc<Value>>,
    ) -> Result<(), Fault> {
        let items = match &map.item_selector {
            Some(selector) if map.batcher.is_some() => {
                self.selected_items(id, state, selector, items)?
            }
            _ => items,
        };
        let plan = {
            let Some((around, random)) = self.look(id, state, None, None) else {
                return Ok(());
            };
            let effective = state.flow.effective_input(&around, &around.branch.input)?;
            map.plan(items, &View::of_input(&around, &effective), random)?
        };
        self.emit(
            id,
            Event::MapStateStarted {
                length: plan.items.len() as u64,
            },
        );
        if map.distributed {
            let start = &self.execution.start;
            let prefix = start.machine_arn.replacen(":stateMachine:", ":mapRun:", 1);
            let map_run_arn = format!("{prefix}/{}:{}", state.name, self.execution.events);
            self.emit(id, Event::MapRunStarted { map_run_arn });
        }
        let run = Run {
            next: 0,
            running: 0,
            results: vec![None; plan.items.len()],
            failed: 0,
            concurrency: plan.concurrency.max(1),
            tolerated: plan.tolerated,
            result_bytes: 0,
            items: plan.items,
        };
        if let Some(branch) = self.execution.branches.get_mut(&id) {
            branch.phase = Phase::Map(Box::new(run));
        }
        self.go_on_with_map(id);
        Ok(())
    }

    /// What the item selector makes of each item, for batches: those are made of selected items.
    fn selected_items(
        &mut self,
        id: BranchId,
        state: &State,
        selector: &Payload,
        items: Vec<Arc<Value>>,
    ) -> Result<Vec<Arc<Value>>, Fault> {
        let mut budget = Budget::default();
        let mut selected = Vec::with_capacity(items.len());
        for (index, value) in items.into_iter().enumerate() {
            let item = Some(Item { index, value });
            let Some((around, random)) = self.look(id, state, None, item) else {
                return Ok(selected);
            };
            let effective = state.flow.effective(&around, &around.branch.input)?;
            let view = View::of_input(&around, &effective);
            let item = selector.eval("ItemSelector", &view, random)?;
            if let Err(exceeded) = budget.spend(&item) {
                return Err(Fault::expression(&exceeded.into()));
            }
            selected.push(Arc::new(item));
        }
        Ok(selected)
    }

    /// Starts as many iterations as may run, or ends the map when none is left.
    fn go_on_with_map(&mut self, id: BranchId) {
        loop {
            let Some(branch) = self.execution.branches.get_mut(&id) else {
                return;
            };
            let Phase::Map(run) = &mut branch.phase else {
                return;
            };
            if run.running >= run.concurrency {
                return;
            }
            let Some(value) = run.items.get(run.next).cloned() else {
                if run.running == 0 {
                    self.end_map(id);
                }
                return;
            };
            let item = Item {
                index: run.next,
                value,
            };
            run.next += 1;
            run.running += 1;
            if let Err(fault) = self.start_iteration(id, item) {
                self.cancel_within(id);
                self.fault(id, fault);
                return;
            }
        }
    }

    fn start_iteration(&mut self, id: BranchId, item: Item) -> Result<(), Fault> {
        let Some((_, state)) = self.at(id) else {
            return Ok(());
        };
        let Kind::Map(map) = &state.kind else {
            return Ok(());
        };
        let (index, value) = (item.index, item.value.clone());
        let (input, book, last_event) = {
            let looked = self.look(id, state, None, Some(item.clone()));
            let Some((around, random)) = looked else {
                return Ok(());
            };
            let input = match &map.item_selector {
                Some(selector) if map.batcher.is_none() => {
                    let effective = state.flow.effective(&around, &around.branch.input)?;
                    let view = View::of_input(&around, &effective);
                    Arc::new(selector.eval("ItemSelector", &view, random)?)
                }
                _ => value,
            };
            (input, around.branch.book, around.branch.last_event)
        };
        if size::exceeds_limit(&input) {
            self.cancel_within(id);
            let failure = self.too_large(state);
            self.fail_state(id, failure);
            return Ok(());
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
        Ok(())
    }

    pub(super) fn finish_iteration(&mut self, id: BranchId, parent: Parent, output: Arc<Value>) {
        self.iteration_event(id, parent, |name, index| Event::MapIterationSucceeded {
            name,
            index,
        });
        self.iteration_over(id, parent, output);
        self.go_on_with_map(parent.branch);
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
            self.go_on_with_map(parent.branch);
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
        run.result_bytes = run.result_bytes.saturating_add(size::bytes(&result));
        if run.result_bytes > MAX_BYTES {
            run.results.clear();
        } else if let Some(place) = run.results.get_mut(parent.index) {
            *place = Some(result);
        }
    }

    fn end_map(&mut self, id: BranchId) {
        let Some((_, state)) = self.at(id) else {
            return;
        };
        let distributed = matches!(&state.kind, Kind::Map(map) if map.distributed);
        let Some(branch) = self.execution.branches.get_mut(&id) else {
            return;
        };
        let Phase::Map(run) = &mut branch.phase else {
            return;
        };
        if run.result_bytes > MAX_BYTES {
            let failure = self.too_large(state);
            self.fail_state(id, failure);
            return;
        }
        let results = std::mem::take(&mut run.results);
        let results = results.into_iter().flatten().map(Arc::unwrap_or_clone);
        let result = Value::Array(results.collect());
        if distributed {
            self.emit(id, Event::MapRunSucceeded);
        }
        self.emit(id, Event::MapStateSucceeded);
        self.complete(id, Arc::new(result));
    }
}
