use datamesh_actor::{Decision, Rejection, RejectionKind};
use serde::{Deserialize, Serialize};

use super::state::Event;
use super::{Domain, State};
use crate::life::Status;

/// A project asks for a name. Refused with `NAME_TAKEN` while another project has it (upper and lower case
/// are the same); repeatable. The reply tells the project where it will live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReserveName {
    /// Who asks.
    pub project_id: String,
    /// For what.
    pub name: String,
}

impl ReserveName {
    pub(super) fn decide(
        self,
        state: &State,
        domain_id: &str,
    ) -> Result<Decision<Domain>, Rejection> {
        let record = state.live(domain_id)?;
        match record.status {
            Status::Active | Status::Updating => {}
            Status::Creating | Status::Failed => {
                return Err(Rejection::precondition(
                    "DOMAIN_NOT_READY",
                    format!("the domain {domain_id} is {}", record.status.as_str()),
                ));
            }
            Status::Deleting | Status::Deleted => return Err(super::not_found(domain_id)),
        }
        match state.projects.holder(&self.name) {
            Some(holder) if holder == self.project_id => Ok(Decision::none()),
            Some(_) => Err(Rejection::new(
                RejectionKind::AlreadyExists,
                "NAME_TAKEN",
                format!("another project of the domain is called '{}'", self.name),
            )),
            None => Ok(Decision::event(Event::ProjectNameReserved {
                name: self.name,
                project_id: self.project_id,
            })),
        }
    }
}
