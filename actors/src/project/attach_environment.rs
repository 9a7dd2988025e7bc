use datamesh_actor::{Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::{Project, State};
use crate::life::Status;

/// An environment of the project is about to be deployed to: until it is detached, the project cannot be
/// deleted. Refused unless the project is there; repeatable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachEnvironment {
    /// `dev`, `staging` or `prod`.
    pub environment: String,
}

impl AttachEnvironment {
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
        if state.environments.contains(&self.environment) {
            return Ok(Decision::none());
        }
        Ok(Decision::event(Event::EnvironmentAttached {
            environment: self.environment,
        }))
    }
}
