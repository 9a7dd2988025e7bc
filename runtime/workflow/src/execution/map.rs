//! Doing the same for every item.

use std::sync::Arc;

use serde_json::Value;

use super::branch::{BranchId, Item, Phase, Run};
use super::step::Stepper;
use crate::budget::Budget;
use crate::document::{Kind, Map, Payload, State};
use crate::fault::{Failure, Fault};
use crate::flow::View;
use crate::history::Event;
use crate::size::MAX_BYTES;

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

    pub(super) fn run_map(
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
            bytes: 0,
            concurrency: plan.concurrency.max(1),
            tolerated: plan.tolerated,
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
            let item = Item { index, value };
            let item = self.selected_item(id, state, selector, item)?;
            if let Err(exceeded) = budget.spend(&item) {
                return Err(Fault::expression(&exceeded.into()));
            }
            selected.push(Arc::new(item));
        }
        Ok(selected)
    }

    /// Starts as many iterations as may run, or ends the map when none is left. A turn that has no
    /// room for more goes on with them in the next.
    pub(super) fn go_on_with_map(&mut self, id: BranchId) {
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
            if self.budget == 0 {
                if !self.execution.ready.contains(&id) {
                    self.execution.ready.push_back(id);
                }
                return;
            }
            self.budget -= 1;
            run.next += 1;
            run.running += 1;
            if !self.start_iteration(id, item) {
                return;
            }
        }
    }

    /// Goes on with a map whose results are not too large yet; all of them together are its result.
    pub(super) fn go_on_within_limit(&mut self, id: BranchId) {
        let Some((branch, state)) = self.at(id) else {
            return;
        };
        if matches!(&branch.phase, Phase::Map(run) if run.bytes > MAX_BYTES) {
            self.cancel_within(id);
            self.fail_state(id, Failure::too_large(&state.name));
            return;
        }
        self.go_on_with_map(id);
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
