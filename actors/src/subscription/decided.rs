use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answer::Answer;
use super::{State, Subscription, plan};
use crate::agreement::{self, Request, Verdict, Window};
use crate::execution::not_waited_for;
use crate::person::Person;
use crate::reason;
use crate::task_end::TaskEnd;
use crate::turn::Turn;

/// The approval of the open request has ended. Refused with `TASK_NOT_FOUND` if no request waits for the
/// token, or none any more.
///
/// An approver may give less than was asked ([`Answer`]); an answer that is wider, which the API refuses, gives
/// what was asked. One that cannot be read gives nothing. Access that was agreed later than it was to end is
/// not given.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// The token that the approval was opened with.
    pub token: String,
    /// How it ended.
    pub end: TaskEnd,
}

/// Without the token: whoever has it may decide.
impl std::fmt::Debug for Decided {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decided")
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}

impl Decided {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Subscription>, Rejection> {
        let number = state
            .asking
            .as_ref()
            .filter(|asking| asking.token == self.token)
            .map(|asking| asking.number)
            .ok_or_else(not_waited_for)?;
        let mut turn = Turn::new(state, ctx);
        // The time of what is asked may be over, and its timer late.
        plan::pass_time(&mut turn);
        let open = turn.state.agreement().open().cloned();
        if let Some(open) = open.filter(|open| open.number == number) {
            let decision = decision(&open, &self.end, turn.now_ms());
            plan::decided(&mut turn, number, decision, true);
        }
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}

fn decision(open: &Request, end: &TaskEnd, at_ms: i64) -> agreement::Decision {
    let denied = |verdict, by, reason| agreement::Decision {
        verdict,
        by,
        at_ms,
        reason,
        ..agreement::Decision::default()
    };
    let output = match end {
        TaskEnd::Succeeded { output } => output,
        TaskEnd::Failed { error, cause } => {
            let verdict = match error.as_str() {
                "Approval.Cancelled" => Verdict::Cancelled,
                _ => Verdict::Denied,
            };
            return denied(
                verdict,
                Person::default(),
                reason::sentence(code(error), cause),
            );
        }
    };
    let by = approver(output);
    let answer = match Answer::read(output) {
        Ok(answer) => answer,
        Err(error) => {
            let reason = reason::sentence("ANSWER_UNREADABLE", &error);
            return denied(Verdict::Denied, by, reason);
        }
    };
    let (scope, until_ms) = answer.of(open);
    let window = Window {
        from_ms: match open.kind {
            agreement::Kind::Renew => open.window.from_ms,
            agreement::Kind::Grant | agreement::Kind::Revoke => open.window.from_ms.max(at_ms),
        },
        until_ms,
    };
    if until_ms.is_some_and(|until_ms| until_ms <= window.from_ms) {
        let reason = reason::sentence("WINDOW_OVER", "its time was over when it was approved");
        return denied(Verdict::Denied, by, reason);
    }
    agreement::Decision {
        verdict: Verdict::Approved,
        by,
        at_ms,
        reason: text(output, "approvalReason"),
        scope,
        window,
    }
}

/// Who said yes, as the approval tells it: names, which are e-mail addresses where there are any.
fn approver(output: &Value) -> Person {
    let names: Vec<&str> = match output.get("approvedBy") {
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        Some(one) => one.as_str().into_iter().collect(),
        None => Vec::new(),
    };
    let name = names.join(", ");
    match name.contains('@') {
        true => Person {
            email: name,
            ..Person::default()
        },
        false => Person {
            user: name,
            ..Person::default()
        },
    }
}

fn text(output: &Value, member: &str) -> String {
    let text = output.get(member).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn code(error: &str) -> &'static str {
    match error {
        "Approval.Rejected" => "REJECTED",
        "Approval.Expired" => "APPROVAL_EXPIRED",
        "Approval.Cancelled" => "APPROVAL_CANCELLED",
        "Approval.Voided" => "APPROVAL_VOIDED",
        _ => "APPROVAL_FAILED",
    }
}
