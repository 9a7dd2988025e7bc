//! `AWS::KMS::Key`, `AWS::KMS::Alias`.

use serde_json::{Map, Value, json};

use super::{
    Handler, Kind, Made, Wanted, document, flag, immutable, many, mutable, number, plain_tags,
    tags_of, text,
};
use crate::inside::{Inside, InsideError};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "AWS::KMS::Key",
        properties: &[
            mutable("Description"),
            mutable("Enabled"),
            mutable("EnableKeyRotation"),
            mutable("RotationPeriodInDays"),
            mutable("KeyPolicy"),
            immutable("KeySpec"),
            immutable("KeyUsage"),
            immutable("MultiRegion"),
            mutable("PendingWindowInDays"),
            mutable("BypassPolicyLockoutSafetyCheck"),
            mutable("Tags"),
        ],
        attributes: &["Arn", "KeyId"],
        named_by: None,
        handler: &Key,
    },
    Kind {
        name: "AWS::KMS::Alias",
        properties: &[
            immutable("AliasName").required(),
            mutable("TargetKeyId").required(),
        ],
        attributes: &[],
        named_by: Some("AliasName"),
        handler: &Alias,
    },
];

struct Key;

fn kms_tags(wanted: &Wanted<'_>) -> Value {
    let tags = wanted.tags();
    tags.iter()
        .map(|(key, value)| json!({"TagKey": key, "TagValue": value}))
        .collect()
}

impl Key {
    /// Rotation and whether it is enabled, which take calls of their own.
    fn switch(
        id: &str,
        old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        if wanted.get("EnableKeyRotation").and_then(flag) == Some(true) {
            let mut input = json!({"KeyId": id});
            if let Some(days) = wanted.get("RotationPeriodInDays").and_then(number) {
                input["RotationPeriodInDays"] = Value::from(days);
            }
            inside.json("kms", "EnableKeyRotation", &input)?;
        } else if old.get("EnableKeyRotation").is_some() {
            inside.json("kms", "DisableKeyRotation", &json!({"KeyId": id}))?;
        }
        if wanted.get("Enabled").and_then(flag) == Some(false) {
            inside.json("kms", "DisableKey", &json!({"KeyId": id}))?;
        } else if old.get("Enabled").is_some() {
            inside.json("kms", "EnableKey", &json!({"KeyId": id}))?;
        }
        Ok(())
    }

    fn made(id: &str, inside: &Inside<'_>) -> Made {
        let scope = &inside.call.scope;
        let arn = format!("arn:aws:kms:{}:{}:key/{id}", scope.region, scope.account);
        Made::new(id, json!({"Arn": arn, "KeyId": id}))
    }
}

