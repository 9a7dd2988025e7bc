//! SQS's two protocols: AWS JSON 1.0, and the older query protocol with forms and XML. Each request
//! is answered in its own; the operations know the JSON shapes only.

use std::collections::BTreeMap;

use http::HeaderMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::error;
use crate::error::ServiceError;
use crate::protocol::{Protocol, aws_json, query};
use crate::request::Call;
use crate::router::decode_form;
use crate::services::Reply;

const NAMESPACE: &str = "http://queue.amazonaws.com/doc/2012-11-05/";

/// The most parts of a parameter's name: `SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.
/// StringListValue.1` has the most.
const DEEPEST: usize = 8;

/// Lists by the names of their elements in a form, and as the JSON shapes call them.
const LISTS: [(&str, &str); 9] = [
    ("ActionName", "Actions"),
    ("AttributeName", "AttributeNames"),
    ("AWSAccountId", "AWSAccountIds"),
    ("ChangeMessageVisibilityBatchRequestEntry", "Entries"),
    ("DeleteMessageBatchRequestEntry", "Entries"),
    ("MessageAttributeName", "MessageAttributeNames"),
    ("MessageSystemAttributeName", "MessageSystemAttributeNames"),
    ("SendMessageBatchRequestEntry", "Entries"),
    ("TagKey", "TagKeys"),
];

/// Maps by the names of their entries in a form, as the JSON shapes call them, and what a key is
/// called.
const MAPS: [(&str, &str, &str); 4] = [
    ("Attribute", "Attributes", "Name"),
    ("MessageAttribute", "MessageAttributes", "Name"),
    ("MessageSystemAttribute", "MessageSystemAttributes", "Name"),
    ("Tag", "Tags", "Key"),
];

/// What is a number in the JSON shapes.
const NUMBERS: [&str; 6] = [
    "DelaySeconds",
    "MaxNumberOfMessages",
    "MaxNumberOfMessagesPerSecond",
    "MaxResults",
    "VisibilityTimeout",
    "WaitTimeSeconds",
];

/// JSON names an operation in `X-Amz-Target`, a form in itself.
pub(super) fn protocol_of(headers: &HeaderMap) -> Protocol {
    if headers.contains_key("x-amz-target") {
        Protocol::AwsJson10
    } else {
        Protocol::Query
    }
}

/// A request in its protocol.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wire<'a> {
    call: &'a Call<'a>,
    is_query: bool,
}

impl<'a> Wire<'a> {
    pub(super) fn of(call: &'a Call<'a>) -> Self {
        Self {
            call,
            is_query: protocol_of(call.headers) == Protocol::Query,
        }
    }

    /// The operation's input.
    ///
    /// # Errors
    /// `SerializationException` (400) for JSON, `MalformedInput` (400) for a form.
    pub(super) fn read<T: DeserializeOwned>(self) -> Result<T, ServiceError> {
        if !self.is_query {
            return aws_json::read(self.call);
        }
        let malformed = |reason: String| ServiceError::bad_request("MalformedInput", reason);
        let mut root = Map::new();
        let body = decode_form(&String::from_utf8_lossy(self.call.body));
        for (name, value) in self.call.query.iter().cloned().chain(body) {
            let path: Vec<&str> = name.split('.').collect();
            if path.len() > DEEPEST {
                return Err(malformed(format!(
                    "a parameter's name has more than {DEEPEST} parts"
                )));
            }
            place(&mut root, &path, value);
        }
        let mut input = shaped(root);
        // Requests may go to the queue's own address instead of naming it.
        if self.call.path.trim_matches('/').contains('/') && !input.contains_key("QueueUrl") {
            input.insert("QueueUrl".to_owned(), Value::from(self.call.path));
        }
        serde_json::from_value(Value::Object(input)).map_err(|error| malformed(error.to_string()))
    }

    /// The operation's output.
    pub(super) fn write(self, output: impl Serialize) -> Result<Reply, ServiceError> {
        if !self.is_query {
            return aws_json::write(&output, aws_json::V1_0);
        }
        let output = serde_json::to_value(output)
            .map_err(|error| ServiceError::internal(format!("the answer is not XML: {error}")))?;
        let output = flattened(output, &self.call.operation);
        Ok(query::write_flat(&output, self.call, NAMESPACE))
    }

    /// The answer of an operation that has no output.
    pub(super) fn done(self, (): ()) -> Result<Reply, ServiceError> {
        if self.is_query {
            return Ok(query::write_flat(&Value::Null, self.call, NAMESPACE));
        }
        Ok(Reply {
            body: b"{}".to_vec(),
            ..Reply::status(200).with_header("content-type", aws_json::V1_0)
        })
    }

    /// An error as the protocol words it.
    pub(super) fn refusal(self, error: ServiceError) -> ServiceError {
        if self.is_query {
            error::of_query(error)
        } else {
            error
        }
    }
}

/// Puts a value into a tree by the parts of its name; lists stay maps of their positions for now.
fn place(node: &mut Map<String, Value>, path: &[&str], value: String) {
    match path {
        [] => {}
        [name] => {
            node.insert((*name).to_owned(), Value::from(value));
        }
        [name, rest @ ..] => {
            let child = node.entry((*name).to_owned()).or_insert(Value::Null);
            if !child.is_object() {
                *child = json!({});
            }
            if let Value::Object(child) = child {
                place(child, rest, value);
            }
        }
    }
}

