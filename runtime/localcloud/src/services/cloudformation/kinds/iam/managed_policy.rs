//! `AWS::IAM::ManagedPolicy`.

use serde_json::{Value, json};

use super::{decoded, ignore_missing, roles, short_name};
use crate::inside::{Inside, InsideError};
use crate::services::cloudformation::kinds::{Handler, Made, Wanted, document, many, text};

pub(super) struct ManagedPolicy;

impl ManagedPolicy {
    fn attach(arn: &str, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<(), InsideError> {
        for role in roles(wanted.properties)? {
            inside.query(
                "iam",
                "AttachRolePolicy",
                &json!({"RoleName": role, "PolicyArn": arn}),
            )?;
        }
        Ok(())
    }

    fn detach(
        arn: &str,
        properties: &Value,
        kept: &[String],
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        for role in roles(properties)? {
            if !kept.contains(&role) {
                ignore_missing(inside.query(
                    "iam",
                    "DetachRolePolicy",
                    &json!({"RoleName": role, "PolicyArn": arn}),
                ))?;
            }
        }
        Ok(())
    }

    fn made(arn: &str, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let policy = inside.query("iam", "GetPolicy", &json!({"PolicyArn": arn}))?;
        let policy = &policy["Policy"];
        Ok(Made::new(
            arn,
            json!({
                "PolicyArn": arn,
                "PolicyId": policy["PolicyId"],
                "AttachmentCount": policy["AttachmentCount"],
                "DefaultVersionId": policy["DefaultVersionId"],
            }),
        ))
    }

    fn versions(arn: &str, inside: &Inside<'_>) -> Result<Vec<Value>, InsideError> {
        let versions = inside.query("iam", "ListPolicyVersions", &json!({"PolicyArn": arn}))?;
        Ok(many(&versions["Versions"]["member"]))
    }
}

impl Handler for ManagedPolicy {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let answer = inside.query(
            "iam",
            "CreatePolicy",
            &json!({
                "PolicyName": short_name(wanted, "ManagedPolicyName", 128),
                "Path": wanted.text("Path"),
                "Description": wanted.text("Description"),
                "PolicyDocument": document(&wanted.properties["PolicyDocument"]),
            }),
        )?;
        let arn = text(&answer["Policy"]["Arn"]).unwrap_or_default();
        Self::attach(&arn, wanted, inside)?;
        Self::made(&arn, inside)
    }

    fn update(
        &self,
        physical_id: &str,
        old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        if old.get("PolicyDocument") != wanted.get("PolicyDocument") {
            let versions = Self::versions(physical_id, inside)?;
            if versions.len() >= 5
                && let Some(oldest) = versions
                    .iter()
                    .rev()
                    .find(|version| text(&version["IsDefaultVersion"]).as_deref() != Some("true"))
            {
                inside.query(
                    "iam",
                    "DeletePolicyVersion",
                    &json!({"PolicyArn": physical_id, "VersionId": oldest["VersionId"]}),
                )?;
            }
            inside.query(
                "iam",
                "CreatePolicyVersion",
                &json!({
                    "PolicyArn": physical_id,
                    "PolicyDocument": document(&wanted.properties["PolicyDocument"]),
                    "SetAsDefault": true,
                }),
            )?;
        }
        Self::detach(physical_id, old, &roles(wanted.properties)?, inside)?;
        Self::attach(physical_id, wanted, inside)?;
        Self::made(physical_id, inside)
    }

    fn delete(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        Self::detach(physical_id, properties, &[], inside)?;
        for version in Self::versions(physical_id, inside)? {
            if text(&version["IsDefaultVersion"]).as_deref() != Some("true") {
                inside.query(
                    "iam",
                    "DeletePolicyVersion",
                    &json!({"PolicyArn": physical_id, "VersionId": version["VersionId"]}),
                )?;
            }
        }
        inside.query("iam", "DeletePolicy", &json!({"PolicyArn": physical_id}))?;
        Ok(())
    }

    fn read(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        let policy = inside.query("iam", "GetPolicy", &json!({"PolicyArn": physical_id}))?;
        let version =
            json!({"PolicyArn": physical_id, "VersionId": policy["Policy"]["DefaultVersionId"]});
        let version = inside.query("iam", "GetPolicyVersion", &version)?;
        let mut actual = properties.clone();
        actual["PolicyDocument"] = decoded(&version["PolicyVersion"]["Document"]);
        Ok(Some(actual))
    }
}
