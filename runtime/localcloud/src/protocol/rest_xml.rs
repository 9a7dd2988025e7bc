//! REST XML, as S3 speaks it.

use quick_xml::escape::escape;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::xml::{self, Lists};
use crate::error::ServiceError;
use crate::request::Call;
use crate::services::Reply;

/// The namespace of S3's documents.
pub const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// The largest document that is read: 4 MiB.
const LARGEST_DOCUMENT: usize = 4 * 1024 * 1024;

/// Reads the body, which is any document of the wanted shape, whatever its root is called.
///
/// # Errors
/// `MalformedXML`, `MaxMessageLengthExceeded` (400).
pub fn read<T: DeserializeOwned>(call: &Call<'_>) -> Result<T, ServiceError> {
    check_length(call.body)?;
    quick_xml::de::from_reader(call.body).map_err(|_| malformed())
}

/// The content of a document with this root: see [`xml`]. An empty root is an empty object.
///
/// # Errors
/// `MalformedXML`, `MaxMessageLengthExceeded` (400).
pub(crate) fn read_tree(body: &[u8], root: &str) -> Result<Value, ServiceError> {
    check_length(body)?;
    let mut tree = xml::parse(body).ok_or_else(malformed)?;
    match tree.get_mut(root).map(Value::take) {
        Some(value @ Value::Object(_)) => Ok(value),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(Value::Object(Map::new())),
        _ => Err(malformed()),
    }
}

/// The elements of one name in a tree: none, one, or many.
pub(crate) fn each(elements: &Value) -> &[Value] {
    match elements {
        Value::Null => &[],
        Value::Array(elements) => elements,
        one => std::slice::from_ref(one),
    }
}

/// A document in memory is many times as large as its text.
fn check_length(body: &[u8]) -> Result<(), ServiceError> {
    if body.len() <= LARGEST_DOCUMENT {
        return Ok(());
    }
    Err(
        ServiceError::bad_request("MaxMessageLengthExceeded", "Your request was too big.")
            .with_field("MaxMessageLengthBytes", LARGEST_DOCUMENT.to_string()),
    )
}

/// `MalformedXML` (400).
pub(crate) fn malformed() -> ServiceError {
    ServiceError::bad_request(
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published \
         schema",
    )
}

/// Writes a document in S3's namespace that is a tree already, status 200; nulls are left out, and
/// an array is one element an item.
pub(crate) fn write_tree(root: &str, content: &Value) -> Reply {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let namespace = format!(" xmlns=\"{NAMESPACE}\"");
    xml::write(&mut text, root, &namespace, content, Lists::Repeated);
    Reply {
        body: text.into_bytes(),
        ..Reply::status(200).with_header("content-type", "application/xml")
    }
}

/// Writes a document, status 200.
pub fn write<U: Serialize>(root: &str, output: &U) -> Result<Reply, ServiceError> {
    let text = quick_xml::se::to_string_with_root(root, output)
        .map_err(|error| ServiceError::internal(format!("the answer is not XML: {error}")))?;
    Ok(Reply {
        body: format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{text}").into_bytes(),
        ..Reply::status(200).with_header("content-type", "application/xml")
    })
}

pub(super) fn render(error: &ServiceError, request_id: &str) -> Reply {
    let mut extra = String::new();
    for (name, value) in &error.fields {
        if let Value::String(text) = value {
            extra.push_str(&format!("<{name}>{}</{name}>", escape(text.as_str())));
        }
    }
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code>\
         <Message>{}</Message>{extra}<RequestId>{request_id}</RequestId></Error>",
        escape(error.code.as_ref()),
        escape(error.message.as_str()),
    );
    Reply {
        status: error.status,
        headers: error.headers.clone(),
        body: text.into_bytes(),
        wait: None,
    }
    .with_header("content-type", "application/xml")
}