impl Handler for Key {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let mut input = json!({
            "Description": wanted.text("Description").unwrap_or_default(),
            "MultiRegion": wanted.get("MultiRegion").and_then(flag).unwrap_or_default(),
            "Tags": kms_tags(wanted),
        });
        for name in ["KeySpec", "KeyUsage"] {
            if let Some(value) = wanted.get(name) {
                input[name] = value.clone();
            }
        }
        if let Some(policy) = wanted.get("KeyPolicy") {
            input["Policy"] = Value::from(document(policy));
        }
        let answer = inside.json("kms", "CreateKey", &input)?;
        let id = text(&answer["KeyMetadata"]["KeyId"]).unwrap_or_default();
        Self::switch(&id, &Value::Null, wanted, inside)?;
        Ok(Self::made(&id, inside))
    }

    fn update(
        &self,
        physical_id: &str,
        old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        let description = wanted.text("Description").unwrap_or_default();
        inside.json(
            "kms",
            "UpdateKeyDescription",
            &json!({"KeyId": physical_id, "Description": description}),
        )?;
        if let Some(policy) = wanted.get("KeyPolicy") {
            inside.json(
                "kms",
                "PutKeyPolicy",
                &json!({"KeyId": physical_id, "PolicyName": "default", "Policy": document(policy)}),
            )?;
        }
        Self::switch(physical_id, old, wanted, inside)?;
        let tags = wanted.tags();
        let lost: Vec<String> = tags_of(old)
            .into_keys()
            .filter(|key| !tags.contains_key(key))
            .collect();
        if !lost.is_empty() {
            inside.json(
                "kms",
                "UntagResource",
                &json!({"KeyId": physical_id, "TagKeys": lost}),
            )?;
        }
        inside.json(
            "kms",
            "TagResource",
            &json!({"KeyId": physical_id, "Tags": kms_tags(wanted)}),
        )?;
        Ok(Self::made(physical_id, inside))
    }

    fn delete(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        let key = inside.json("kms", "DescribeKey", &json!({"KeyId": physical_id}))?;
        if key["KeyMetadata"]["KeyState"] == "PendingDeletion" {
            return Ok(());
        }
        let days = properties
            .get("PendingWindowInDays")
            .and_then(number)
            .unwrap_or(30);
        inside.json(
            "kms",
            "ScheduleKeyDeletion",
            &json!({"KeyId": physical_id, "PendingWindowInDays": days}),
        )?;
        Ok(())
    }

    fn read(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        let input = json!({"KeyId": physical_id});
        let key = inside.json("kms", "DescribeKey", &input)?;
        let key = &key["KeyMetadata"];
        if key["KeyState"] == "PendingDeletion" {
            return Err(crate::error::ServiceError::bad_request(
                "NotFoundException",
                "The key is pending deletion.",
            )
            .into());
        }
        let mut actual = Map::new();
        for (name, expected) in properties.as_object().into_iter().flatten() {
            let found =
                match name.as_str() {
                    "EnableKeyRotation" => {
                        inside.json("kms", "GetKeyRotationStatus", &input)?["KeyRotationEnabled"]
                            .clone()
                    }
                    "RotationPeriodInDays" => {
                        inside.json("kms", "GetKeyRotationStatus", &input)?["RotationPeriodInDays"]
                            .clone()
                    }
                    "KeyPolicy" => {
                        let policy = inside.json("kms", "GetKeyPolicy", &input)?;
                        serde_json::from_str(policy["Policy"].as_str().unwrap_or_default())
                            .unwrap_or_default()
                    }
                    "Tags" => {
                        let tags = inside.json("kms", "ListResourceTags", &input)?;
                        plain_tags(many(&tags["Tags"]).iter().filter_map(|tag| {
                            Some((text(&tag["TagKey"])?, text(&tag["TagValue"])?))
                        }))
                    }
                    "PendingWindowInDays" | "BypassPolicyLockoutSafetyCheck" => expected.clone(),
                    other => key[other].clone(),
                };
            if !found.is_null() {
                actual.insert(name.clone(), found);
            }
        }
        Ok(Some(Value::Object(actual)))
    }
}

struct Alias;

impl Handler for Alias {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        inside.json("kms", "CreateAlias", wanted.properties)?;
        Ok(Made::new(wanted.name.clone(), json!({})))
    }

    fn update(
        &self,
        physical_id: &str,
        _old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        inside.json("kms", "UpdateAlias", wanted.properties)?;
        Ok(Made::new(physical_id, json!({})))
    }

    fn delete(
        &self,
        physical_id: &str,
        _properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        inside.json("kms", "DeleteAlias", &json!({"AliasName": physical_id}))?;
        Ok(())
    }

    fn read(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        let key = inside.json("kms", "DescribeKey", &json!({"KeyId": physical_id}))?;
        let key = &key["KeyMetadata"];
        let expected = &properties["TargetKeyId"];
        let target = if key["Arn"] == *expected {
            expected.clone()
        } else {
            key["KeyId"].clone()
        };
        Ok(Some(
            json!({"AliasName": physical_id, "TargetKeyId": target}),
        ))
    }
}
