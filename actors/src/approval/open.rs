use datamesh_actor::{Ctx, Decision, Rejection, RejectionKind};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::entry::Action;
use super::event::Event;
use super::history::{self, Note};
use super::policy::{Policy, distinct};
use super::record::{ApprovalRecord, Stage};
use super::{Approval, DEADLINE_TIMER, ESCALATION_TIMER, State, events, plan};
use crate::person::Person;
use crate::turn::Turn;
use crate::validate::{self, Violations};

/// Most bytes of the details, as JSON.
pub const MAX_DETAILS: usize = 64 * 1_024;

/// Asks people. Sent again to the same id for the same task it changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Open {
    /// The token of the task that waits: its end is told with it.
    pub task_token: String,
    /// The execution whose task it is.
    pub execution_id: String,
    /// The project it is about; empty if it is about none.
    pub project_id: String,
    /// What it is about: 1 to 256 characters.
    pub subject: String,
    /// The message of the step that asks: up to 2,048 characters.
    pub message: String,
    /// Who asks.
    pub requested_by: Person,
    /// The digest of what is to be approved, of up to 128 characters; may be empty.
    pub digest: String,
    /// What else the asking step gives: a JSON object of up to 64 KiB. Its members come back with the yes.
    pub details: Value,
    /// Who must say yes, and until when.
    pub policy: Policy,
}

impl Open {
    /// Says what is wrong with it, field by field.
    pub fn check(&self) -> Result<(), Rejection> {
        let mut found = Violations::default();
        if self.task_token.is_empty() {
            found.check("taskToken", Err("is missing".to_owned()));
        }
        found.check("subject", validate::subject(&self.subject));
        found.check("message", validate::description(&self.message));
        found.check("digest", validate::digest(&self.digest));
        found.check("details", details(&self.details));
        self.policy.check("policy", &mut found);
        for (index, stage) in self.policy.stages.iter().enumerate() {
            let field = format!("policy.stages[{index}].threshold");
            let named = distinct(&stage.users)
                .iter()
                .filter(|user| self.policy.allow_requester || !self.requested_by.is_called(user))
                .count();
            if stage.groups.is_empty() && u64::from(stage.threshold) > named as u64 {
                let rule = format!(
                    "asks for {} people where only {named} may decide",
                    stage.threshold
                );
                found.check(&field, Err(rule));
            }
        }
        found.refuse()
    }

    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Approval>, Rejection> {
        if let Some(record) = &state.record {
            return match state.task_token == self.task_token {
                true => Ok(Decision::none()),
                false => Err(Rejection::new(
                    RejectionKind::AlreadyExists,
                    "APPROVAL_EXISTS",
                    format!("there is an approval {} already", record.approval_id),
                )),
            };
        }
        self.check()?;
        let mut turn = Turn::new(state, ctx);
        let record = self.record(turn.ctx.id(), turn.now_ms());
        let mut entry = history::next(
            &turn,
            Action::Opened,
            &Note {
                actor: self.requested_by.name(),
                comment: &self.subject,
                ..Note::default()
            },
        );
        entry.digest.clone_from(&record.digest);
        entry.hash = entry.computed_hash();
        let (deadline_ms, escalates_ms) = (record.deadline_ms, record.escalates_ms);
        history::happen(
            &mut turn,
            Event::Opened {
                record: Box::new(record),
                task_token: self.task_token,
                entry,
            },
        );
        turn.wake(DEADLINE_TIMER, deadline_ms);
        if let Some(escalates_ms) = escalates_ms {
            turn.wake(ESCALATION_TIMER, escalates_ms);
        }
        events::requested(&mut turn);
        plan::stage_opened(&mut turn);
        Ok(turn.done())
    }

    fn record(&self, id: &str, at_ms: i64) -> ApprovalRecord {
        let Policy {
            stages,
            deadline_seconds,
            escalation,
            allow_requester,
        } = &self.policy;
        let after = |seconds: i64| at_ms.saturating_add(seconds.saturating_mul(1_000));
        ApprovalRecord {
            approval_id: id.to_owned(),
            subject: self.subject.clone(),
            message: self.message.clone(),
            project_id: self.project_id.clone(),
            execution_id: self.execution_id.clone(),
            digest: self.digest.clone(),
            requested_by: self.requested_by.bare(),
            allow_requester: *allow_requester,
            stages: stages
                .iter()
                .map(|stage| Stage {
                    name: stage.name.clone(),
                    groups: distinct(&stage.groups),
                    users: distinct(&stage.users),
                    threshold: stage.threshold,
                    ..Stage::default()
                })
                .collect(),
            deadline_ms: after(*deadline_seconds),
            escalates_ms: escalation.as_ref().map(|e| after(e.after_seconds)),
            escalation: escalation.clone(),
            details: self.details.clone(),
            created_ms: at_ms,
            updated_ms: at_ms,
            ..ApprovalRecord::default()
        }
    }
}

/// Refuses what is neither a JSON object of a size that can be kept nor null.
pub(super) fn check_object(field: &str, value: &Value) -> Result<(), Rejection> {
    let mut found = Violations::default();
    found.check(field, details(value));
    found.refuse()
}

fn details(details: &Value) -> Result<(), String> {
    match details {
        Value::Null => Ok(()),
        Value::Object(_) => match details.to_string().len() {
            bytes if bytes > MAX_DETAILS => {
                Err(format!("has {bytes} bytes, of {MAX_DETAILS} at most"))
            }
            _ => Ok(()),
        },
        _ => Err("must be a JSON object".to_owned()),
    }
}
