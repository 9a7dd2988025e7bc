//! The items of a map that an item reader reads.

use std::sync::Arc;

use serde_json::Value;

use super::branch::{BranchId, Phase};
use super::step::Stepper;
use super::{Call, TaskId};
use crate::document::{Kind, Pattern, Reader, State};
use crate::fault::Fault;
use crate::flow::View;

impl Stepper<'_, '_> {
    /// Asks for the items. A map with a reader is a task until it has them.
    pub(super) fn read_items(
        &mut self,
        id: BranchId,
        state: &State,
        reader: &Reader,
    ) -> Result<(), Fault> {
        let parameters = {
            let Some((around, random)) = self.look(id, state, None, None) else {
                return Ok(());
            };
            let effective = state.flow.effective_input(&around, &around.branch.input)?;
            let view = View::of_input(&around, &effective);
            reader.most(&view, random)?;
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
            Err(fault) => self.fault(id, fault),
        }
    }
}
