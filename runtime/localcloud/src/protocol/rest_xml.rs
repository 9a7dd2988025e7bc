//! REST XML, as S3 speaks it.

use quick_xml::escape::escape;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::ServiceError;
use crate::request::Call;
use crate::services::Reply;

/// The namespace of S3's documents.
pub const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Reads the body, which is any document of the wanted shape, whatever its root is called.
///
/// # Errors
/// `MalformedXML` (400).
pub fn read<T: DeserializeOwned>(call: &Call<'_>) -> Result<T, ServiceError> {
    quick_xml::de::from_reader(call.body).map_err(|_| {
        ServiceError::bad_request(
            "MalformedXML",
            "The XML you provided was not well-formed or did not validate against our published \
             schema",
        )
    })
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
