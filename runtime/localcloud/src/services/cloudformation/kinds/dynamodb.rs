//! `AWS::DynamoDB::Table`.

use serde_json::{Map, Value, json};

use super::{
    Handler, Kind, Made, Wanted, flag, immutable, many, mutable, plain_tags, tags_of, text,
};
use crate::inside::{Inside, InsideError};

pub(super) const KINDS: &[Kind] = &[Kind {
    name: "AWS::DynamoDB::Table",
    properties: &[
        immutable("TableName"),
        immutable("KeySchema").required(),
        immutable("AttributeDefinitions"),
        immutable("LocalSecondaryIndexes"),
        immutable("GlobalSecondaryIndexes"),
        mutable("BillingMode"),
        mutable("ProvisionedThroughput"),
        mutable("DeletionProtectionEnabled"),
        mutable("PointInTimeRecoverySpecification"),
        mutable("SSESpecification"),
        mutable("StreamSpecification"),
        mutable("TableClass"),
        mutable("TimeToLiveSpecification"),
        mutable("Tags"),
    ],
    attributes: &["Arn", "StreamArn"],
    named_by: Some("TableName"),
    handler: &Table,
}];

struct Table;

/// What goes into the table's own call, as DynamoDB writes it.
fn stated(wanted: &Wanted<'_>, names: &[&str]) -> Map<String, Value> {
    let mut stated = Map::new();
    for name in names {
        let Some(value) = wanted.get(name) else {
            continue;
        };
        let value = match *name {
            "StreamSpecification" => {
                json!({"StreamEnabled": true, "StreamViewType": value["StreamViewType"]})
            }
            "SSESpecification" => {
                let mut specification = value.clone();
                let enabled = specification["SSEEnabled"].take();
                specification["Enabled"] = enabled;
                if let Some(members) = specification.as_object_mut() {
                    members.remove("SSEEnabled");
                }
                specification
            }
            "DeletionProtectionEnabled" => json!(flag(value)),
            _ => value.clone(),
        };
        stated.insert((*name).to_owned(), value);
    }
    stated
}

impl Table {
    /// Time to live and recovery, which take calls of their own.
    fn set(name: &str, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<(), InsideError> {
        let known = inside.json(
            "dynamodb",
            "DescribeTimeToLive",
            &json!({"TableName": name}),
        )?;
        let known = &known["TimeToLiveDescription"];
        let attribute = wanted
            .get("TimeToLiveSpecification")
            .filter(|specification| flag(&specification["Enabled"]) == Some(true))
            .and_then(|specification| text(&specification["AttributeName"]));
        let switch = |enabled: bool, attribute: &Value| {
            let specification = json!({"Enabled": enabled, "AttributeName": attribute});
            let input = json!({"TableName": name, "TimeToLiveSpecification": specification});
            inside
                .json("dynamodb", "UpdateTimeToLive", &input)
                .map(drop)
        };
        let current = text(&known["AttributeName"]);
        if current != attribute {
            if current.is_some() {
                switch(false, &known["AttributeName"])?;
            }
            if let Some(attribute) = attribute {
                switch(true, &Value::from(attribute))?;
            }
        }
        if let Some(specification) = wanted.get("PointInTimeRecoverySpecification") {
            let enabled = flag(&specification["PointInTimeRecoveryEnabled"]).unwrap_or_default();
            let specification = json!({"PointInTimeRecoveryEnabled": enabled});
            let input =
                json!({"TableName": name, "PointInTimeRecoverySpecification": specification});
            inside.json("dynamodb", "UpdateContinuousBackups", &input)?;
        }
        Ok(())
    }

    fn made(name: &str, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let table = inside.json("dynamodb", "DescribeTable", &json!({"TableName": name}))?;
        let table = &table["Table"];
        Ok(Made::new(
            name,
            json!({"Arn": table["TableArn"], "StreamArn": table["LatestStreamArn"]}),
        ))
    }
}

impl Handler for Table {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let mut input = stated(
            wanted,
            &[
                "KeySchema",
                "AttributeDefinitions",
                "LocalSecondaryIndexes",
                "GlobalSecondaryIndexes",
                "BillingMode",
                "ProvisionedThroughput",
                "DeletionProtectionEnabled",
                "SSESpecification",
                "StreamSpecification",
                "TableClass",
            ],
        );
        input.insert("TableName".to_owned(), Value::from(wanted.name.as_str()));
        input.insert("Tags".to_owned(), wanted.tag_list());
        inside.json("dynamodb", "CreateTable", &Value::Object(input))?;
        Self::set(&wanted.name, wanted, inside)?;
        Self::made(&wanted.name, inside)
    }

