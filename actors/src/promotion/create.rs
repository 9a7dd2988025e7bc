use std::collections::BTreeMap;

use datamesh_actor::{Ctx, Decision, Rejection, RejectionKind, Violation, derive_id};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event::Event;
use super::record::PromotionRecord;
use super::state::Order;
use super::{Promotion, State, events, plan};
use crate::deployment::NAMES;
use crate::person::Person;
use crate::turn::Turn;
use crate::validate::{self, Violations};

/// The most characters of the comment.
const MAX_COMMENT: usize = 2_048;

/// Asks for a promotion. Sent again to the same id with the same project and target it changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Create {
    /// The project.
    pub project_id: String,
    /// The project's name, for messages.
    pub project_name: String,
    /// Where to: `staging` (from `dev`) or `prod` (from `staging`).
    pub target_environment: String,
    /// Values of parameters that differ in the target.
    pub parameters: BTreeMap<String, String>,
    /// Why; up to 2,048 characters.
    pub comment: String,
    /// Who asks: the workflow acts in their name, and they cannot approve it.
    pub requested_by: Person,
    /// The approval's policy, as the workflow's document passes it on.
    pub approval: Value,
    /// The workflow's document, which is kept for this promotion however long it takes.
    pub document: String,
    /// SHA-256 of the document, in hexadecimal.
    pub workflow_digest: String,
}

impl Create {
    /// The environment that is promoted to this one; `None` if none is.
    pub fn source_of(target_environment: &str) -> Option<&'static str> {
        let at = NAMES.iter().position(|name| *name == target_environment)?;
        NAMES.get(at.checked_sub(1)?).copied()
    }

    /// The execution that a promotion starts.
    pub fn execution_id(promotion_id: &str) -> String {
        derive_id("exec-", &["promotion", promotion_id])
    }

    /// Says what is wrong with it, field by field.
    pub fn check(&self) -> Result<(), Rejection> {
        let mut found = Violations::default();
        found.check("projectId", validate::id(&self.project_id));
        found.refuse()?;
        let wrong = |field: &str, description: &str| {
            Err(Rejection::invalid(vec![Violation {
                field: field.to_owned(),
                description: description.to_owned(),
            }]))
        };
        if Self::source_of(&self.target_environment).is_none() {
            return wrong("targetEnvironment", "must be staging or prod");
        }
        if self.comment.chars().count() > MAX_COMMENT {
            return wrong("comment", "has more than 2048 characters");
        }
        Ok(())
    }

    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Promotion>, Rejection> {
        self.check()?;
        if let Some(record) = &state.record {
            let same = record.project_id == self.project_id
                && record.target_environment == self.target_environment;
            return match same {
                true => Ok(Decision::none()),
                false => Err(Rejection::new(
                    RejectionKind::AlreadyExists,
                    "PROMOTION_EXISTS",
                    format!("there is a promotion {} already", record.request_id),
                )),
            };
        }
        let mut turn = Turn::new(state, ctx);
        let at_ms = turn.now_ms();
        let request_id = turn.ctx.id().to_owned();
        let source = Self::source_of(&self.target_environment).unwrap_or_default();
        let record = PromotionRecord {
            project_id: self.project_id,
            source_environment: source.to_owned(),
            target_environment: self.target_environment,
            created_by: self.requested_by.name().to_owned(),
            comment: self.comment,
            execution_id: Self::execution_id(&request_id),
            request_id,
            workflow_digest: self.workflow_digest,
            created_ms: at_ms,
            updated_ms: at_ms,
            version: 1,
            ..PromotionRecord::default()
        };
        turn.happen(Event::Requested {
            record: Box::new(record),
            order: Box::new(Order {
                requested_by: self.requested_by,
                project_name: self.project_name,
                parameters: self.parameters,
                approval: self.approval,
                document: self.document,
            }),
        });
        events::requested(&mut turn);
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
