use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::folders;
use crate::project::Home;
use crate::world::World;

/// Makes the project's folders in the data lake (S3 `PutObject` of an empty object each, only where there is
/// none).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutPrefixes {
    /// Where.
    pub home: Home,
    /// `projects/proj-…/`.
    pub prefix: String,
}

impl PutPrefixes {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let location = folders::put(&self.home, &self.prefix, world, cx).await?;
        Ok(Outcome::PrefixesPut { location })
    }
}
