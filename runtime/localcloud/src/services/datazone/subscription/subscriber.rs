//! Who subscribes: a project of the domain, a user or group profile, or an IAM principal.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::datazone::profile::{group, user};
use crate::services::datazone::{error, project};
use crate::store::Tx;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Principal {
    Project { id: String, name: String },
    User { id: String },
    Group { id: String },
    Iam { arn: String },
}

/// A principal as a request names it: exactly one member.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Input {
    Project(Identified),
    User(Identified),
    Group(Identified),
    Iam(Identified),
}

#[derive(Debug, Deserialize)]
pub(crate) struct Identified {
    identifier: String,
}

impl Input {
    /// The principal, if there is such a one.
    pub(crate) fn check(
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
            Self::User(of) => Principal::User {
                id: user::require(domain, &of.identifier, call, tx)?.id,
            },
            Self::Group(of) => Principal::Group {
                id: group::require(domain, &of.identifier, call, tx)?.id,
            },
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
    pub(crate) fn shown(&self) -> Value {
        match self {
            Self::Project { id, name } => json!({"project": {"id": id, "name": name}}),
            Self::User { id } => json!({"user": {"id": id}}),
            Self::Group { id } => json!({"group": {"id": id}}),
            Self::Iam { arn } => json!({"iam": {"principalArn": arn}}),
        }
    }

    /// As one word, to find things by.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::Project { id, .. } => project_key(id),
            Self::User { id } => format!("user:{id}"),
            Self::Group { id } => format!("group:{id}"),
            Self::Iam { arn } => format!("iam:{arn}"),
        }
    }
}

/// The key of a project as a principal.
pub(crate) fn project_key(project: &str) -> String {
    format!("project:{project}")
}
