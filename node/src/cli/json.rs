//! Messages as canonical protobuf JSON (lower camel case, enums by name, 64-bit numbers as strings,
//! unset fields left out), the same every time: maps are sorted by key.

use std::sync::LazyLock;

use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, SerializeOptions,
};
use serde_json::Value;

use super::exit::Exit;
use super::failure::Failure;

/// A message as JSON. `name` is its name in the package `datamesh.v1`.
///
/// # Errors
/// None for a message of that name; a failure with exit code 1 otherwise.
pub fn of(message: &impl Message, name: &str) -> Result<Value, Failure> {
    let wrong =
        |what: String| Failure::new(Exit::Unexpected, format!("{name} has no JSON form: {what}"));
    let descriptor = descriptor(name).ok_or_else(|| wrong("it is not in the contract".into()))?;
    let dynamic = DynamicMessage::decode(descriptor.clone(), message.encode_to_vec().as_slice())
        .map_err(|error| wrong(error.to_string()))?;
    let mut value = dynamic
        .serialize_with_options(serde_json::value::Serializer, &SerializeOptions::new())
        .map_err(|error| wrong(error.to_string()))?;
    sort_maps(&mut value, &descriptor);
    Ok(value)
}

/// A `google.protobuf.Struct` as JSON.
pub fn of_struct(fields: &prost_types::Struct) -> Value {
    Value::Object(
        fields
            .fields
            .iter()
            .map(|(key, value)| (key.clone(), of_value(value)))
            .collect(),
    )
}

/// A `google.protobuf.Value` as JSON. Whole numbers have no fraction.
pub fn of_value(value: &prost_types::Value) -> Value {
    use prost_types::value::Kind;
    match &value.kind {
        None | Some(Kind::NullValue(_)) => Value::Null,
        Some(Kind::BoolValue(yes)) => Value::Bool(*yes),
        Some(Kind::NumberValue(number)) => number_of(*number),
        Some(Kind::StringValue(text)) => Value::String(text.clone()),
        Some(Kind::ListValue(list)) => Value::Array(list.values.iter().map(of_value).collect()),
        Some(Kind::StructValue(fields)) => of_struct(fields),
    }
}

/// JSON as a `google.protobuf.Value`.
pub fn to_value(json: Value) -> prost_types::Value {
    use prost_types::value::Kind;
    let kind = match json {
        Value::Null => Kind::NullValue(0),
        Value::Bool(yes) => Kind::BoolValue(yes),
        Value::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Value::String(text) => Kind::StringValue(text),
        Value::Array(items) => Kind::ListValue(prost_types::ListValue {
            values: items.into_iter().map(to_value).collect(),
        }),
        Value::Object(members) => Kind::StructValue(prost_types::Struct {
            fields: members.into_iter().map(|(k, v)| (k, to_value(v))).collect(),
        }),
    };
    prost_types::Value { kind: Some(kind) }
}

fn number_of(number: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < EXACT {
        return Value::from(number as i64);
    }
    serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number)
}

fn descriptor(name: &str) -> Option<MessageDescriptor> {
    static POOL: LazyLock<Option<DescriptorPool>> =
        LazyLock::new(|| datamesh_proto::descriptors().ok());
    POOL.as_ref()?
        .get_message_by_name(&format!("datamesh.v1.{name}"))
}

fn sort_maps(value: &mut Value, descriptor: &MessageDescriptor) {
    let Value::Object(members) = value else {
        return;
    };
    for field in descriptor.fields() {
        if let Some(member) = members.get_mut(field.json_name()) {
            sort_field(member, &field);
        }
    }
}

fn sort_field(member: &mut Value, field: &FieldDescriptor) {
    if field.is_map() {
        sort_all(member);
        return;
    }
    let Kind::Message(descriptor) = field.kind() else {
        return;
    };
    if descriptor.package_name() == "google.protobuf" {
        return sort_all(member);
    }
    match member {
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| sort_maps(item, &descriptor)),
        one => sort_maps(one, &descriptor),
    }
}

fn sort_all(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.sort_keys();
            members.values_mut().for_each(sort_all);
        }
        Value::Array(items) => items.iter_mut().for_each(sort_all),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use datamesh_proto::v1;

    use super::*;

    #[test]
    fn a_message_becomes_canonical_json_with_sorted_maps() {
        let asset = v1::Asset {
            asset_id: "asset-1".into(),
            publish_status: v1::asset::PublishStatus::PublishFailed as i32,
            metadata: [("zeta", "1"), ("alpha", "2"), ("mid", "3")]
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .into(),
            created_at: Some(prost_types::Timestamp {
                seconds: 0,
                nanos: 0,
            }),
            ..v1::Asset::default()
        };
        assert_eq!(
            of(&asset, "Asset").unwrap().to_string(),
            r#"{"assetId":"asset-1","metadata":{"alpha":"2","mid":"3","zeta":"1"},"publishStatus":"PUBLISH_FAILED","createdAt":"1970-01-01T00:00:00Z"}"#
        );
    }

    #[test]
    fn whole_numbers_of_a_struct_stay_whole() {
        let number = |n| prost_types::Value {
            kind: Some(prost_types::value::Kind::NumberValue(n)),
        };
        assert_eq!(of_value(&number(3.0)).to_string(), "3");
        assert_eq!(of_value(&number(3.5)).to_string(), "3.5");
        assert_eq!(of_value(&number(f64::NAN)).to_string(), "null");
    }
}