/// The tree of a form in the JSON shape.
fn shaped(tree: Map<String, Value>) -> Map<String, Value> {
    let mut shape = Map::new();
    for (name, value) in tree {
        if let Some((_, list)) = LISTS.iter().find(|(element, _)| *element == name) {
            let items = in_order(value).into_iter().map(shaped_value).collect();
            shape.insert((*list).to_owned(), Value::Array(items));
        } else if let Some((_, map, key)) = MAPS.iter().find(|(entry, ..)| *entry == name) {
            let mut entries = Map::new();
            for entry in in_order(value) {
                let value = shaped_value(entry["Value"].clone());
                let value = if value.is_null() { json!("") } else { value };
                entries.insert(entry[*key].as_str().unwrap_or_default().to_owned(), value);
            }
            shape.insert((*map).to_owned(), Value::Object(entries));
        } else if NUMBERS.contains(&name.as_str())
            && let Some(number) = value.as_str().and_then(|text| text.parse::<i64>().ok())
        {
            shape.insert(name, Value::from(number));
        } else {
            shape.insert(name, shaped_value(value));
        }
    }
    shape
}

fn shaped_value(value: Value) -> Value {
    match value {
        Value::Object(tree) => Value::Object(shaped(tree)),
        other => other,
    }
}

/// `{"2": b, "1": a}` is a, b. A list of one may go without the position.
fn in_order(value: Value) -> Vec<Value> {
    let is_position = |name: &String| name.parse::<u32>().is_ok();
    match value {
        Value::Object(items) if items.keys().all(is_position) => {
            let items: BTreeMap<u32, Value> = items
                .into_iter()
                .filter_map(|(position, item)| Some((position.parse().ok()?, item)))
                .collect();
            items.into_values().collect()
        }
        single => vec![single],
    }
}

/// A JSON shape with its lists and maps as the query protocol writes them.
fn flattened(value: Value, operation: &str) -> Value {
    let Value::Object(members) = value else {
        return value;
    };
    let mut flat = Map::new();
    for (name, value) in members {
        let map = MAPS.iter().find(|(_, map, _)| *map == name);
        match (map, value) {
            (Some((entry, _, key)), Value::Object(entries)) => {
                let entries = entries
                    .into_iter()
                    .map(|(name, value)| json!({*key: name, "Value": value}))
                    .collect();
                flat.insert((*entry).to_owned(), Value::Array(entries));
            }
            (_, Value::Array(items)) => {
                let items = items.into_iter().map(|item| flattened(item, operation));
                flat.insert(element(&name, operation), Value::Array(items.collect()));
            }
            (_, value) => {
                flat.insert(name, flattened(value, operation));
            }
        }
    }
    Value::Object(flat)
}

fn element(list: &str, operation: &str) -> String {
    match list {
        "Messages" => "Message".to_owned(),
        "QueueUrls" | "queueUrls" => "QueueUrl".to_owned(),
        "Successful" | "Results" => format!("{operation}ResultEntry"),
        "Failed" => "BatchResultErrorEntry".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_the_json_shape() {
        let mut tree = Map::new();
        for (name, value) in [
            ("QueueUrl", "/1/q"),
            ("SendMessageBatchRequestEntry.2.Id", "b"),
            ("SendMessageBatchRequestEntry.1.Id", "a"),
            ("SendMessageBatchRequestEntry.1.DelaySeconds", "5"),
            (
                "SendMessageBatchRequestEntry.1.MessageAttribute.1.Name",
                "k",
            ),
            (
                "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType",
                "String",
            ),
            ("AttributeName.1", "All"),
            ("Attribute.Name", "DelaySeconds"),
            ("Attribute.Value", "7"),
            ("Tag.1.Key", "empty"),
        ] {
            place(
                &mut tree,
                &name.split('.').collect::<Vec<_>>(),
                value.to_owned(),
            );
        }
        assert_eq!(
            Value::Object(shaped(tree)),
            json!({
                "QueueUrl": "/1/q",
                "Entries": [
                    {
                        "Id": "a",
                        "DelaySeconds": 5,
                        "MessageAttributes": {"k": {"DataType": "String"}},
                    },
                    {"Id": "b"},
                ],
                "AttributeNames": ["All"],
                "Attributes": {"DelaySeconds": "7"},
                "Tags": {"empty": ""},
            })
        );
    }

    #[test]
    fn lists_and_maps_are_flattened() {
        let output = json!({
            "Successful": [{"Id": "a"}],
            "Failed": [{"Id": "b", "SenderFault": true}],
            "Attributes": {"DelaySeconds": "7"},
        });
        assert_eq!(
            flattened(output, "DeleteMessageBatch"),
            json!({
                "DeleteMessageBatchResultEntry": [{"Id": "a"}],
                "BatchResultErrorEntry": [{"Id": "b", "SenderFault": true}],
                "Attribute": [{"Name": "DelaySeconds", "Value": "7"}],
            })
        );
    }
}
