//! The MD5 digests that answers carry, so that clients can compare.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

use super::message::Attribute;

/// MD5 of a body, in hexadecimal.
pub(super) fn md5_of_body(body: &str) -> String {
    hex::encode(Md5::digest(body.as_bytes()))
}

/// MD5 of message attributes, as the SQS developer guide defines it: by name, each of name, type
/// and value behind its length (4 bytes, big endian), the value behind 1 for text and 2 for bytes.
pub(super) fn md5_of_attributes(attributes: &BTreeMap<String, Attribute>) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut md5 = Md5::new();
    let mut add = |bytes: &[u8], kind: Option<u8>| {
        if let Some(kind) = kind {
            md5.update([kind]);
        }
        md5.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        md5.update(bytes);
    };
    for (name, attribute) in attributes {
        add(name.as_bytes(), None);
        add(attribute.data_type.as_bytes(), None);
        match (&attribute.string_value, &attribute.binary_value) {
            (Some(text), _) => add(text.as_bytes(), Some(1)),
            (None, Some(binary)) => add(&STANDARD.decode(binary).unwrap_or_default(), Some(2)),
            (None, None) => {}
        }
    }
    Some(hex::encode(md5.finalize()))
}
