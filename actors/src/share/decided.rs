use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::request;
use super::{Share, State, plan};
use crate::agreement::{self, Request, Scope, Verdict, Window};
use crate::person::Person;
use crate::reason;
use crate::task_end::TaskEnd;
use crate::turn::Turn;

/// The owners decided the open request, or did not in time. Nothing happens if nobody waits for it any more.
///
/// The output of a yes may carry `scope` and `until` (milliseconds since the Unix epoch, or RFC 3339) for less
/// than was asked; what is not less gives what was asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// The token that the approval was given.
    pub token: String,
    /// How it ended.
    pub end: TaskEnd,
}

impl Decided {
    pub(super) fn decide(self, state: &State, ctx: &mut Ctx) -> Result<Decision<Share>, Rejection> {
        state.known(ctx.id())?;
        let open = state.agreement.open().cloned();
        let Some(open) = open.filter(|_| !self.token.is_empty() && self.token == state.token)
        else {
            return Ok(Decision::none());
        };
        let mut turn = Turn::new(state, ctx);
        let (decision, shown) = match self.end {
            TaskEnd::Succeeded { output } => (yes(&open, &output, turn.now_ms()), String::new()),
            TaskEnd::Failed { error, cause } => no(&open, &error, cause, turn.now_ms()),
        };
        request::decide(&mut turn, open.number, decision, shown);
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}

fn yes(open: &Request, output: &Value, at_ms: i64) -> agreement::Decision {
    let scope = output
        .get("scope")
        .and_then(|scope| serde_json::from_value::<Scope>(scope.clone()).ok())
        .filter(|scope| scope.is_within(&open.scope))
        .unwrap_or_else(|| open.scope.clone());
    let asked = open.window;
    let until_ms = match output.get("until").and_then(instant_ms) {
        Some(until_ms) => Some(asked.until_ms.map_or(until_ms, |most| most.min(until_ms))),
        None => asked.until_ms,
    };
    let names = output.get("approvedBy").and_then(Value::as_array);
    let names: Vec<&str> = names
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    agreement::Decision {
        verdict: Verdict::Approved,
        by: Person {
            user: names.join(", "),
            ..Person::default()
        },
        at_ms,
        reason: text(output, "approvalReason"),
        scope,
        window: Window {
            // A yes that comes late gives nothing for the past.
            from_ms: asked.from_ms.max(at_ms),
            until_ms,
        },
    }
}

fn no(open: &Request, error: &str, cause: String, at_ms: i64) -> (agreement::Decision, String) {
    let (verdict, code) = match error {
        "Approval.Rejected" => (Verdict::Denied, "REJECTED"),
        "Approval.Expired" => (Verdict::Denied, "NOT_DECIDED_IN_TIME"),
        "Approval.Cancelled" => (Verdict::Cancelled, "CANCELLED"),
        "Approval.Voided" => (Verdict::Denied, "APPROVAL_VOIDED"),
        other => (Verdict::Denied, other),
    };
    let shown = reason::sentence(code, &cause);
    let decision = agreement::Decision {
        verdict,
        by: Person::default(),
        at_ms,
        reason: cause,
        scope: open.scope.clone(),
        window: Window::default(),
    };
    (decision, shown)
}

fn text(output: &Value, name: &str) -> String {
    let text = output.get(name).and_then(Value::as_str);
    text.unwrap_or_default().to_owned()
}

fn instant_ms(value: &Value) -> Option<i64> {
    match value {
        Value::Number(ms) => ms.as_i64(),
        Value::String(text) => {
            let at: Result<jiff::Timestamp, _> = text.parse();
            at.ok().map(jiff::Timestamp::as_millisecond)
        }
        _ => None,
    }
}
