//! Tasks: what is asked for, and what comes back.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;

use super::branch::{BranchId, Phase};
use super::step::Stepper;
use super::{Call, TaskId};
use crate::document::{Kind, Pattern, State, Task};
use crate::fault::{Failure, Fault};
use crate::flow::{View, positive};
use crate::history::{Event, TaskKind};
use crate::retry::names;

impl Stepper<'_, '_> {
    pub(super) fn schedule(
        &mut self,
        id: BranchId,
        state: &State,
        task: &Task,
    ) -> Result<(), Fault> {
        let token = (task.pattern != Pattern::RequestResponse).then(|| self.new_token());
        let token_text = token.clone();
        let (parameters, credentials, timeout, heartbeat, attempt) = {
            let looked = self.look(id, state, token_text.as_deref(), None);
            let Some((around, random)) = looked else {
                return Ok(());
            };
            let effective = state.flow.effective_input(&around, &around.branch.input)?;
            let view = View::of_input(&around, &effective);
            let timeout = task.timeout.as_ref();
            let timeout = timeout
                .map(|amount| positive(amount, &view, random))
                .transpose()?;
            let heartbeat = task.heartbeat.as_ref();
            let heartbeat = heartbeat
                .map(|amount| positive(amount, &view, random))
                .transpose()?;
            let credentials = match &task.credentials {
                None => None,
                Some(credentials) => Some(credentials.eval("Credentials", &view, random)?),
            };
            let parameters = state.flow.arguments(&around, &effective, random)?;
            (
                parameters,
                credentials,
                timeout,
                heartbeat,
                around.branch.retry_count(),
            )
        };
        if let Err(failure) = self.check(state, &parameters) {
            self.fail_state(id, failure);
            return Ok(());
        }
        let number = TaskId(self.execution.next_task);
        self.execution.next_task += 1;
        let kind = TaskKind::of(&task.resource);
        self.emit(
            id,
            Event::TaskScheduled {
                kind,
                resource: task.resource.clone(),
                parameters: parameters.clone(),
                timeout_seconds: timeout,
                heartbeat_seconds: heartbeat,
            },
        );
        self.emit(
            id,
            Event::TaskStarted {
                kind,
                resource: task.resource.clone(),
            },
        );
        let due = |seconds: i64| self.now_ms.saturating_add(seconds.saturating_mul(1000));
        let phase = Phase::Task {
            task: number,
            deadline_ms: timeout.map(due),
            heartbeat_ms: heartbeat.map(|seconds| seconds.saturating_mul(1000)),
            heartbeat_due_ms: heartbeat.map(due),
            submitted: false,
        };
        if let Some(branch) = self.execution.branches.get_mut(&id) {
            branch.phase = phase;
            self.execution.tasks.insert(number, id);
        }
        self.turn.calls.push(Call {
            task: number,
            state: state.name.clone(),
            resource: task.resource.clone(),
            parameters,
            credentials,
            pattern: task.pattern,
            token,
            timeout_seconds: timeout,
            heartbeat_seconds: heartbeat,
            attempt,
        });
        Ok(())
    }

    fn new_token(&mut self) -> String {
        let bits: Vec<u8> = (0..6)
            .flat_map(|_| self.random.next_u64().to_be_bytes())
            .collect();
        format!(
            "{}{}",
            self.execution.token_prefix,
            BASE64_STANDARD.encode(bits)
        )
    }

    pub(super) fn task_submitted(&mut self, task: TaskId, output: Arc<Value>) {
        let Some(&id) = self.execution.tasks.get(&task) else {
            return;
        };
        let Some(resource) = self.resource_of(id) else {
            return;
        };
        let branch = self.execution.branches.get_mut(&id);
        match branch.map(|branch| &mut branch.phase) {
            Some(Phase::Task { submitted, .. }) if !*submitted => *submitted = true,
            _ => return,
        }
        self.emit(id, Event::TaskSubmitted { resource, output });
    }

    pub(super) fn task_succeeded(&mut self, task: TaskId, output: Arc<Value>) {
        let Some(id) = self.execution.tasks.remove(&task) else {
            return;
        };
        let Some((_, state)) = self.at(id) else {
            return;
        };
        if matches!(state.kind, Kind::Map(_)) {
            self.items_read(id, &output);
            return;
        }
        let Some(resource) = self.resource_of(id) else {
            return;
        };
        let kind = TaskKind::of(&resource);
        if let Err(failure) = self.check(state, &output) {
            let (error, cause) = (failure.error.clone(), failure.cause.clone());
            self.emit(
                id,
                Event::TaskFailed {
                    kind,
                    resource,
                    error,
                    cause,
                },
            );
            self.fail_state(id, failure);
            return;
        }
        self.emit(
            id,
            Event::TaskSucceeded {
                kind,
                resource,
                output: output.clone(),
            },
        );
        self.complete(id, output);
    }

    pub(super) fn task_failed(&mut self, task: TaskId, failure: Failure) {
        let Some(id) = self.execution.tasks.remove(&task) else {
            return;
        };
        let Some(resource) = self.resource_of(id) else {
            self.fail_state(id, failure);
            return;
        };
        let kind = TaskKind::of(&resource);
        let (error, cause) = (failure.error.clone(), failure.cause.clone());
        let timed_out = matches!(
            failure.error.as_deref(),
            Some(names::TIMEOUT | names::HEARTBEAT_TIMEOUT)
        );
        let event = if timed_out {
            Event::TaskTimedOut {
                kind,
                resource,
                error,
                cause,
            }
        } else {
            Event::TaskFailed {
                kind,
                resource,
                error,
                cause,
            }
        };
        self.emit(id, event);
        self.fail_state(id, failure);
    }

    pub(super) fn task_beats(&mut self, task: TaskId) {
        let Some(id) = self.execution.tasks.get(&task) else {
            return;
        };
        let Some(branch) = self.execution.branches.get_mut(id) else {
            return;
        };
        if let Phase::Task {
            heartbeat_ms: Some(ms),
            heartbeat_due_ms,
            ..
        } = &mut branch.phase
        {
            *heartbeat_due_ms = Some(self.now_ms.saturating_add(*ms));
        }
    }

    fn resource_of(&self, id: BranchId) -> Option<String> {
        match &self.at(id)?.1.kind {
            Kind::Task(task) => Some(task.resource.clone()),
            _ => None,
        }
    }
}

impl TaskKind {
    /// What kind of task a resource is called by.
    pub(crate) fn of(resource: &str) -> Self {
        let mut parts = resource.split(':').skip(2);
        match (parts.next(), parts.nth(2)) {
            (Some("lambda"), Some("function")) => TaskKind::Lambda,
            (Some("states"), Some("activity")) => TaskKind::Activity,
            _ => TaskKind::Service,
        }
    }
}
