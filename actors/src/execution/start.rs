use std::sync::Arc;

use datamesh_actor::{Ctx, Decision, Rejection, RejectionKind, Violation};
use datamesh_workflow::{Execution, Machine};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event::{Event, Started};
use super::record::ExecutionRecord;
use super::{State, WorkflowExecution, plan};
use crate::person::Person;
use crate::turn::Turn;
use crate::workflow::{Resource, unsupported};

/// The most bytes of an input's JSON (Step Functions `StartExecution`).
const MAX_INPUT: usize = 262_144;

/// Starts a workflow with a document, which is kept for this execution however long it takes. Sent again to
/// the same id with the same document and input it changes nothing. Refused with `INVALID_WORKFLOW` if the
/// document has errors, each with its place, and with `WORKFLOW_NOT_SUPPORTED` if a state calls what
/// datamesh does not: before anything has begun.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Start {
    /// The workflow's name.
    pub workflow: String,
    /// The document.
    pub document: String,
    /// SHA-256 of the document, in hexadecimal.
    pub digest: String,
    /// What the document gets as `$`; at most 256 KiB as JSON.
    pub input: Value,
    /// In whose name it acts.
    pub run_as: Person,
    /// The promotion that it belongs to, and tells how far it is.
    pub promotion_id: Option<String>,
    /// The account that the ARNs of the context object name.
    pub account: String,
    /// The region that they name.
    pub region: String,
}

impl Start {
    /// Compiles the document and says all that is wrong with it.
    pub fn check(&self) -> Result<Machine, Rejection> {
        let machine = crate::workflow::compile(&self.document).map_err(|faults| {
            let violations: Vec<Violation> = faults
                .into_iter()
                .map(|fault| Violation {
                    field: fault.place,
                    description: fault.message,
                })
                .collect();
            Rejection {
                kind: RejectionKind::FailedPrecondition,
                reason: "INVALID_WORKFLOW".to_owned(),
                message: format!(
                    "the document of the workflow {} has errors: {}",
                    self.workflow,
                    summary(&violations)
                ),
                violations,
            }
        })?;
        if machine.digest() != self.digest {
            return Err(Rejection::precondition(
                "INVALID_WORKFLOW",
                format!("the document's digest is {}", machine.digest()),
            ));
        }
        let violations: Vec<Violation> = unsupported(&self.document)
            .into_iter()
            .map(|fault| Violation {
                field: fault.place,
                description: fault.message,
            })
            .collect();
        if !violations.is_empty() {
            return Err(Rejection {
                kind: RejectionKind::FailedPrecondition,
                reason: "WORKFLOW_NOT_SUPPORTED".to_owned(),
                message: format!(
                    "the workflow {} calls what datamesh does not ({}): it knows {}",
                    self.workflow,
                    summary(&violations),
                    Resource::supported()
                ),
                violations,
            });
        }
        let bytes = self.input.to_string().len();
        if bytes > MAX_INPUT {
            return Err(Rejection::invalid(vec![Violation {
                field: "input".to_owned(),
                description: format!("has {bytes} bytes as JSON, of {MAX_INPUT} at most"),
            }]));
        }
        Ok(machine)
    }

    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<WorkflowExecution>, Rejection> {
        if let Some(record) = &state.record {
            let same = record.workflow_digest == self.digest && record.input == self.input;
            return match same {
                true => Ok(Decision::none()),
                false => Err(Rejection::new(
                    RejectionKind::AlreadyExists,
                    "EXECUTION_EXISTS",
                    format!("there is an execution {} already", record.execution_id),
                )),
            };
        }
        let machine = self.check()?;
        let mut turn = Turn::new(state, ctx);
        let execution_id = turn.ctx.id().to_owned();
        let now_ms = turn.now_ms();
        let begin = self.begin(&execution_id, now_ms);
        let execution = Execution::start(&machine, begin)
            .with_token_prefix(super::token::prefix(&execution_id));
        let owner = self
            .promotion_id
            .as_ref()
            .map_or_else(String::new, |id| format!("promotion/{id}"));
        let record = ExecutionRecord {
            execution_id,
            workflow: self.workflow,
            workflow_digest: self.digest,
            input: self.input,
            started_by: self.run_as.name().to_owned(),
            owner,
            start_ms: now_ms,
            version: 1,
            ..ExecutionRecord::default()
        };
        turn.happen(Event::Started(Box::new(Started {
            record,
            document: Arc::from(self.document),
            execution,
            run_as: self.run_as,
            promotion_id: self.promotion_id,
        })));
        plan::begin(&mut turn);
        Ok(turn.done())
    }

    /// What the interpreter is told of the execution, in Step Functions' names.
    fn begin(&self, execution_id: &str, now_ms: i64) -> datamesh_workflow::Start {
        let states = format!("arn:aws:states:{}:{}", self.region, self.account);
        datamesh_workflow::Start {
            execution_arn: format!("{states}:execution:{}:{execution_id}", self.workflow),
            name: execution_id.to_owned(),
            machine_arn: format!("{states}:stateMachine:{}", self.workflow),
            machine_name: self.workflow.clone(),
            role_arn: format!("arn:aws:iam::{}:role/datamesh-workflows", self.account),
            input: Arc::new(self.input.clone()),
            started_ms: now_ms,
        }
    }
}

/// The first things that are wrong, for a sentence.
fn summary(violations: &[Violation]) -> String {
    const SHOWN: usize = 5;
    let mut texts: Vec<String> = violations
        .iter()
        .take(SHOWN)
        .map(|violation| format!("{}: {}", violation.field, violation.description))
        .collect();
    if violations.len() > SHOWN {
        texts.push(format!("and {} more", violations.len() - SHOWN));
    }
    texts.join("; ")
}
