use datamesh_actor::{Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::{Project, State};

/// Nothing is deployed in an environment of the project any more. Nothing happens if it is not attached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetachEnvironment {
    /// `dev`, `staging` or `prod`.
    pub environment: String,
}

impl DetachEnvironment {
    pub(super) fn decide(
        self,
        state: &State,
        project_id: &str,
    ) -> Result<Decision<Project>, Rejection> {
        state.live(project_id)?;
        if !state.environments.contains(&self.environment) {
            return Ok(Decision::none());
        }
        Ok(Decision::event(Event::EnvironmentDetached {
            environment: self.environment,
        }))
    }
}
