//! AWS query: form parameters in, XML out.

use quick_xml::escape::escape;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::xml::{self, Lists};
use crate::error::ServiceError;
use crate::request::Call;
use crate::router::decode_form;
use crate::services::Reply;

/// The most parts of a parameter's name.
const DEEPEST: usize = 32;
/// The most places of all lists together, those that are left empty too: a short name can stand for
/// many.
const MOST_PLACES: usize = 20_000;

/// The operation: the form's `Action`.
pub fn operation(body: &[u8]) -> Option<String> {
    decode_form(&String::from_utf8_lossy(body))
        .into_iter()
        .find(|(name, _)| name == "Action")
        .map(|(_, value)| value)
}

/// Reads the form: `A.member.1.B=x` is `{"A": [{"B": "x"}]}`, and so is `A.entry.1.B=x`. Every value is a string; numbers and
/// booleans are read with [`rest_json::from_text`](super::rest_json::from_text).
///
/// # Errors
/// `ValidationError` (400) if a member is missing or has the wrong type.
pub fn read<T: DeserializeOwned>(call: &Call<'_>) -> Result<T, ServiceError> {
    let mut root = Value::Object(Map::new());
    let mut places = MOST_PLACES;
    for (name, value) in decode_form(&String::from_utf8_lossy(call.body)) {
        if name.split('.').count() > DEEPEST {
            return Err(ServiceError::bad_request(
                "ValidationError",
                format!("a parameter's name has more than {DEEPEST} parts"),
            ));
        }
        let path: Vec<&str> = name.split('.').collect();
        place(&mut root, &path, value, &mut places).ok_or_else(|| {
            ServiceError::bad_request(
                "ValidationError",
                format!("the lists have more than {MOST_PLACES} places"),
            )
        })?;
    }
    serde_json::from_value(root)
        .map_err(|error| ServiceError::bad_request("ValidationError", error.to_string()))
}

/// `None` if that would take more places than are left.
fn place(node: &mut Value, path: &[&str], value: String, places: &mut usize) -> Option<()> {
    match path {
        [] => *node = Value::from(value),
        ["member" | "entry", index, rest @ ..] => {
            if !node.is_array() {
                *node = Value::Array(Vec::new());
            }
            let (Value::Array(items), Ok(index @ 1..=1000)) = (node, index.parse::<usize>()) else {
                return Some(());
            };
            if items.len() < index {
                *places = places.checked_sub(index - items.len())?;
                items.resize(index, Value::Null);
            }
            place(&mut items[index - 1], rest, value, places)?;
        }
        [name, rest @ ..] => {
            if !node.is_object() {
                *node = Value::Object(Map::new());
            }
            if let Value::Object(members) = node {
                place(
                    members.entry((*name).to_owned()).or_insert(Value::Null),
                    rest,
                    value,
                    places,
                )?;
            }
        }
    }
    Some(())
}

/// Writes an answer, status 200: `<OpResponse><OpResult>…</OpResult>…</OpResponse>`.
pub fn write<U: Serialize>(
    output: &U,
    call: &Call<'_>,
    namespace: &str,
) -> Result<Reply, ServiceError> {
    let operation = &call.operation;
    let result = quick_xml::se::to_string_with_root(&format!("{operation}Result"), output)
        .map_err(|error| ServiceError::internal(format!("the answer is not XML: {error}")))?;
    Ok(xml(
        200,
        format!(
            "<{operation}Response xmlns=\"{namespace}\">{result}<ResponseMetadata><RequestId>{}\
             </RequestId></ResponseMetadata></{operation}Response>",
            call.request_id
        ),
    ))
}

/// Writes an answer that is a tree already; arrays as lists of `member`.
pub fn write_tree(output: &Value, call: &Call<'_>, namespace: &str) -> Result<Reply, ServiceError> {
    Ok(tree(output, call, namespace, Lists::Members))
}

/// The same for a service whose lists and maps are flattened: an array is its elements, each under
/// the array's name. A null is an answer without a result element.
pub(crate) fn write_flat(output: &Value, call: &Call<'_>, namespace: &str) -> Reply {
    tree(output, call, namespace, Lists::Repeated)
}

fn tree(output: &Value, call: &Call<'_>, namespace: &str, lists: Lists) -> Reply {
    let operation = &call.operation;
    let mut result = String::new();
    let name = format!("{operation}Result");
    xml::write(&mut result, &name, "", output, lists);
    xml(
        200,
        format!(
            "<{operation}Response xmlns=\"{namespace}\">{result}<ResponseMetadata><RequestId>{}\
             </RequestId></ResponseMetadata></{operation}Response>",
            call.request_id
        ),
    )
}

/// For `#[serde(default, deserialize_with = "query::list")]` on a list: an empty one comes as an
/// empty string.
pub fn list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    use serde::de::Error as _;
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(Vec::new()),
        Value::String(text) if text.is_empty() => Ok(Vec::new()),
        other => serde_json::from_value(other).map_err(D::Error::custom),
    }
}

fn xml(status: u16, text: String) -> Reply {
    Reply {
        body: text.into_bytes(),
        ..Reply::status(status).with_header("content-type", "text/xml")
    }
}

pub(super) fn render(error: &ServiceError, request_id: &str) -> Reply {
    let fault = if error.status < 500 {
        "Sender"
    } else {
        "Receiver"
    };
    let mut more = String::new();
    for (name, value) in &error.fields {
        xml::write(&mut more, name, "", value, Lists::Members);
    }
    let mut reply = xml(
        error.status,
        format!(
            "<ErrorResponse><Error><Type>{fault}</Type><Code>{}</Code><Message>{}</Message>{more}\
             </Error><RequestId>{request_id}</RequestId></ErrorResponse>",
            escape(error.code.as_ref()),
            escape(error.message.as_str()),
        ),
    );
    reply.headers.extend(error.headers.clone());
    reply
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn members_become_lists() {
        let mut root = Value::Null;
        for (name, value) in [
            ("Tags.member.2.Key", "b"),
            ("Tags.member.1.Key", "a"),
            ("Name", "n"),
        ] {
            let path: Vec<&str> = name.split('.').collect();
            place(&mut root, &path, value.to_owned(), &mut 2).unwrap();
        }
        assert_eq!(
            root,
            serde_json::json!({"Tags": [{"Key": "a"}, {"Key": "b"}], "Name": "n"})
        );
    }

    #[test]
    fn places_are_few() {
        let path = ["A", "member", "11", "B", "member", "90"];
        let mut places = 100;
        assert!(place(&mut Value::Null, &path, String::new(), &mut places).is_none());
        places = 101;
        assert!(place(&mut Value::Null, &path, String::new(), &mut places).is_some());
        assert_eq!(places, 0);
    }
}
