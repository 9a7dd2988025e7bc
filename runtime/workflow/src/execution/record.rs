//! The history of an execution, and what may become part of it.

use serde_json::Value;

use super::Status;
use super::branch::BranchId;
use super::step::Stepper;
use crate::document::State;
use crate::fault::Failure;
use crate::flow::{Assigned, Left};
use crate::history::{Event, HistoryEvent, MAX_EVENTS};
use crate::retry::names;
use crate::size;

impl Stepper<'_, '_> {
    /// Fails what has as many events as it may have.
    pub(super) fn end_exhausted(&mut self) {
        let cause =
            format!("The execution reached the maximum number of history events ({MAX_EVENTS}).");
        while let Some(book) = self.exhausted_books.pop() {
            self.fail_branch(
                book.first_branch(),
                Failure::new(names::RUNTIME, cause.as_str()),
            );
        }
        if self.exhausted && !self.execution.status.has_ended() {
            let error = Some(names::RUNTIME.to_owned());
            let cause = Some(cause);
            self.end(Status::Failed { error, cause });
        }
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
            if *events + 1 >= MAX_EVENTS {
                self.exhausted_books.push(book);
                return *events;
            }
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

    pub(super) fn record(&mut self, id: BranchId, event: Event) -> i64 {
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

    /// Whether data may be held: it is neither too large nor too deep.
    pub(super) fn check(&self, state: &State, data: &Value) -> Result<(), Failure> {
        if size::nests_too_deep(data) {
            let cause = format!(
                "The state/task '{}' returned a result that nests more than {} levels deep.",
                state.name,
                size::MAX_DEPTH
            );
            return Err(Failure::new(names::DATA_LIMIT_EXCEEDED, cause));
        }
        if size::exceeds_limit(data) {
            return Err(Failure::too_large(&state.name));
        }
        Ok(())
    }

    /// Whether what a state leaves may be held.
    pub(super) fn check_left(
        &self,
        id: BranchId,
        state: &State,
        left: &Left,
    ) -> Result<(), Failure> {
        self.check(state, &left.output)?;
        for value in left.assigned.values() {
            self.check(state, value)?;
        }
        let exceed = size::assigned_exceed_limit(&left.assigned)
            || !left.assigned.is_empty() && self.variables_exceed_limit(id, &left.assigned);
        if exceed {
            return Err(Failure::too_large(&state.name));
        }
        Ok(())
    }

    /// Whether the variables of all branches are too large together once a branch has assigned
    /// these.
    fn variables_exceed_limit(&self, id: BranchId, assigned: &Assigned) -> bool {
        let branches = &self.execution.branches;
        let others = branches.iter().filter(|(other, _)| **other != id);
        let others: usize = others.map(|(_, branch)| branch.variable_bytes).sum();
        let own = branches
            .get(&id)
            .map_or(0, |branch| branch.bytes_with(assigned));
        others + own > size::MAX_VARIABLE_BYTES
    }
}
