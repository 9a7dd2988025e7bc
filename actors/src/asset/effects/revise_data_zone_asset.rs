use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::{Token, datazone};
use serde::{Deserialize, Serialize};

use super::{Description, Outcome};
use crate::asset::Home;
use crate::aws_error;
use crate::world::World;

/// Makes a new revision of the DataZone asset (`CreateAssetRevision`, idempotent by token).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviseDataZoneAsset {
    /// Where.
    pub home: Home,
    /// DataZone's id.
    pub id: String,
    /// What it is to be.
    pub description: Description,
}

impl ReviseDataZoneAsset {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.home.place.call();
        let asset = world
            .aws
            .datazone(&call)
            .create_asset_revision(datazone::CreateAssetRevision {
                domain_id: self.home.data_zone_domain_id.clone(),
                id: self.id.clone(),
                name: self.description.name.clone(),
                description: self.description.text(),
                type_revision: None,
                forms: self.description.forms(&self.home.place),
                glossary_terms: Vec::new(),
                token: Token::derive(&cx.key(), "CreateAssetRevision"),
            })
            .await
            .map_err(|error| aws_error::of_creation(error, cx))?;
        Ok(Outcome::DataZoneAssetRevised {
            id: asset.id,
            revision: asset.revision,
        })
    }
}
