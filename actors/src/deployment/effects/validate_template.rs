use datamesh_actor::{EffectCx, EffectError};
use datamesh_aws::cloudformation::Template;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::deployment::Secrets;
use crate::world::{Place, World};

/// Has CloudFormation read the template (`ValidateTemplate`), and learns what it needs to be acknowledged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidateTemplate {
    /// Where.
    pub place: Place,
    /// The template's text.
    pub template: String,
    /// Hidden values, on their way.
    pub secrets: Secrets,
}

impl ValidateTemplate {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let call = self.place.call();
        let summary = world
            .aws
            .cloudformation(&call)
            .validate_template(Template::Body(self.template.clone()))
            .await
            .map_err(|error| aws_error::of(error, cx))?;
        Ok(Outcome::TemplateValid {
            capabilities: summary.capabilities,
        })
    }
}
