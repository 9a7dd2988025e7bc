//! What a message may hold: its body, its attributes, and how large it is.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::error::{error, invalid, missing, of_another_type, refused};
use super::message::{self, Attribute};
use super::queue::Queue;
use crate::error::ServiceError;

const MOST_ATTRIBUTES: usize = 10;
/// Names and types of attributes are shorter than this, in bytes.
const LONGEST_NAME: usize = 256;
/// Of a number: so many digits, and not more.
const LONGEST_NUMBER: usize = 38;
/// The one attribute that is for SQS itself.
const TRACE_HEADER: &str = "AWSTraceHeader";

const BAD_CHARACTERS: &str = "Invalid characters found. Valid unicode characters are #x9 | #xA | \
                              #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF";

/// A message as it is sent.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Content {
    pub(super) message_body: Option<String>,
    delay_seconds: Option<i64>,
    #[serde(default)]
    pub(super) message_attributes: BTreeMap<String, Attribute>,
    #[serde(default)]
    pub(super) message_system_attributes: BTreeMap<String, Attribute>,
    pub(super) message_group_id: Option<String>,
    pub(super) message_deduplication_id: Option<String>,
}

impl Content {
    /// In bytes: the body, and the names, types and values of the attributes.
    pub(super) fn size(&self) -> usize {
        size(
            self.message_body.as_deref().unwrap_or_default(),
            &self.message_attributes,
        )
    }

    /// The delay in seconds, if the message has its own.
    ///
    /// # Errors
    /// `InvalidParameterValueException`: from 0 to 900, and for FIFO queues nothing but 0.
    pub(super) fn delay(&self, queue: &Queue) -> Result<Option<u32>, ServiceError> {
        match self.delay_seconds {
            None => Ok(None),
            // A FIFO queue has one delay for all its messages.
            Some(0) if queue.is_fifo() => Ok(None),
            Some(delay) if queue.is_fifo() => Err(of_another_type("DelaySeconds", delay)),
            Some(delay) => match u32::try_from(delay) {
                Ok(delay @ 0..=900) => Ok(Some(delay)),
                _ => Err(invalid(
                    "DelaySeconds",
                    delay,
                    "DelaySeconds must be >= 0 and <= 900.",
                )),
            },
        }
    }

    /// Checks what is in the message.
    ///
    /// # Errors
    /// `InvalidParameterValueException`, `InvalidMessageContents`,
    /// `MissingRequiredParameterException` (400).
    pub(super) fn check(&self, queue: &Queue) -> Result<(), ServiceError> {
        let body = self.message_body.as_deref().unwrap_or_default();
        if body.is_empty() {
            return Err(missing("MessageBody"));
        }
        let largest = queue.settings.maximum_size;
        if self.size() > largest as usize {
            return Err(refused(format!(
                "One or more parameters are invalid. Reason: Message must be shorter than \
                 {largest} bytes."
            )));
        }
        check_attributes(&self.message_attributes)?;
        check_system_attributes(&self.message_system_attributes)?;
        if is_xml(body) {
            return Ok(());
        }
        Err(error("InvalidMessageContents", BAD_CHARACTERS))
    }

    pub(super) fn trace_header(&self) -> Option<String> {
        let header = self.message_system_attributes.get(TRACE_HEADER)?;
        header.string_value.clone()
    }
}

/// The size of a message in bytes.
pub(super) fn size(body: &str, attributes: &BTreeMap<String, Attribute>) -> usize {
    let attributes = attributes.iter().map(|(name, attribute)| {
        let text = attribute.string_value.as_deref().map_or(0, str::len);
        let binary = attribute.binary_value.as_deref();
        let padding = |text: &str| text.bytes().rev().take_while(|byte| *byte == b'=').count();
        let binary = binary.map_or(0, |text| (text.len() / 4 * 3).saturating_sub(padding(text)));
        name.len() + attribute.data_type.len() + text + binary
    });
    body.len() + attributes.sum::<usize>()
}

fn is_xml(text: &str) -> bool {
    text.chars().all(message::is_xml)
}

fn check_attributes(attributes: &BTreeMap<String, Attribute>) -> Result<(), ServiceError> {
    if attributes.len() > MOST_ATTRIBUTES {
        return Err(refused(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MOST_ATTRIBUTES}].",
            attributes.len()
        )));
    }
    for (name, attribute) in attributes {
        check_name(name)?;
        check_value(name, attribute)?;
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), ServiceError> {
    if name.len() >= LONGEST_NAME {
        return Err(refused(
            "Message (user) attribute names must be shorter than 256 Bytes",
        ));
    }
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if name.is_empty() || !name.bytes().all(allowed) {
        return Err(refused(
            "Message (user) attributes name can only contain upper and lower score characters, \
             digits, periods, hyphens and underscores. ",
        ));
    }
    let lower = name.to_ascii_lowercase();
    let reserved = lower.starts_with("aws.") || lower.starts_with("amazon.");
    if reserved || name.starts_with('.') || name.ends_with('.') || name.contains("..") {
        return Err(refused(
            "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These \
             strings are reserved for internal use. Additionally, they cannot start or end with \
             '.'.",
        ));
    }
    Ok(())
}

