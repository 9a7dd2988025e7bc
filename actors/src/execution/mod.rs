//! Executions: a workflow's document, interpreted step by step. The interpreter does no I/O and this actor
//! journals each of its turns, so that any crash resumes at the last one; what a turn asks for is done by
//! effects, whose ends are the next turns.
//!
//! It knows nothing of what it is run for: a promotion is told how far it is, and a person may look.

mod effects;
mod event;
mod heartbeat;
mod history;
mod machines;
mod plan;
mod record;
mod report;
mod start;
mod state;
mod status;
mod stop;
mod task_ended;
mod tasks;
mod token;

#[cfg(test)]
mod tests;

use datamesh_actor::{Ctx, Decision, Entity, Failure, Named, Rejection};
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use crate::turn::Turn;

pub use effects::{ExecutionEffect, ExecutionEffects, Outcome};
pub use event::{Event, Progress, Started};
pub use heartbeat::Heartbeat;
pub use history::{EXECUTION_EVENTS, ExecutionEvent, events_of};
pub use record::{EXECUTIONS, ExecutionRecord};
pub use report::{Approved, End, Report};
pub use start::Start;
pub use state::{Opening, State, Task, Unwanted};
pub use status::ExecutionStatus;
pub use stop::Stop;
pub use task_ended::TaskEnded;
pub(crate) use task_ended::not_waited_for;
pub use token::{execution_of, mask, mask_text};

/// The execution as an aggregate; ids are `exec-…`.
pub struct WorkflowExecution;

/// What an execution can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// See [`Start`].
    Start(Box<Start>),
    /// See [`Stop`].
    Stop(Stop),
    /// See [`TaskEnded`].
    TaskEnded(TaskEnded),
    /// See [`Heartbeat`].
    Heartbeat(Heartbeat),
}

impl Named for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Start(_) => "StartExecution",
            Self::Stop(_) => "StopExecution",
            Self::TaskEnded(_) => "TaskEnded",
            Self::Heartbeat(_) => "TaskHeartbeat",
        }
    }
}

impl Entity for WorkflowExecution {
    const KIND: &'static str = "execution";
    type State = State;
    type Command = Command;
    type Event = Event;
    type Effect = ExecutionEffect;
    type Outcome = Outcome;
    type Reply = ExecutionRecord;

    fn decide(state: &State, command: Command, ctx: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        match command {
            Command::Start(start) => start.decide(state, ctx),
            Command::Stop(stop) => stop.decide(state, ctx),
            Command::TaskEnded(ended) => ended.decide(state, ctx),
            Command::Heartbeat(heartbeat) => heartbeat.decide(state, ctx),
        }
    }

    fn settle(
        state: &State,
        effect: &ExecutionEffect,
        result: Result<Outcome, Failure>,
        ctx: &mut Ctx,
    ) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        tasks::settle(&mut turn, effect, result);
        turn.done()
    }

    fn timer(state: &State, name: &str, ctx: &mut Ctx) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        match name {
            plan::GO_ON => plan::go_on(&mut turn),
            plan::WAKE => plan::wake(&mut turn),
            name => tasks::ask_again(&mut turn, name),
        }
        turn.done()
    }

    fn apply(state: &mut State, event: &Event) {
        state.apply(event);
    }

    fn reply(id: &str, state: &State) -> ExecutionRecord {
        state.record.clone().unwrap_or_else(|| ExecutionRecord {
            execution_id: id.to_owned(),
            ..ExecutionRecord::default()
        })
    }

    fn views(_: &str, state: &State) -> Vec<ViewChange> {
        state
            .record
            .iter()
            .filter_map(ExecutionRecord::row)
            .collect()
    }
}

impl State {
    fn known(&self, id: &str) -> Result<&ExecutionRecord, Rejection> {
        self.record.as_ref().ok_or_else(|| {
            Rejection::not_found("EXECUTION_NOT_FOUND", format!("there is no execution {id}"))
        })
    }
}
