//! `AWS::SQS::Queue`, `AWS::SQS::QueuePolicy`.

use serde_json::{Map, Value, json};

use super::{
    Handler, Kind, Made, Wanted, document, immutable, mutable, plain_tags, tags_of, text, texts,
};
use crate::inside::{Inside, InsideError};

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "AWS::SQS::Queue",
        properties: &[
            immutable("QueueName"),
            immutable("FifoQueue"),
            mutable("DelaySeconds"),
            mutable("KmsDataKeyReusePeriodSeconds"),
            mutable("KmsMasterKeyId"),
            mutable("MaximumMessageSize"),
            mutable("MessageRetentionPeriod"),
            mutable("ReceiveMessageWaitTimeSeconds"),
            mutable("RedriveAllowPolicy"),
            mutable("RedrivePolicy"),
            mutable("SqsManagedSseEnabled"),
            mutable("VisibilityTimeout"),
            mutable("Tags"),
        ],
        attributes: &["Arn", "QueueName", "QueueUrl"],
        named_by: Some("QueueName"),
        handler: &Queue,
    },
    Kind {
        name: "AWS::SQS::QueuePolicy",
        properties: &[
            mutable("Queues").required(),
            mutable("PolicyDocument").required(),
        ],
        attributes: &["Id"],
        named_by: None,
        handler: &QueuePolicy,
    },
];

/// What is an attribute of the queue, and what it is when nothing is said.
const ATTRIBUTES: [(&str, &str); 10] = [
    ("DelaySeconds", "0"),
    ("KmsDataKeyReusePeriodSeconds", ""),
    ("KmsMasterKeyId", ""),
    ("MaximumMessageSize", "1048576"),
    ("MessageRetentionPeriod", "345600"),
    ("ReceiveMessageWaitTimeSeconds", "0"),
    ("RedriveAllowPolicy", ""),
    ("RedrivePolicy", ""),
    ("SqsManagedSseEnabled", ""),
    ("VisibilityTimeout", "30"),
];

struct Queue;

/// The attributes of a queue; those that are not wanted any more at their defaults.
fn attributes(old: &Value, wanted: &Wanted<'_>) -> Map<String, Value> {
    let mut attributes = Map::new();
    for (name, default) in ATTRIBUTES {
        let value = match wanted.get(name) {
            Some(policy @ Value::Object(_)) => policy.to_string(),
            Some(value) => text(value).unwrap_or_default(),
            None if old.get(name).is_some() => default.to_owned(),
            None => continue,
        };
        attributes.insert(name.to_owned(), Value::from(value));
    }
    attributes
}

fn made(url: &str, inside: &Inside<'_>) -> Made {
    let scope = &inside.call.scope;
    let name = url.rsplit('/').next().unwrap_or_default();
    let arn = format!("arn:aws:sqs:{}:{}:{name}", scope.region, scope.account);
    Made::new(url, json!({"Arn": arn, "QueueName": name, "QueueUrl": url}))
}

