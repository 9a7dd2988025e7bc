use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::folders;
use crate::project;
use crate::world::World;

/// Puts the folders of the project's blueprint into the domain's bucket: CloudFormation cannot make objects
/// (S3 `PutObject` of an empty object each, only where there is none).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutPrefixes {
    /// Where.
    pub home: project::Home,
    /// `projects/proj-…/dev/`.
    pub prefix: String,
}

impl PutPrefixes {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        folders::put(&self.home, &self.prefix, world, cx).await?;
        Ok(Outcome::PrefixesPut)
    }
}
