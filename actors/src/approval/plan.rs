//! What follows from what happened: which stage opens, when it is over, who learns of it.

use datamesh_actor::{Ctx, Decision, Failure};
use serde_json::{Map, Value, json};

use super::effects::{ApprovalEffect, Outcome, TellExecution};
use super::entry::Action;
use super::event::Event;
use super::history::{self, Note};
use super::record::ApprovalRecord;
use super::status::Status;
use super::{Approval, DEADLINE_TIMER, ESCALATION_TIMER, State, events};
use crate::reason;
use crate::task_end::TaskEnd;
use crate::turn::Turn;

type ApprovalTurn<'c> = Turn<'c, Approval>;

/// How it ends.
pub(super) struct End {
    pub(super) status: Status,
    pub(super) action: Action,
    /// Why; may be empty.
    pub(super) reason: String,
    /// Whether the execution is to learn of it.
    pub(super) tell: bool,
}

impl End {
    pub(super) fn new(status: Status, action: Action, reason: String) -> Self {
        Self {
            status,
            action,
            reason,
            tell: true,
        }
    }
}

/// The end that is due, if the deadline has passed: it does not wait for its timer.
pub(super) fn overdue(
    state: &State,
    record: &ApprovalRecord,
    ctx: &mut Ctx,
) -> Option<Decision<Approval>> {
    if ctx.now_ms() < record.deadline_ms {
        return None;
    }
    let mut turn = Turn::new(state, ctx);
    expire(&mut turn);
    Some(turn.done())
}

/// The timer of the deadline.
pub(super) fn deadline(turn: &mut ApprovalTurn<'_>) {
    match open(turn) {
        Some(record) if turn.now_ms() < record.deadline_ms => {
            turn.wake(DEADLINE_TIMER, record.deadline_ms);
        }
        Some(_) => expire(turn),
        None => {}
    }
}

fn expire(turn: &mut ApprovalTurn<'_>) {
    let end = End::new(
        Status::Expired,
        Action::Expired,
        "the deadline passed".to_owned(),
    );
    self::end(turn, end, &Note::default());
}

/// The timer of the escalation: the open stage gets more people, once.
pub(super) fn escalate(turn: &mut ApprovalTurn<'_>) {
    let Some(record) = open(turn).filter(|record| !record.escalated) else {
        return;
    };
    let Some(due_ms) = record.escalates_ms else {
        return;
    };
    let now_ms = turn.now_ms();
    if now_ms < due_ms {
        turn.wake(ESCALATION_TIMER, due_ms);
        return;
    }
    // After a long pause both timers may be due: the deadline's has the word.
    if now_ms >= record.deadline_ms {
        return;
    }
    let Some((_, number)) = record.stage() else {
        return;
    };
    let comment = record
        .escalation
        .as_ref()
        .map(|more| format!("may decide too: {}", more.people()))
        .unwrap_or_default();
    let note = Note {
        stage: number,
        comment: &comment,
        ..Note::default()
    };
    let entry = history::next(turn, Action::Escalated, &note);
    history::happen(turn, Event::Escalated { entry });
    events::escalated(turn);
}

/// A yes was said in a stage: the next may open, or all may be done.
pub(super) fn approved(turn: &mut ApprovalTurn<'_>, stage: u32) {
    let Some(record) = open(turn) else {
        return;
    };
    match record.stage() {
        None => {
            let end = End::new(Status::Approved, Action::Completed, String::new());
            self::end(turn, end, &Note::default());
        }
        Some((_, open)) if open != stage => stage_opened(turn),
        Some(_) => {}
    }
}

/// Notes that the stage that is open now has opened, with who may decide in it.
pub(super) fn stage_opened(turn: &mut ApprovalTurn<'_>) {
    let Some(record) = open(turn) else {
        return;
    };
    let Some((stage, number)) = record.stage() else {
        return;
    };
    let comment = format!("{}: {} of {}", stage.name, stage.threshold, stage.people());
    let note = Note {
        stage: number,
        comment: &comment,
        ..Note::default()
    };
    let entry = history::next(turn, Action::StageOpened, &note);
    history::happen(turn, Event::StageOpened { entry });
}

/// It is over.
pub(super) fn end(turn: &mut ApprovalTurn<'_>, end: End, note: &Note<'_>) {
    let entry = history::next(turn, end.action, note);
    history::happen(
        turn,
        Event::Ended {
            status: end.status,
            reason: end.reason,
            entry,
        },
    );
    turn.let_sleep(DEADLINE_TIMER);
    turn.let_sleep(ESCALATION_TIMER);
    if end.tell
        && let Some(record) = &turn.state.record
        && let Some(end) = task_end(record)
    {
        let task_token = turn.state.task_token.clone();
        turn.ask(ApprovalEffect::TellExecution(TellExecution {
            task_token,
            end,
        }));
    }
    events::ended(turn, note.actor);
}

/// How the task ends; `None` while the approval is open.
fn task_end(record: &ApprovalRecord) -> Option<TaskEnd> {
    let error = match record.status {
        Status::Pending | Status::InProgress => return None,
        Status::Approved => {
            return Some(TaskEnd::Succeeded {
                output: output(record),
            });
        }
        Status::Rejected => "Approval.Rejected",
        Status::Expired => "Approval.Expired",
        Status::Cancelled => "Approval.Cancelled",
        Status::Voided => "Approval.Voided",
    };
    Some(TaskEnd::Failed {
        error: error.to_owned(),
        cause: record.status_reason.clone(),
    })
}

/// What the step gets for the yes: what was given with the yeses (of two that give the same member the later
/// counts), what it gave itself with the question, which no answer can change, and what came of it, which
/// neither can pretend.
fn output(record: &ApprovalRecord) -> Value {
    let mut output = Map::new();
    for yes in record.stages.iter().flat_map(|stage| &stage.yeses) {
        if let Value::Object(answer) = &yes.answer {
            output.extend(answer.clone());
        }
    }
    if let Value::Object(details) = &record.details {
        output.extend(details.clone());
    }
    for (name, value) in [
        ("digest", &record.digest),
        ("projectId", &record.project_id),
    ] {
        if !value.is_empty() {
            output.insert(name.to_owned(), json!(value));
        }
    }
    output.insert("approved".to_owned(), json!(true));
    output.insert("approvalId".to_owned(), json!(record.approval_id));
    output.insert("approvedBy".to_owned(), json!(record.approved_by()));
    output.insert("approvalReason".to_owned(), json!(record.approval_reason()));
    Value::Object(output)
}

fn open(turn: &ApprovalTurn<'_>) -> Option<ApprovalRecord> {
    let record = turn.state.record.as_ref();
    record.filter(|record| record.status.is_open()).cloned()
}

/// Takes in the end of an effect.
pub(super) fn settle(
    turn: &mut ApprovalTurn<'_>,
    effect: &ApprovalEffect,
    result: Result<Outcome, Failure>,
) {
    match (effect, result) {
        (ApprovalEffect::TellExecution(_), Ok(_)) => turn.happen(Event::ExecutionTold),
        (ApprovalEffect::TellExecution(_), Err(failure)) => {
            let reason = format!("the execution was not told: {}", reason::of(&failure));
            turn.happen(Event::ExecutionNotTold { reason });
        }
        (ApprovalEffect::PutEvent(_), _) => {}
    }
}
