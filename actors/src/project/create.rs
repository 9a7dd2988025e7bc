use datamesh_actor::{Ctx, Decision, Rejection, RejectionKind};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::record::ProjectRecord;
use super::{Project, State, plan};
use crate::life::Status;
use crate::turn::Turn;
use crate::validate::{self, Violations};

/// Asks for a new project. Sent again to the same id with the same content it changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Create {
    /// The domain to put it in.
    pub domain_id: String,
    /// 1 to 64 letters, digits, spaces, '_' and '-'.
    pub project_name: String,
    /// Up to 2,048 characters.
    pub description: String,
}

impl Create {
    /// Says what is wrong with it, field by field.
    pub fn check(&self) -> Result<(), Rejection> {
        let mut found = Violations::default();
        found.check("domainId", validate::id(&self.domain_id));
        found.check("projectName", validate::project_name(&self.project_name));
        found.check("description", validate::description(&self.description));
        found.refuse()
    }

    pub(super) fn decide(
        self,
        state: &State,
        ctx: &mut Ctx,
    ) -> Result<Decision<Project>, Rejection> {
        self.check()?;
        if let Some(record) = &state.record {
            return if record.domain_id == self.domain_id {
                Ok(Decision::none())
            } else {
                Err(Rejection::new(
                    RejectionKind::AlreadyExists,
                    "PROJECT_EXISTS",
                    format!("there is a project {} already", record.project_id),
                ))
            };
        }
        let mut turn = Turn::new(state, ctx);
        let at_ms = turn.now_ms();
        let record = ProjectRecord {
            project_id: turn.ctx.id().to_owned(),
            domain_id: self.domain_id,
            project_name: self.project_name,
            description: self.description,
            status: Status::Creating,
            created_by: turn.by(),
            created_ms: at_ms,
            updated_ms: at_ms,
            version: 1,
            ..ProjectRecord::default()
        };
        turn.happen(Event::Requested {
            record: Box::new(record),
        });
        plan::advance(&mut turn);
        Ok(turn.done())
    }
}
