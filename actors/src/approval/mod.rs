//! Approvals: a question to people, stage by stage, and their answers.
//!
//! One kind for every workflow. A waiting task of an execution opens it; its end is the end of that task.
//! What is decided is decided on the state at that moment, one commit after the other, so that of two
//! people who answer at once the second meets what the first has left.

mod approve;
mod cancel;
mod close;
mod comment;
mod delegate;
mod effects;
mod entry;
mod event;
mod events;
mod history;
mod open;
mod plan;
mod policy;
mod record;
mod reject;
mod rows;
mod seat;
mod state;
mod status;
mod void;
mod withdraw;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use datamesh_actor::{Ctx, Decision, Entity, Failure, Named, Rejection};
use datamesh_journal::ViewChange;
use serde::{Deserialize, Serialize};

use crate::turn::Turn;

pub use crate::person::Person;
pub use approve::Approve;
pub use cancel::Cancel;
pub use close::Close;
pub use comment::Comment;
pub use delegate::Delegate;
pub use effects::{ApprovalEffect, ApprovalEffects, Outcome, TellExecution};
pub use entry::{APPROVAL_ENTRIES, Action, Entry, broken_at, key as entry_key};
pub use event::Event;
pub use events::SOURCE;
pub use history::MAX_ENTRIES;
pub use open::Open;
pub use policy::{Escalation, Policy, StagePolicy};
pub use record::{APPROVALS, ApprovalRecord, Delegation, Stage, Yes};
pub use reject::Reject;
pub use rows::{APPROVAL_STEPS, StepRecord, inbox_group, inbox_user, token_digest};
pub use state::State;
pub use status::Status;
pub use void::Void;
pub use withdraw::Withdraw;

/// The timer of the deadline.
const DEADLINE_TIMER: &str = "deadline";
/// The timer of the escalation.
const ESCALATION_TIMER: &str = "escalation";

/// The approval as an aggregate; ids are `apr-…`.
pub struct Approval;

/// What an approval can be asked.
///
/// A decision that comes after the deadline is refused: with `APPROVAL_EXPIRED` where the end is known
/// already; else the end happens with the command, whose reply has the status EXPIRED.
/// [`ApprovalRecord::in_time`] turns such a reply into the refusal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Command {
    /// See [`Open`]; for executions.
    Open(Box<Open>),
    /// See [`Approve`].
    Approve(Approve),
    /// See [`Reject`].
    Reject(Reject),
    /// See [`Delegate`].
    Delegate(Delegate),
    /// See [`Comment`].
    Comment(Comment),
    /// See [`Withdraw`].
    Withdraw(Withdraw),
    /// See [`Cancel`].
    Cancel(Cancel),
    /// See [`Void`]; for promotions.
    Void(Void),
    /// See [`Close`]; for executions.
    Close(Close),
}

impl Named for Command {
    fn name(&self) -> &'static str {
        match self {
            Self::Open(_) => "OpenApproval",
            Self::Approve(_) => "Approve",
            Self::Reject(_) => "Reject",
            Self::Delegate(_) => "Delegate",
            Self::Comment(_) => "Comment",
            Self::Withdraw(_) => "Withdraw",
            Self::Cancel(_) => "CancelApproval",
            Self::Void(_) => "VoidApproval",
            Self::Close(_) => "CloseApproval",
        }
    }
}

impl Entity for Approval {
    const KIND: &'static str = "approval";
    type State = State;
    type Command = Command;
    type Event = Event;
    type Effect = ApprovalEffect;
    type Outcome = Outcome;
    type Reply = ApprovalRecord;

    fn decide(state: &State, command: Command, ctx: &mut Ctx) -> Result<Decision<Self>, Rejection> {
        match command {
            Command::Open(open) => open.decide(state, ctx),
            Command::Approve(approve) => approve.decide(state, ctx),
            Command::Reject(reject) => reject.decide(state, ctx),
            Command::Delegate(delegate) => delegate.decide(state, ctx),
            Command::Comment(comment) => comment.decide(state, ctx),
            Command::Withdraw(withdraw) => withdraw.decide(state, ctx),
            Command::Cancel(cancel) => cancel.decide(state, ctx),
            Command::Void(void) => void.decide(state, ctx),
            Command::Close(close) => close.decide(state, ctx),
        }
    }

    fn settle(
        state: &State,
        effect: &ApprovalEffect,
        result: Result<Outcome, Failure>,
        ctx: &mut Ctx,
    ) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        plan::settle(&mut turn, effect, result);
        turn.done()
    }

    fn timer(state: &State, name: &str, ctx: &mut Ctx) -> Decision<Self> {
        let mut turn = Turn::new(state, ctx);
        match name {
            DEADLINE_TIMER => plan::deadline(&mut turn),
            ESCALATION_TIMER => plan::escalate(&mut turn),
            _ => {}
        }
        turn.done()
    }

    fn apply(state: &mut State, event: &Event) {
        state.apply(event);
    }

    fn reply(id: &str, state: &State) -> ApprovalRecord {
        state.record.clone().unwrap_or_else(|| ApprovalRecord {
            approval_id: id.to_owned(),
            ..ApprovalRecord::default()
        })
    }

    fn views(_: &str, state: &State) -> Vec<ViewChange> {
        let record = state.record.iter();
        record
            .flat_map(|record| rows::of(record, &state.task_token))
            .collect()
    }
}

impl State {
    /// The record, unless there is none or it has ended.
    fn open(&self, id: &str) -> Result<&ApprovalRecord, Rejection> {
        let record = self.record.as_ref().ok_or_else(|| not_found(id))?;
        record.still_open()?;
        Ok(record)
    }
}

fn not_found(id: &str) -> Rejection {
    Rejection::not_found("APPROVAL_NOT_FOUND", format!("there is no approval {id}"))
}