    fn update(
        &self,
        physical_id: &str,
        old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        let mut input = stated(
            wanted,
            &[
                "BillingMode",
                "ProvisionedThroughput",
                "DeletionProtectionEnabled",
                "SSESpecification",
                "StreamSpecification",
                "TableClass",
            ],
        );
        if wanted.get("ProvisionedThroughput").is_none()
            && old.get("ProvisionedThroughput").is_some()
        {
            input.insert("ProvisionedThroughput".to_owned(), Value::Null);
        }
        if wanted.get("StreamSpecification").is_none() && old.get("StreamSpecification").is_some() {
            input.insert(
                "StreamSpecification".to_owned(),
                json!({"StreamEnabled": false}),
            );
        }
        input.insert("TableName".to_owned(), Value::from(physical_id));
        if input.len() > 1 {
            inside.json("dynamodb", "UpdateTable", &Value::Object(input))?;
        }
        Self::set(physical_id, wanted, inside)?;
        let made = Self::made(physical_id, inside)?;
        let arn = made.attributes.get("Arn").cloned().unwrap_or_default();
        let tags = wanted.tags();
        let lost: Vec<String> = tags_of(old)
            .into_keys()
            .filter(|key| !tags.contains_key(key))
            .collect();
        inside.json(
            "dynamodb",
            "UntagResource",
            &json!({"ResourceArn": arn, "TagKeys": lost}),
        )?;
        inside.json(
            "dynamodb",
            "TagResource",
            &json!({"ResourceArn": arn, "Tags": wanted.tag_list()}),
        )?;
        Ok(made)
    }

    fn delete(
        &self,
        physical_id: &str,
        _properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        inside.json(
            "dynamodb",
            "DeleteTable",
            &json!({"TableName": physical_id}),
        )?;
        Ok(())
    }

    fn read(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        let table = inside.json(
            "dynamodb",
            "DescribeTable",
            &json!({"TableName": physical_id}),
        )?;
        let table = &table["Table"];
        let mut actual = properties.clone();
        for name in [
            "KeySchema",
            "AttributeDefinitions",
            "DeletionProtectionEnabled",
        ] {
            if properties.get(name).is_some() {
                actual[name] = table[name].clone();
            }
        }
        if properties.get("BillingMode").is_some() {
            let mode = &table["BillingModeSummary"]["BillingMode"];
            actual["BillingMode"] = if mode.is_null() {
                json!("PROVISIONED")
            } else {
                mode.clone()
            };
        }
        if properties.get("ProvisionedThroughput").is_some() {
            let throughput = &table["ProvisionedThroughput"];
            actual["ProvisionedThroughput"] = json!({
                "ReadCapacityUnits": throughput["ReadCapacityUnits"],
                "WriteCapacityUnits": throughput["WriteCapacityUnits"],
            });
        }
        let input = json!({"TableName": physical_id});
        if properties.get("TimeToLiveSpecification").is_some() {
            let found = inside.json("dynamodb", "DescribeTimeToLive", &input)?;
            let found = &found["TimeToLiveDescription"];
            let enabled = found["TimeToLiveStatus"] == "ENABLED";
            actual["TimeToLiveSpecification"]["Enabled"] = json!(enabled);
            if enabled {
                actual["TimeToLiveSpecification"]["AttributeName"] = found["AttributeName"].clone();
            }
        }
        if properties.get("Tags").is_some() {
            let tags = inside.json(
                "dynamodb",
                "ListTagsOfResource",
                &json!({"ResourceArn": table["TableArn"]}),
            )?;
            actual["Tags"] = plain_tags(
                many(&tags["Tags"])
                    .iter()
                    .filter_map(|tag| Some((text(&tag["Key"])?, text(&tag["Value"])?))),
            );
        }
        Ok(Some(actual))
    }
}
