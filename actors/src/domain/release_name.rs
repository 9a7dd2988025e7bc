use datamesh_actor::{Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::state::Event;
use super::{Domain, State};

/// A project gives a name back. Nothing happens if it does not have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseName {
    /// Who had it.
    pub project_id: String,
    /// The name.
    pub name: String,
}

impl ReleaseName {
    pub(super) fn decide(
        self,
        state: &State,
        domain_id: &str,
    ) -> Result<Decision<Domain>, Rejection> {
        state.live(domain_id)?;
        if state.projects.holder(&self.name) != Some(self.project_id.as_str()) {
            return Ok(Decision::none());
        }
        Ok(Decision::event(Event::ProjectNameReleased {
            name: self.name,
            project_id: self.project_id,
        }))
    }
}
