use datamesh_actor::{Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::event::Event;
use super::{Project, State};

/// An asset gives a name back. Nothing happens if it does not have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DetachAsset {
    /// Who had it.
    pub asset_id: String,
    /// The name.
    pub name: String,
}

impl DetachAsset {
    pub(super) fn decide(
        self,
        state: &State,
        project_id: &str,
    ) -> Result<Decision<Project>, Rejection> {
        state.live(project_id)?;
        if state.assets.holder(&self.name) != Some(self.asset_id.as_str()) {
            return Ok(Decision::none());
        }
        Ok(Decision::event(Event::AssetDetached {
            asset_id: self.asset_id,
            name: self.name,
        }))
    }
}
