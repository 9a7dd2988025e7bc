//! `AWS::IAM::Role`.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::{decoded, found, ignore_missing, short_name};
use crate::inside::{Inside, InsideError};
use crate::services::cloudformation::kinds::{
    Handler, Made, Wanted, document, many, plain_tags, tags_of, text, texts,
};

pub(super) struct Role;

impl Role {
    fn inline(properties: &Value) -> Vec<(String, String)> {
        many(&properties["Policies"])
            .iter()
            .filter_map(|policy| {
                Some((
                    text(&policy["PolicyName"])?,
                    document(&policy["PolicyDocument"]),
                ))
            })
            .collect()
    }

    fn add(name: &str, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<(), InsideError> {
        for (policy, text) in Self::inline(wanted.properties) {
            inside.query(
                "iam",
                "PutRolePolicy",
                &json!({"RoleName": name, "PolicyName": policy, "PolicyDocument": text}),
            )?;
        }
        for arn in texts(wanted.get("ManagedPolicyArns")) {
            inside.query(
                "iam",
                "AttachRolePolicy",
                &json!({"RoleName": name, "PolicyArn": arn}),
            )?;
        }
        Ok(())
    }

    fn made(name: &str, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let role = inside.query("iam", "GetRole", &json!({"RoleName": name}))?;
        Ok(Made::new(
            name,
            json!({"Arn": role["Role"]["Arn"], "RoleId": role["Role"]["RoleId"]}),
        ))
    }
}

impl Handler for Role {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let name = short_name(wanted, "RoleName", 64);
        inside.query(
            "iam",
            "CreateRole",
            &json!({
                "RoleName": name,
                "Path": wanted.text("Path"),
                "AssumeRolePolicyDocument": document(&wanted.properties["AssumeRolePolicyDocument"]),
                "Description": wanted.text("Description"),
                "MaxSessionDuration": wanted.text("MaxSessionDuration"),
                "PermissionsBoundary": wanted.text("PermissionsBoundary"),
                "Tags": wanted.tag_list(),
            }),
        )?;
        Self::add(&name, wanted, inside)?;
        Self::made(&name, inside)
    }

    fn update(
        &self,
        physical_id: &str,
        old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        let trust = document(&wanted.properties["AssumeRolePolicyDocument"]);
        inside.query(
            "iam",
            "UpdateAssumeRolePolicy",
            &json!({"RoleName": physical_id, "PolicyDocument": trust}),
        )?;
        inside.query(
            "iam",
            "UpdateRole",
            &json!({
                "RoleName": physical_id,
                "Description": wanted.text("Description").unwrap_or_default(),
                "MaxSessionDuration": wanted.text("MaxSessionDuration").unwrap_or_else(|| "3600".to_owned()),
            }),
        )?;
        let kept: BTreeSet<String> = Self::inline(wanted.properties)
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        for (policy, _) in Self::inline(old) {
            if !kept.contains(&policy) {
                ignore_missing(inside.query(
                    "iam",
                    "DeleteRolePolicy",
                    &json!({"RoleName": physical_id, "PolicyName": policy}),
                ))?;
            }
        }
        let attached = texts(wanted.get("ManagedPolicyArns"));
        for arn in texts(old.get("ManagedPolicyArns")) {
            if !attached.contains(&arn) {
                ignore_missing(inside.query(
                    "iam",
                    "DetachRolePolicy",
                    &json!({"RoleName": physical_id, "PolicyArn": arn}),
                ))?;
            }
        }
        let tags = wanted.tags();
        let lost: Vec<String> = tags_of(old)
            .into_keys()
            .filter(|key| !tags.contains_key(key))
            .collect();
        if !lost.is_empty() {
            inside.query(
                "iam",
                "UntagRole",
                &json!({"RoleName": physical_id, "TagKeys": lost}),
            )?;
        }
        inside.query(
            "iam",
            "TagRole",
            &json!({"RoleName": physical_id, "Tags": wanted.tag_list()}),
        )?;
        Self::add(physical_id, wanted, inside)?;
        Self::made(physical_id, inside)
    }

    fn delete(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        for (policy, _) in Self::inline(properties) {
            ignore_missing(inside.query(
                "iam",
                "DeleteRolePolicy",
                &json!({"RoleName": physical_id, "PolicyName": policy}),
            ))?;
        }
        for arn in texts(properties.get("ManagedPolicyArns")) {
            ignore_missing(inside.query(
                "iam",
                "DetachRolePolicy",
                &json!({"RoleName": physical_id, "PolicyArn": arn}),
            ))?;
        }
        inside.query("iam", "DeleteRole", &json!({"RoleName": physical_id}))?;
        Ok(())
    }

    fn read(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        let role = inside.query("iam", "GetRole", &json!({"RoleName": physical_id}))?;
        let role = &role["Role"];
        let attached = inside.query(
            "iam",
            "ListAttachedRolePolicies",
            &json!({"RoleName": physical_id}),
        )?;
        let mut arns = texts_of(&attached["AttachedPolicies"]["member"], "PolicyArn");
        let expected = texts(properties.get("ManagedPolicyArns"));
        if arns.iter().collect::<BTreeSet<_>>() == expected.iter().collect::<BTreeSet<_>>() {
            arns = expected;
        }
        let mut actual = Map::new();
        for (name, value) in properties.as_object().into_iter().flatten() {
            let found = match name.as_str() {
                "AssumeRolePolicyDocument" => decoded(&role["AssumeRolePolicyDocument"]),
                "ManagedPolicyArns" => json!(arns),
                "Policies" => {
                    let mut policies = Vec::new();
                    for policy in many(value) {
                        let input =
                            json!({"RoleName": physical_id, "PolicyName": policy["PolicyName"]});
                        if let Some(found) = found(inside.query("iam", "GetRolePolicy", &input))? {
                            policies.push(json!({"PolicyName": policy["PolicyName"], "PolicyDocument": decoded(&found["PolicyDocument"])}));
                        }
                    }
                    Value::Array(policies)
                }
                "Tags" => plain_tags(
                    many(&role["Tags"]["member"])
                        .iter()
                        .filter_map(|tag| Some((text(&tag["Key"])?, text(&tag["Value"])?))),
                ),
                "PermissionsBoundary" => {
                    role["PermissionsBoundary"]["PermissionsBoundaryArn"].clone()
                }
                other => role[other].clone(),
            };
            if !found.is_null() {
                actual.insert(name.clone(), found);
            }
        }
        Ok(Some(Value::Object(actual)))
    }
}

fn texts_of(list: &Value, name: &str) -> Vec<String> {
    many(list)
        .iter()
        .filter_map(|item| text(&item[name]))
        .collect()
}
