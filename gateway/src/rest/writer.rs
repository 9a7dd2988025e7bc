//! Messages to JSON, by the proto3 JSON mapping: lowerCamelCase names, enum values by name, 64-bit
//! numbers as strings, timestamps as RFC 3339. Fields without presence are written although they have
//! their default, so that a client sees `"description": ""`; absent messages and optional fields are
//! left out. Maps are written in the order of their keys.

use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, ReflectMessage, Value,
};
use serde::ser::{Error, Serialize, SerializeMap, Serializer};

/// A message, to be written as JSON.
pub struct MessageJson<'a>(pub &'a DynamicMessage);

/// A message as JSON text.
///
/// # Errors
/// When a timestamp or duration is out of the range that JSON can hold.
pub fn to_json(message: &DynamicMessage) -> Result<Vec<u8>, serde_json::Error> {
    serde_json::to_vec(&MessageJson(message))
}

/// A field of a message, to be written as JSON.
pub struct FieldJson<'a>(pub &'a DynamicMessage, pub &'a FieldDescriptor);

impl Serialize for FieldJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(message, field) = self;
        ValueJson(&message.get_field(field), &field.kind()).serialize(serializer)
    }
}

impl Serialize for MessageJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let message = self.0;
        let descriptor = message.descriptor();
        match descriptor.full_name() {
            "google.protobuf.Struct" => return field(message, "fields", serializer),
            "google.protobuf.ListValue" => return field(message, "values", serializer),
            "google.protobuf.Value" => return dynamic_value(message, serializer),
            name if name.starts_with("google.protobuf.") => return message.serialize(serializer),
            _ => {}
        }
        let mut map = serializer.serialize_map(None)?;
        for field in descriptor.fields() {
            if field.supports_presence() && !message.has_field(&field) {
                continue;
            }
            let value = message.get_field(&field);
            let kind = field.kind();
            map.serialize_entry(field.json_name(), &ValueJson(&value, &kind))?;
        }
        map.end()
    }
}

fn field<S: Serializer>(
    message: &DynamicMessage,
    name: &str,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let descriptor = message.descriptor();
    let field = descriptor
        .get_field_by_name(name)
        .ok_or_else(|| S::Error::custom(format!("{} has no {name}", descriptor.full_name())))?;
    ValueJson(&message.get_field(&field), &field.kind()).serialize(serializer)
}

/// `google.protobuf.Value` is whatever is set in it.
fn dynamic_value<S: Serializer>(
    message: &DynamicMessage,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let Some((field, value)) = message.fields().next() else {
        return serializer.serialize_unit();
    };
    match value {
        Value::EnumNumber(_) => serializer.serialize_unit(),
        Value::F64(number) => whole_or_float(*number, serializer),
        other => ValueJson(other, &field.kind()).serialize(serializer),
    }
}

/// A whole number is written without a fraction, as it came in.
fn whole_or_float<S: Serializer>(number: f64, serializer: S) -> Result<S::Ok, S::Error> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[allow(clippy::cast_possible_truncation)] // It has no fraction and is small enough.
        return serializer.serialize_i64(number as i64);
    }
    serializer.serialize_f64(number)
}

struct ValueJson<'a>(&'a Value, &'a Kind);

impl Serialize for ValueJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(value, kind) = self;
        match value {
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::I32(value) => serializer.serialize_i32(*value),
            Value::U32(value) => serializer.serialize_u32(*value),
            Value::I64(value) => serializer.collect_str(value),
            Value::U64(value) => serializer.collect_str(value),
            Value::F32(value) => float(f64::from(*value), serializer),
            Value::F64(value) => float(*value, serializer),
            Value::String(value) => serializer.serialize_str(value),
            Value::Bytes(value) => {
                use base64::Engine;
                use base64::engine::general_purpose::STANDARD;
                serializer.serialize_str(&STANDARD.encode(value))
            }
            Value::EnumNumber(number) => enumeration(*number, kind.as_enum(), serializer),
            Value::Message(message) => MessageJson(message).serialize(serializer),
            Value::List(items) => {
                serializer.collect_seq(items.iter().map(|item| ValueJson(item, kind)))
            }
            Value::Map(map) => {
                let Kind::Message(entry) = kind else {
                    return Err(S::Error::custom("a map without an entry type"));
                };
                let value_kind = entry.map_entry_value_field().kind();
                let mut entries: Vec<(String, &Value)> = map
                    .iter()
                    .map(|(key, value)| (key_text(key), value))
                    .collect();
                entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
                serializer.collect_map(
                    entries
                        .iter()
                        .map(|(key, value)| (key, ValueJson(value, &value_kind))),
                )
            }
        }
    }
}

fn float<S: Serializer>(value: f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() {
        serializer.serialize_f64(value)
    } else if value.is_nan() {
        serializer.serialize_str("NaN")
    } else if value > 0.0 {
        serializer.serialize_str("Infinity")
    } else {
        serializer.serialize_str("-Infinity")
    }
}

