//! `AssociateEnvironmentRole` and `DisassociateEnvironmentRole`: the role of an environment of a custom AWS service.
//! An environment has one.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Environment, require};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::constraints::Constraints;
use crate::services::datazone::{domain, error};
use crate::store::Tx;

/// The ARN of a role, which the model leaves open.
const ROLE: &str = r"arn:aws[^:]*:iam::\d{12}:(role|role/service-role)/[\w+=,.@-]*";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Input {
    domain_identifier: String,
    environment_identifier: String,
    environment_role_arn: String,
}

impl Input {
    fn environment(&self, call: &Call<'_>, tx: &Tx<'_>) -> Result<Environment, ServiceError> {
        let mut constraints = Constraints::new();
        let role = Some(self.environment_role_arn.as_str());
        constraints.pattern("environmentRoleArn", role, ROLE);
        constraints.check(error::VALIDATION)?;
        let domain = domain::require(call, tx, &self.domain_identifier)?;
        require(&domain.id, &self.environment_identifier, call, tx)
    }
}

pub(crate) fn associate(input: Input, call: &Call<'_>, tx: &Tx<'_>) -> Result<Value, ServiceError> {
    let mut environment = input.environment(call, tx)?;
    if let Some(role) = &environment.role {
        return Err(error::conflict(format!(
            "Environment {} has the role {role} already",
            environment.id
        )));
    }
    environment.role = Some(input.environment_role_arn);
    environment.write(call, tx)?;
    Ok(json!({}))
}

pub(crate) fn disassociate(
    input: Input,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Value, ServiceError> {
    let mut environment = input.environment(call, tx)?;
    if environment.role.as_ref() != Some(&input.environment_role_arn) {
        return Err(error::not_found(
            "Environment role",
            &input.environment_role_arn,
        ));
    }
    environment.role = None;
    environment.write(call, tx)?;
    Ok(json!({}))
}
