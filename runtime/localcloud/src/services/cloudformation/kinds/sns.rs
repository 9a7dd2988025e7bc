//! `AWS::SNS::Topic`, `AWS::SNS::Subscription`.

use serde_json::{Map, Value, json};

use super::{
    Handler, Kind, Made, Wanted, document, immutable, many, mutable, plain_tags, tags_of, text,
};
use crate::inside::{Inside, InsideError};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "AWS::SNS::Topic",
        properties: &[
            immutable("TopicName"),
            immutable("FifoTopic"),
            mutable("DisplayName"),
            mutable("KmsMasterKeyId"),
            mutable("SignatureVersion"),
            mutable("TracingConfig"),
            mutable("Subscription"),
            mutable("Tags"),
        ],
        attributes: &["TopicArn", "TopicName"],
        named_by: Some("TopicName"),
        handler: &Topic,
    },
    Kind {
        name: "AWS::SNS::Subscription",
        properties: &[
            immutable("TopicArn").required(),
            immutable("Protocol").required(),
            immutable("Endpoint"),
            mutable("FilterPolicy"),
            mutable("FilterPolicyScope"),
            mutable("RawMessageDelivery"),
            mutable("RedrivePolicy"),
            mutable("DeliveryPolicy"),
            mutable("SubscriptionRoleArn"),
        ],
        attributes: &["Arn"],
        named_by: None,
        handler: &Subscription,
    },
];

/// A map as the query protocol carries it.
fn entries(attributes: &[(String, String)]) -> Value {
    let entries = attributes
        .iter()
        .map(|(key, value)| json!({"key": key, "value": value}));
    json!({"entry": entries.collect::<Vec<_>>()})
}

/// What an answer's map says.
fn entry(answer: &Value, name: &str) -> Value {
    many(&answer["Attributes"]["entry"])
        .iter()
        .find(|entry| entry["key"] == name)
        .map(|entry| entry["value"].clone())
        .unwrap_or_default()
}

const TOPIC_ATTRIBUTES: [&str; 4] = [
    "DisplayName",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
];

struct Topic;

impl Topic {
    fn made(arn: &str) -> Made {
        let name = arn.rsplit(':').next().unwrap_or_default();
        Made::new(arn, json!({"TopicArn": arn, "TopicName": name}))
    }

    fn subscribe(arn: &str, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<(), InsideError> {
        for subscription in many(wanted.get("Subscription").unwrap_or(&Value::Null)) {
            inside.query(
                "sns",
                "Subscribe",
                &json!({
                    "TopicArn": arn,
                    "Protocol": subscription["Protocol"],
                    "Endpoint": subscription["Endpoint"],
                }),
            )?;
        }
        Ok(())
    }
}

impl Handler for Topic {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let scope = &inside.call.scope;
        let arn = format!(
            "arn:aws:sns:{}:{}:{}",
            scope.region, scope.account, wanted.name
        );
        if inside
            .query("sns", "GetTopicAttributes", &json!({"TopicArn": arn}))
            .is_ok()
        {
            return Err(crate::error::ServiceError::bad_request(
                "AlreadyExists",
                format!(
                    "Resource of type 'AWS::SNS::Topic' with identifier '{arn}' already exists."
                ),
            )
            .into());
        }
        let mut attributes: Vec<(String, String)> = TOPIC_ATTRIBUTES
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), wanted.text(name)?)))
            .collect();
        if let Some(fifo) = wanted.text("FifoTopic") {
            attributes.push(("FifoTopic".to_owned(), fifo));
        }
        inside.query(
            "sns",
            "CreateTopic",
            &json!({"Name": wanted.name, "Attributes": entries(&attributes), "Tags": wanted.tag_list()}),
        )?;
        Self::subscribe(&arn, wanted, inside)?;
        Ok(Self::made(&arn))
    }

    fn update(
        &self,
        physical_id: &str,
        old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        for name in TOPIC_ATTRIBUTES {
            if wanted.get(name).is_none() && old.get(name).is_none() {
                continue;
            }
            let value = wanted.text(name).unwrap_or_default();
            inside.query(
                "sns",
                "SetTopicAttributes",
                &json!({"TopicArn": physical_id, "AttributeName": name, "AttributeValue": value}),
            )?;
        }
        let tags = wanted.tags();
        let lost: Vec<String> = tags_of(old)
            .into_keys()
            .filter(|key| !tags.contains_key(key))
            .collect();
        if !lost.is_empty() {
            inside.query(
                "sns",
                "UntagResource",
                &json!({"ResourceArn": physical_id, "TagKeys": lost}),
            )?;
        }
        inside.query(
            "sns",
            "TagResource",
            &json!({"ResourceArn": physical_id, "Tags": wanted.tag_list()}),
        )?;
        Self::subscribe(physical_id, wanted, inside)?;
        Ok(Self::made(physical_id))
    }

    fn delete(
        &self,
        physical_id: &str,
        _properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        inside.query("sns", "DeleteTopic", &json!({"TopicArn": physical_id}))?;
        Ok(())
    }

    fn read(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        let found = inside.query(
            "sns",
            "GetTopicAttributes",
            &json!({"TopicArn": physical_id}),
        )?;
        let mut actual = Map::new();
        for (name, expected) in properties.as_object().into_iter().flatten() {
            let value = match name.as_str() {
                "TopicName" | "FifoTopic" | "Subscription" => expected.clone(),
                "Tags" => {
                    let tags = inside.query(
                        "sns",
                        "ListTagsForResource",
                        &json!({"ResourceArn": physical_id}),
                    )?;
                    plain_tags(
                        many(&tags["Tags"]["member"])
                            .iter()
                            .filter_map(|tag| Some((text(&tag["Key"])?, text(&tag["Value"])?))),
                    )
                }
                other => entry(&found, other),
            };
            if !value.is_null() {
                actual.insert(name.clone(), value);
            }
        }
        Ok(Some(Value::Object(actual)))
    }
}

