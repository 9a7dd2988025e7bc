use datamesh_actor::{Decision, Rejection, RejectionKind};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::{Project, State};
use crate::life::Status;

/// An asset asks for a name in the project, and so for a place in it. Refused with `NAME_TAKEN` while
/// another asset has the name (upper and lower case are the same); repeatable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachAsset {
    /// Who asks.
    pub asset_id: String,
    /// For what.
    pub name: String,
}

impl AttachAsset {
    pub(super) fn decide(
        self,
        state: &State,
        project_id: &str,
    ) -> Result<Decision<Project>, Rejection> {
        let record = state.live(project_id)?;
        match record.status {
            Status::Active | Status::Updating => {}
            Status::Creating | Status::Failed => {
                return Err(Rejection::precondition(
                    "PROJECT_NOT_READY",
                    format!("the project {project_id} is {}", record.status.as_str()),
                ));
            }
            Status::Deleting | Status::Deleted => return Err(super::not_found(project_id)),
        }
        match state.assets.holder(&self.name) {
            Some(holder) if holder == self.asset_id => Ok(Decision::none()),
            Some(_) => Err(Rejection::new(
                RejectionKind::AlreadyExists,
                "NAME_TAKEN",
                format!("another asset of the project is called '{}'", self.name),
            )),
            None => Ok(Decision::event(Event::AssetAttached {
                asset_id: self.asset_id,
                name: self.name,
            })),
        }
    }
}
