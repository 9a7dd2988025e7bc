//! Lets the interpreter go on, and does what its turn says. One turn is one commit. A turn makes a bounded
//! number of transitions: a document that never waits goes on by a timer that is due at once, so that it
//! never keeps a shard from its other actors.

use datamesh_workflow::{Env, Execution, HistoryEvent, Machine, Random, Signal, Status};
use serde_json::Value;

use super::event::{Event, Progress};
use super::history::event_row;
use super::report::{End, Report};
use super::status::ExecutionStatus;
use super::token::{mask, mask_text};
use super::{WorkflowExecution, machines, tasks};
use crate::turn::Turn;

/// The timer of what the interpreter waits for.
pub(super) const WAKE: &str = "wake";
/// The timer of a turn that was not done.
pub(super) const GO_ON: &str = "go-on";

/// The most transitions of a turn.
const MOST_TRANSITIONS: u32 = 250;
/// A turn's history shall not be much larger than this, in bytes: an execution that carries much data makes
/// fewer transitions in a turn.
const TURN_BYTES: u32 = 4 << 20;

pub(super) type ExecutionTurn<'c> = Turn<'c, WorkflowExecution>;

/// The first turn.
pub(super) fn begin(turn: &mut ExecutionTurn<'_>) {
    advance(turn, Signal::Begin);
}

/// Goes on where the last turn ended.
pub(super) fn go_on(turn: &mut ExecutionTurn<'_>) {
    advance(turn, Signal::Continue);
}

/// Something that the interpreter waits for is due.
pub(super) fn wake(turn: &mut ExecutionTurn<'_>) {
    advance(turn, Signal::Time);
}

/// Gives the interpreter a signal. One that comes late or twice changes nothing.
pub(super) fn advance(turn: &mut ExecutionTurn<'_>, signal: Signal) {
    let Some(mut execution) = turn.state.execution.clone() else {
        return;
    };
    let Some(record) = turn.state.record.clone() else {
        return;
    };
    let now_ms = turn.now_ms();
    let Some(machine) = machines::compiled(&turn.state.document, &record.workflow_digest) else {
        return unreadable(turn, record.event_count);
    };
    let max_transitions = transitions(&execution);
    let mut env = Env {
        now_ms,
        random: &mut Drawn(turn),
        max_transitions,
    };
    let ran = execution.advance(&machine, signal, &mut env);
    let id = record.execution_id.as_str();
    ran.history
        .iter()
        .filter_map(|event: &HistoryEvent| event_row(id, event))
        .for_each(|row| turn.show(row));
    let mut progress = progress(&ran.status);
    progress.event_count = execution.events();
    let ended = progress.status.is_ended();
    if !ended {
        progress.current_states = standing(&execution, &machine);
    }
    turn.happen(Event::Advanced {
        at_ms: now_ms,
        execution: (!ended).then(|| Box::new(execution)),
        progress,
    });
    let expired = ran.history.iter().any(|event| {
        matches!(
            event.event,
            datamesh_workflow::history::Event::TaskTimedOut { .. }
        )
    });
    for task in ran.cancelled {
        tasks::over(turn, task, expired, "nobody waits for it any more");
    }
    for call in ran.calls {
        tasks::begin(turn, call);
    }
    if ended {
        tasks::all_over(turn);
    }
    match ran.status {
        Status::Busy => turn.wake(GO_ON, now_ms),
        _ => turn.let_sleep(GO_ON),
    }
    match ran.wake_at_ms {
        Some(due_ms) if !ended => turn.wake(WAKE, due_ms),
        _ => turn.let_sleep(WAKE),
    }
    report(turn);
}

/// A document that was taken does not compile any more: a newer version of datamesh is stricter.
fn unreadable(turn: &mut ExecutionTurn<'_>, event_count: i64) {
    let at_ms = turn.now_ms();
    turn.happen(Event::Advanced {
        at_ms,
        execution: None,
        progress: Progress {
            status: ExecutionStatus::Failed,
            event_count,
            error: "States.Runtime".to_owned(),
            cause: "The document that this execution runs cannot be read any more".to_owned(),
            ..Progress::default()
        },
    });
    tasks::all_over(turn);
    turn.let_sleep(WAKE);
    turn.let_sleep(GO_ON);
    report(turn);
}

/// How many transitions the next turn may make.
fn transitions(execution: &Execution) -> u32 {
    let bytes = serde_json::to_vec(execution)
        .ok()
        .and_then(|json| u32::try_from(json.len()).ok())
        .unwrap_or(TURN_BYTES);
    (TURN_BYTES / bytes.max(1)).clamp(1, MOST_TRANSITIONS)
}

/// The states that it is in, each once.
fn standing(execution: &Execution, machine: &Machine) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in execution.current_states(machine) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }
    names
}

fn progress(status: &Status) -> Progress {
    let failed = |status, error: &Option<String>, cause: &Option<String>| Progress {
        status,
        error: error.clone().unwrap_or_default(),
        cause: mask_text(cause.as_deref().unwrap_or_default()),
        ..Progress::default()
    };
    match status {
        Status::Running | Status::Busy => Progress::default(),
        Status::Succeeded { output } => {
            let mut output = Value::clone(output);
            mask(&mut output);
            Progress {
                status: ExecutionStatus::Succeeded,
                output: Some(output),
                ..Progress::default()
            }
        }
        Status::Failed { error, cause } => failed(ExecutionStatus::Failed, error, cause),
        Status::TimedOut { error, cause } => failed(ExecutionStatus::TimedOut, error, cause),
        Status::Aborted { error, cause } => failed(ExecutionStatus::Aborted, error, cause),
    }
}

/// Tells the promotion how far it is, if that is news.
pub(super) fn report(turn: &mut ExecutionTurn<'_>) {
    let (Some(promotion_id), Some(record)) =
        (turn.state.promotion_id.clone(), turn.state.record.as_ref())
    else {
        return;
    };
    let state = &turn.state;
    // An approval that cannot be found yet is not told of.
    let is_there = |id: &&String| {
        state
            .approvals
            .get(*id)
            .is_none_or(|opening| opening.opened)
    };
    let report = Report {
        number: state.reported.number + 1,
        current_states: record.current_states.clone(),
        approval_id: state.approval_id.as_ref().filter(is_there).cloned(),
        approved: state.approved.clone(),
        deployment_ids: state.deployment_ids.clone(),
        end: record.status.is_ended().then(|| End {
            status: record.status,
            error: record.error.clone(),
            cause: record.cause.clone(),
        }),
    };
    if report.tells_the_same(&state.reported) {
        return;
    }
    turn.happen(Event::Reported {
        report: report.clone(),
    });
    turn.ask(super::effects::ExecutionEffect::TellPromotion(
        super::effects::TellPromotion {
            promotion_id,
            report,
        },
    ));
}

/// Randomness of the commit, for the interpreter.
struct Drawn<'t, 'c>(&'t mut ExecutionTurn<'c>);

impl Random for Drawn<'_, '_> {
    fn next_u64(&mut self) -> u64 {
        self.0.ctx.random()
    }
}
