use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error;
use crate::deployment::{Home, Secrets};
use crate::mesh::{command_id, unanswered};
use crate::project;
use crate::world::{Place, World};

/// Tells the project that it has this environment, and learns where it lives. Refused with
/// `PROJECT_NOT_READY` or `PROJECT_NOT_FOUND`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attach {
    /// The project.
    pub project_id: String,
    /// `dev`, `staging` or `prod`.
    pub environment: String,
    /// Hidden values, on their way.
    pub secrets: Secrets,
}

impl Attach {
    pub(super) async fn run(&self, world: &World, cx: &EffectCx) -> Result<Outcome, EffectError> {
        let attach = project::Command::AttachEnvironment(project::AttachEnvironment {
            environment: self.environment.clone(),
        });
        let project = world
            .mesh
            .project(&self.project_id, attach, &command_id(cx))
            .await
            .map_err(unanswered)?;
        let Some(home) = project.home else {
            return Err(aws_error::terminal(
                "PROJECT_NOT_READY",
                format!("the project {} is not whole", self.project_id),
            ));
        };
        let account = world.options.environment_accounts.get(&self.environment);
        Ok(Outcome::Attached {
            home: Home {
                place: Place {
                    account: account.unwrap_or(&home.aws_account_id).clone(),
                    region: home.region.clone(),
                },
                domain_id: project.domain_id,
                project: home,
            },
        })
    }
}
