//! `AWS::IAM::Role`, `AWS::IAM::Policy`, `AWS::IAM::ManagedPolicy`.

mod managed_policy;
mod policy;
mod role;

use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::{Kind, Wanted, immutable, mutable, plainly, text, texts};
use crate::inside::InsideError;

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
        handler: &role::Role,
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
        handler: &policy::Policy,
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
        handler: &managed_policy::ManagedPolicy,
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