fn check_value(name: &str, attribute: &Attribute) -> Result<(), ServiceError> {
    let data_type = &attribute.data_type;
    if data_type.is_empty() {
        return Err(refused(format!(
            "The message attribute '{name}' must contain non-empty message attribute type."
        )));
    }
    if data_type.len() >= LONGEST_NAME {
        return Err(refused(
            "Message (user) attribute types must be shorter than 256 Bytes",
        ));
    }
    let kind = data_type.split('.').next().unwrap_or_default();
    let text = attribute.string_value.as_deref();
    let text = text.filter(|text| !text.is_empty());
    let lacks_value = || {
        refused(format!(
            "Message (user) attribute '{name}' must contain a non-empty value of type '{kind}'."
        ))
    };
    match kind {
        "String" => {
            if !is_xml(text.ok_or_else(lacks_value)?) {
                return Err(refused(BAD_CHARACTERS));
            }
        }
        "Number" => {
            if !is_number(text.ok_or_else(lacks_value)?) {
                return Err(refused(format!(
                    "Can't cast the value of message (user) attribute '{name}' to a number."
                )));
            }
        }
        "Binary" => {
            let binary = attribute.binary_value.as_deref();
            let bytes = binary.and_then(|text| STANDARD.decode(text).ok());
            if bytes.is_none_or(|bytes| bytes.is_empty()) {
                return Err(lacks_value());
            }
        }
        _ => {
            return Err(refused(format!(
                "The type of message (user) attribute '{name}' is invalid. You must use only the \
                 following supported type prefixes: Binary, Number, String."
            )));
        }
    }
    Ok(())
}

fn is_number(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let plain =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E');
    digits <= LONGEST_NUMBER && text.bytes().all(plain) && text.parse::<f64>().is_ok()
}

fn check_system_attributes(attributes: &BTreeMap<String, Attribute>) -> Result<(), ServiceError> {
    for (name, attribute) in attributes {
        if name != TRACE_HEADER {
            return Err(refused(format!(
                "Message system attribute name '{name}' is invalid."
            )));
        }
        let text = attribute.string_value.as_deref().unwrap_or_default();
        if attribute.data_type != "String" || text.is_empty() {
            return Err(refused(format!(
                "Message system attribute '{name}' must contain a non-empty value of type 'String'."
            )));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(data_type: &str, text: Option<&str>, binary: Option<&str>) -> Attribute {
        Attribute {
            data_type: data_type.to_owned(),
            string_value: text.map(str::to_owned),
            binary_value: binary.map(str::to_owned),
        }
    }

    #[test]
    fn values_fit_their_types() {
        for (data_type, text, binary, fits) in [
            ("String", Some("x"), None, true),
            ("String.json", Some("{}"), None, true),
            ("String", Some(""), None, false),
            ("String", Some("\u{1}"), None, false),
            ("Number", Some("-1.5e3"), None, true),
            ("Number.int", Some("seven"), None, false),
            ("Number", Some("inf"), None, false),
            ("Binary.png", None, Some("AAE="), true),
            ("Binary", None, Some(""), false),
            ("Binary", Some("x"), None, false),
            ("Boolean", Some("true"), None, false),
            ("", Some("x"), None, false),
        ] {
            let checked = check_value("a", &attribute(data_type, text, binary));
            assert_eq!(checked.is_ok(), fits, "{data_type} {text:?} {binary:?}");
        }
    }

    #[test]
    fn names_are_plain_and_not_reserved() {
        for (name, fits) in [
            ("a.b-C_9", true),
            ("a b", false),
            ("AWS.x", false),
            ("amazon.x", false),
            (".a", false),
            ("a.", false),
            ("a..b", false),
            ("", false),
        ] {
            assert_eq!(check_name(name).is_ok(), fits, "{name}");
        }
    }

    #[test]
    fn a_size_counts_names_types_and_decoded_values() {
        let attributes = BTreeMap::from([
            ("ab".to_owned(), attribute("String", Some("xyz"), None)),
            ("c".to_owned(), attribute("Binary", None, Some("AAE="))),
        ]);
        assert_eq!(size("body", &attributes), 4 + 2 + 6 + 3 + 1 + 6 + 2);
    }
}
