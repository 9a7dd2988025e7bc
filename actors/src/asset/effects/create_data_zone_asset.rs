use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::{Token, datazone};
use serde::{Deserialize, Serialize};

use super::{Description, Outcome};
use crate::asset::Home;
use crate::aws_error;
use crate::world::World;

/// Makes the DataZone asset (`CreateAsset`, idempotent by token).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateDataZoneAsset {
    /// Where.
    pub home: Home,
    /// What it is.
    pub description: Description,
}

impl CreateDataZoneAsset {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.home.place.call();
        let asset = world
            .aws
            .datazone(&call)
            .create_asset(datazone::CreateAsset {
                domain_id: self.home.data_zone_domain_id.clone(),
                project_id: self.home.data_zone_project_id.clone(),
                name: self.description.name.clone(),
                description: self.description.text(),
                external_id: None,
                type_id: "amazon.datazone.GlueTableAssetType".to_owned(),
                type_revision: None,
                forms: self.description.forms(&self.home.place),
                glossary_terms: Vec::new(),
                token: Token::derive(&cx.key(), "CreateAsset"),
            })
            .await
            .map_err(|error| aws_error::of_creation(error, cx))?;
        Ok(Outcome::DataZoneAssetCreated {
            id: asset.id,
            revision: asset.revision,
        })
    }
}