const SUBSCRIPTION_ATTRIBUTES: [&str; 6] = [
    "DeliveryPolicy",
    "FilterPolicyScope",
    "FilterPolicy",
    "RawMessageDelivery",
    "RedrivePolicy",
    "SubscriptionRoleArn",
];

struct Subscription;

impl Handler for Subscription {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let attributes: Vec<(String, String)> = SUBSCRIPTION_ATTRIBUTES
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), document_or_text(wanted.get(name)?))))
            .collect();
        let answer = inside.query(
            "sns",
            "Subscribe",
            &json!({
                "TopicArn": wanted.get("TopicArn"),
                "Protocol": wanted.get("Protocol"),
                "Endpoint": wanted.get("Endpoint"),
                "Attributes": entries(&attributes),
                "ReturnSubscriptionArn": true,
            }),
        )?;
        let arn = text(&answer["SubscriptionArn"]).unwrap_or_default();
        Ok(Made::new(arn.as_str(), json!({"Arn": arn})))
    }

    fn update(
        &self,
        physical_id: &str,
        old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        for name in SUBSCRIPTION_ATTRIBUTES {
            if wanted.get(name).is_none() && old.get(name).is_none() {
                continue;
            }
            let value = wanted.get(name).map(document_or_text).unwrap_or_default();
            inside.query(
                "sns",
                "SetSubscriptionAttributes",
                &json!({"SubscriptionArn": physical_id, "AttributeName": name, "AttributeValue": value}),
            )?;
        }
        Ok(Made::new(physical_id, json!({"Arn": physical_id})))
    }

    fn delete(
        &self,
        physical_id: &str,
        _properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        inside.query(
            "sns",
            "Unsubscribe",
            &json!({"SubscriptionArn": physical_id}),
        )?;
        Ok(())
    }

    fn read(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        let found = inside.query(
            "sns",
            "GetSubscriptionAttributes",
            &json!({"SubscriptionArn": physical_id}),
        )?;
        let mut actual = Map::new();
        for (name, expected) in properties.as_object().into_iter().flatten() {
            let value = match entry(&found, name) {
                Value::String(json) if expected.is_object() => {
                    serde_json::from_str(&json).unwrap_or_default()
                }
                other => other,
            };
            if !value.is_null() {
                actual.insert(name.clone(), value);
            }
        }
        Ok(Some(Value::Object(actual)))
    }
}

fn document_or_text(value: &Value) -> String {
    text(value).unwrap_or_else(|| document(value))
}
