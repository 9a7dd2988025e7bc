use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::folders;
use crate::project::Home;
use crate::world::World;

/// Removes the empty objects that keep the project's folders, and nothing else: data that is there belongs to
/// somebody, stays, and is named in the outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovePrefixes {
    /// Where.
    pub home: Home,
    /// `projects/proj-…/`.
    pub prefix: String,
}

impl RemovePrefixes {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let left = folders::remove(&self.home, &self.prefix, world, cx).await?;
        Ok(Outcome::PrefixesRemoved { left })
    }
}
