//! Who subscribes: a project of the domain, a user or group profile, or an IAM principal.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{error, project};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::store::Tx;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Principal {
    Project { id: String, name: String },
    User { id: String },
    Group { id: String },
    Iam { arn: String },
}

/// A principal as a request names it: exactly one member.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Input {
    Project(Identified),
    User(Identified),
    Group(Identified),
    Iam(Identified),
}

#[derive(Debug, Deserialize)]
pub(super) struct Identified {
    identifier: String,
}

impl Input {
    /// The principal, if there can be such a one. Profiles of users and groups are not here: an id of theirs is
    /// taken as it is.
    pub(super) fn check(
        self,
        call: &Call<'_>,
        tx: &Tx<'_>,
        domain: &str,
    ) -> Result<Principal, ServiceError> {
        Ok(match self {
            Self::Project(of) => {
                let project = project::require(&call.scope, tx, domain, &of.identifier)?;
                Principal::Project {
                    id: project.id,
                    name: project.name,
                }
            }
            Self::User(of) => Principal::User { id: of.identifier },
            Self::Group(of) => Principal::Group { id: of.identifier },
            Self::Iam(of) => {
                let mut constraints = Constraints::new();
                constraints.pattern(
                    "subscribedPrincipals.iam.identifier",
                    Some(&of.identifier),
                    r"arn:aws[^:]*:iam::\d{12}:(role|user)/[\w+=,.@/-]+",
                );
                constraints.check(error::VALIDATION)?;
                Principal::Iam { arn: of.identifier }
            }
        })
    }
}

impl Principal {
    pub(super) fn shown(&self) -> Value {
        match self {
            Self::Project { id, name } => json!({"project": {"id": id, "name": name}}),
            Self::User { id } => json!({"user": {"id": id}}),
            Self::Group { id } => json!({"group": {"id": id}}),
            Self::Iam { arn } => json!({"iam": {"principalArn": arn}}),
        }
    }

    pub(super) fn is_project(&self, project: &str) -> bool {
        matches!(self, Self::Project { id, .. } if id == project)
    }
}