/// A value that this build does not know is written as its number.
fn enumeration<S: Serializer>(
    number: i32,
    descriptor: Option<&EnumDescriptor>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match descriptor.and_then(|d| d.get_value(number)) {
        Some(value) => serializer.serialize_str(value.name()),
        None => serializer.serialize_i32(number),
    }
}

fn key_text(key: &MapKey) -> String {
    match key {
        MapKey::Bool(key) => key.to_string(),
        MapKey::I32(key) => key.to_string(),
        MapKey::I64(key) => key.to_string(),
        MapKey::U32(key) => key.to_string(),
        MapKey::U64(key) => key.to_string(),
        MapKey::String(key) => key.clone(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::collections::BTreeMap;
    use std::sync::LazyLock;

    use datamesh_proto::v1;
    use proptest::prelude::*;
    use prost::Message;
    use prost_reflect::DescriptorPool;
    use prost_types::value::Kind as Any;
    use serde_json::json;

    use super::super::reader::Reader;
    use super::*;

    static POOL: LazyLock<DescriptorPool> =
        LazyLock::new(|| datamesh_proto::descriptors().unwrap());

    fn dynamic(name: &str, message: &impl Message) -> DynamicMessage {
        let descriptor = POOL
            .get_message_by_name(&format!("datamesh.v1.{name}"))
            .unwrap();
        DynamicMessage::decode(descriptor, &*message.encode_to_vec()).unwrap()
    }

    fn json(name: &str, message: &impl Message) -> serde_json::Value {
        serde_json::from_slice(&to_json(&dynamic(name, message)).unwrap()).unwrap()
    }

    #[test]
    fn defaults_are_written_and_absent_messages_are_not() {
        let domain = v1::Domain {
            domain_id: "dom-1".into(),
            status: v1::domain::Status::Active.into(),
            created_at: Some(prost_types::Timestamp {
                seconds: 1_700_000_000,
                nanos: 5_000_000,
            }),
            ..Default::default()
        };
        assert_eq!(
            json("Domain", &domain),
            json!({
                "domainId": "dom-1", "domainName": "", "description": "", "ownerGroups": [],
                "status": "ACTIVE", "statusReason": "", "awsAccountId": "", "region": "",
                "dataZoneDomainId": "", "dataLakeBucket": "", "createdBy": "",
                "createdAt": "2023-11-14T22:13:20.005Z", "etag": ""
            })
        );
    }

    #[test]
    fn wide_numbers_are_strings_and_unknown_enum_values_are_numbers() {
        let actor = v1::Actor {
            sequence: u64::MAX,
            status: 99,
            ..Default::default()
        };
        let json = json("Actor", &actor);
        assert_eq!(json["sequence"], "18446744073709551615");
        assert_eq!(json["status"], 99);
        assert_eq!(json["mailbox"], 0);
    }

    #[test]
    fn structs_are_plain_json_in_the_order_of_their_keys() {
        let value = |kind| prost_types::Value { kind: Some(kind) };
        let list = prost_types::ListValue {
            values: vec![value(Any::NullValue(0)), value(Any::BoolValue(true))],
        };
        let fields = BTreeMap::from([
            ("b".to_owned(), value(Any::NumberValue(3.0))),
            ("a".to_owned(), value(Any::NumberValue(0.5))),
            ("c".to_owned(), value(Any::ListValue(list))),
        ]);
        let event = v1::Event {
            detail: Some(prost_types::Struct { fields }),
            ..Default::default()
        };
        let text = String::from_utf8(to_json(&dynamic("Event", &event)).unwrap()).unwrap();
        assert_eq!(
            text,
            r#"{"eventId":"","source":"","detailType":"","detail":{"a":0.5,"b":3,"c":[null,true]}}"#
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            name in ".*", groups in prop::collection::vec(".*", 0..4),
            seconds in 0_i64..253_402_300_799, nanos in 0_i32..1_000_000_000, status in 0_i32..7,
        ) {
            let domain = v1::Domain {
                domain_name: name,
                owner_groups: groups,
                status,
                updated_at: Some(prost_types::Timestamp { seconds, nanos }),
                ..Default::default()
            };
            let message = dynamic("Domain", &domain);
            let json: serde_json::Value = serde_json::from_slice(&to_json(&message).unwrap()).unwrap();
            let mut back = DynamicMessage::new(message.descriptor());
            let mut reader = Reader::default();
            reader.message("", &json, &mut back);
            prop_assert_eq!(reader.into_errors(), vec![]);
            prop_assert_eq!(v1::Domain::decode(&*back.encode_to_vec()).unwrap(), domain);
        }

        #[test]
        fn metadata_is_read_back(metadata in prop::collection::hash_map(".*", ".*", 0..5)) {
            let asset = v1::Asset { metadata, ..Default::default() };
            let message = dynamic("Asset", &asset);
            let json: serde_json::Value = serde_json::from_slice(&to_json(&message).unwrap()).unwrap();
            let mut back = DynamicMessage::new(message.descriptor());
            let mut reader = Reader::default();
            reader.message("", &json, &mut back);
            prop_assert_eq!(reader.into_errors(), vec![]);
            prop_assert_eq!(v1::Asset::decode(&*back.encode_to_vec()).unwrap(), asset);
        }
    }
}