impl Handler for Queue {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        let mut name = wanted.name.clone();
        if wanted.get("QueueName").is_none() && name.len() > 80 {
            let tail = name.split_off(name.len() - 13);
            name.truncate(67);
            name.push_str(&tail);
        }
        if inside
            .json("sqs", "GetQueueUrl", &json!({"QueueName": name}))
            .is_ok()
        {
            return Err(crate::error::ServiceError::bad_request(
                "QueueNameExists",
                format!(
                    "Resource of type 'AWS::SQS::Queue' with identifier '{name}' already exists."
                ),
            )
            .into());
        }
        let mut attributes = attributes(&Value::Null, wanted);
        if let Some(fifo) = wanted.text("FifoQueue").filter(|fifo| fifo == "true") {
            attributes.insert("FifoQueue".to_owned(), Value::from(fifo));
        }
        let answer = inside.json(
            "sqs",
            "CreateQueue",
            &json!({"QueueName": name, "Attributes": attributes, "tags": wanted.tags()}),
        )?;
        Ok(made(&text(&answer["QueueUrl"]).unwrap_or_default(), inside))
    }

    fn update(
        &self,
        physical_id: &str,
        old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        inside.json(
            "sqs",
            "SetQueueAttributes",
            &json!({"QueueUrl": physical_id, "Attributes": attributes(old, wanted)}),
        )?;
        let tags = wanted.tags();
        let lost: Vec<String> = tags_of(old)
            .into_keys()
            .filter(|key| !tags.contains_key(key))
            .collect();
        inside.json(
            "sqs",
            "UntagQueue",
            &json!({"QueueUrl": physical_id, "TagKeys": lost}),
        )?;
        inside.json(
            "sqs",
            "TagQueue",
            &json!({"QueueUrl": physical_id, "Tags": tags}),
        )?;
        Ok(made(physical_id, inside))
    }

    fn delete(
        &self,
        physical_id: &str,
        _properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        inside.json("sqs", "DeleteQueue", &json!({"QueueUrl": physical_id}))?;
        Ok(())
    }

    fn read(
        &self,
        physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        let found = inside.json(
            "sqs",
            "GetQueueAttributes",
            &json!({"QueueUrl": physical_id, "AttributeNames": ["All"]}),
        )?;
        let mut actual = Map::new();
        for (name, expected) in properties.as_object().into_iter().flatten() {
            let value = match name.as_str() {
                "Tags" => {
                    let tags =
                        inside.json("sqs", "ListQueueTags", &json!({"QueueUrl": physical_id}))?;
                    let tags = tags["Tags"]
                        .as_object()
                        .cloned()
                        .or_else(|| tags["tags"].as_object().cloned())
                        .unwrap_or_default();
                    plain_tags(
                        tags.into_iter()
                            .filter_map(|(key, value)| Some((key, text(&value)?))),
                    )
                }
                "QueueName" | "FifoQueue" => expected.clone(),
                name => match &found["Attributes"][name] {
                    Value::String(json) if expected.is_object() => {
                        serde_json::from_str(json).unwrap_or_default()
                    }
                    other => other.clone(),
                },
            };
            if !value.is_null() {
                actual.insert(name.clone(), value);
            }
        }
        Ok(Some(Value::Object(actual)))
    }
}

struct QueuePolicy;

impl QueuePolicy {
    fn set(queues: &[String], policy: &str, inside: &Inside<'_>) -> Result<(), InsideError> {
        for queue in queues {
            inside.json(
                "sqs",
                "SetQueueAttributes",
                &json!({"QueueUrl": queue, "Attributes": {"Policy": policy}}),
            )?;
        }
        Ok(())
    }
}

impl Handler for QueuePolicy {
    fn create(&self, wanted: &Wanted<'_>, inside: &Inside<'_>) -> Result<Made, InsideError> {
        Self::set(
            &texts(wanted.get("Queues")),
            &document(&wanted.properties["PolicyDocument"]),
            inside,
        )?;
        Ok(Made::new(wanted.name.clone(), json!({"Id": wanted.name})))
    }

    fn update(
        &self,
        physical_id: &str,
        old: &Value,
        wanted: &Wanted<'_>,
        inside: &Inside<'_>,
    ) -> Result<Made, InsideError> {
        let queues = texts(wanted.get("Queues"));
        let lost: Vec<String> = texts(old.get("Queues"))
            .into_iter()
            .filter(|queue| !queues.contains(queue))
            .collect();
        Self::set(&lost, "", inside)?;
        Self::set(
            &queues,
            &document(&wanted.properties["PolicyDocument"]),
            inside,
        )?;
        Ok(Made::new(physical_id, json!({"Id": physical_id})))
    }

    fn delete(
        &self,
        _physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<(), InsideError> {
        Self::set(&texts(properties.get("Queues")), "", inside)
    }

    fn read(
        &self,
        _physical_id: &str,
        properties: &Value,
        inside: &Inside<'_>,
    ) -> Result<Option<Value>, InsideError> {
        let mut actual = properties.clone();
        for queue in texts(properties.get("Queues")) {
            let found = inside.json(
                "sqs",
                "GetQueueAttributes",
                &json!({"QueueUrl": queue, "AttributeNames": ["Policy"]}),
            )?;
            let policy = found["Attributes"]["Policy"].as_str().unwrap_or_default();
            actual["PolicyDocument"] = serde_json::from_str(policy).unwrap_or_default();
        }
        Ok(Some(actual))
    }
}
