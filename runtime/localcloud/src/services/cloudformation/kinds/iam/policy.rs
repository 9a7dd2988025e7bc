//! `AWS::IAM::Policy`.

use serde_json::{Value, json};

use super::{decoded, found, ignore_missing, roles};
use crate::inside::{Inside, InsideError};
use crate::services::cloudformation::kinds::{Handler, Made, Wanted, document, plainly};

/// An inline policy of one or many roles.
pub(super) struct Policy;

impl Policy {
    fn put(wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<(), InsideError> {
        let roles = roles(wanted.properties)?;
        if roles.is_empty() {
            return Err(plainly("At least one of [Groups,Roles,Users] must be non-empty.").into());
        }
        for role in roles {
            inside.query(
                "iam",
                "PutRolePolicy",
                &json!({
                    "RoleName": role,
                    "PolicyName": wanted.text("PolicyName"),
                    "PolicyDocument": document(&wanted.properties["PolicyDocument"]),
                }),
            )?;
        }
        Ok(())
    }

    fn take(properties: &Value, kept: &[String], inside: &Inside<'_>) -> Result<(), InsideError> {
        for role in roles(properties)? {
            if !kept.contains(&role) {
                ignore_missing(inside.query(
                    "iam",
                    "DeleteRolePolicy",
                    &json!({"RoleName": role, "PolicyName": properties["PolicyName"]}),
                ))?;
            }
        }
        Ok(())
    }
}

impl Handler for Policy {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        Self::put(wanted, inside)?;
        Ok(Made::new(wanted.name.clone(), json!({"Id": wanted.name})))
    }

    fn update(
        &self,
        physical_id: &str,
        old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        let kept = if old.get("PolicyName") == wanted.get("PolicyName") {
            roles(wanted.properties)?
        } else {
            Vec::new()
        };
        Self::take(old, &kept, inside)?;
        Self::put(wanted, inside)?;
        Ok(Made::new(physical_id, json!({"Id": physical_id})))
    }

    fn delete(
        &self,
        _physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        Self::take(properties, &[], inside)
    }

    fn read(
        &self,
        _physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        let mut actual = properties.clone();
        let mut there = Vec::new();
        for role in roles(properties)? {
            let input = json!({"RoleName": role, "PolicyName": properties["PolicyName"]});
            let answer = inside.query("iam", "GetRolePolicy", &input);
            if let Some(policy) = found(answer)? {
                actual["PolicyDocument"] = decoded(&policy["PolicyDocument"]);
                there.push(role);
            }
        }
        if there.is_empty() {
            return Err(crate::error::ServiceError::new(
                404,
                "NoSuchEntity",
                "The policy is on none of its roles.",
            )
            .into());
        }
        actual["Roles"] = json!(there);
        Ok(Some(actual))
    }
}
