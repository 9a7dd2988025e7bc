//! `AWS::IAM::Role`, `AWS::IAM::Policy`, `AWS::IAM::ManagedPolicy`.

use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use super::{
    Handler, Kind, Made, Wanted, document, immutable, many, mutable, plain_tags, plainly, tags_of,
    text, texts,
};
use crate::inside::{Inside, InsideError};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "AWS::IAM::Role",
        properties: &[
            mutable("AssumeRolePolicyDocument").required(),
            immutable("RoleName"),
            immutable("Path"),
            mutable("Description"),
            mutable("MaxSessionDuration"),
            mutable("ManagedPolicyArns"),
            mutable("PermissionsBoundary"),
            mutable("Policies"),
            mutable("Tags"),
        ],
        attributes: &["Arn", "RoleId"],
        named_by: Some("RoleName"),
        handler: &Role,
    },
    Kind {
        name: "AWS::IAM::Policy",
        properties: &[
            mutable("PolicyName").required(),
            mutable("PolicyDocument").required(),
            mutable("Roles"),
            mutable("Users"),
            mutable("Groups"),
        ],
        attributes: &["Id"],
        named_by: None,
        handler: &Policy,
    },
    Kind {
        name: "AWS::IAM::ManagedPolicy",
        properties: &[
            mutable("PolicyDocument").required(),
            immutable("ManagedPolicyName"),
            immutable("Description"),
            immutable("Path"),
            mutable("Roles"),
            mutable("Users"),
            mutable("Groups"),
        ],
        attributes: &[
            "PolicyArn",
            "PolicyId",
            "AttachmentCount",
            "DefaultVersionId",
        ],
        named_by: Some("ManagedPolicyName"),
        handler: &ManagedPolicy,
    },
];

/// A percent-encoded document of an answer.
fn decoded(value: &Value) -> Value {
    let text = text(value).unwrap_or_default();
    let text = percent_decode_str(&text).decode_utf8_lossy();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Names have at most 64 characters: a generated one loses its middle.
fn short_name(wanted: &Wanted<'_>, property: &str, longest: usize) -> String {
    let mut name = wanted.name.clone();
    if wanted.get(property).is_none() && name.len() > longest {
        let tail = name.split_off(name.len() - 13);
        name.truncate(longest - 13);
        name.push_str(&tail);
    }
    name
}

struct Role;

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

/// What is gone already needs no taking away.
fn ignore_missing(answer: Result<Value, InsideError>) -> Result<(), InsideError> {
    found(answer).map(drop)
}

fn found(answer: Result<Value, InsideError>) -> Result<Option<Value>, InsideError> {
    match answer {
        Ok(value) => Ok(Some(value)),
        Err(error) if super::is_not_found(error.error()) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The roles of a policy; users and groups are not here.
fn roles(properties: &Value) -> Result<Vec<String>, InsideError> {
    for other in ["Users", "Groups"] {
        if !texts(properties.get(other)).is_empty() {
            return Err(plainly(format!(
                "The embedded AWS does not have IAM {}.",
                other.to_lowercase()
            ))
            .into());
        }
    }
    Ok(texts(properties.get("Roles")))
}

/// An inline policy of one or many roles.
struct Policy;

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

struct ManagedPolicy;

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
