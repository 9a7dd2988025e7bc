use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::folders;
use crate::project;
use crate::world::World;

/// Removes the folders that [`super::PutPrefixes`] made, and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovePrefixes {
    /// Where.
    pub home: project::Home,
    /// `projects/proj-…/dev/`.
    pub prefix: String,
}

impl RemovePrefixes {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let left = folders::remove(&self.home, &self.prefix, world, cx).await?;
        Ok(Outcome::PrefixesRemoved { left })
    }
}
