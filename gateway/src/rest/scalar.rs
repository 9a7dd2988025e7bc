//! Single values of the proto3 JSON mapping: text, truth, numbers, enums, bytes.

use prost_reflect::{EnumDescriptor, Kind, Value};
use serde_json::Value as Json;

use super::number;

/// Reads a value that is no message.
///
/// # Errors
/// Says what would be right.
pub fn read(kind: &Kind, json: &Json) -> Result<Value, String> {
    match kind {
        Kind::Message(_) => Err(wanted("an object", json)),
        Kind::Enum(descriptor) => read_enum(descriptor, json),
        Kind::String => match json {
            Json::String(text) => Ok(Value::String(text.clone())),
            other => Err(wanted("a string", other)),
        },
        Kind::Bool => match json {
            Json::Bool(value) => Ok(Value::Bool(*value)),
            other => Err(wanted("true or false", other)),
        },
        Kind::Bytes => match json {
            Json::String(text) => read_base64(text),
            other => Err(wanted("a base64 string", other)),
        },
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => number::integer(json).map(Value::I32),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => number::integer(json).map(Value::I64),
        Kind::Uint32 | Kind::Fixed32 => number::integer(json).map(Value::U32),
        Kind::Uint64 | Kind::Fixed64 => number::integer(json).map(Value::U64),
        Kind::Double => number::float(json).map(Value::F64),
        #[allow(clippy::cast_possible_truncation)] // A float field cannot hold more.
        Kind::Float => number::float(json).map(|value| Value::F32(value as f32)),
    }
}

fn read_enum(descriptor: &EnumDescriptor, json: &Json) -> Result<Value, String> {
    let found = match json {
        Json::String(name) => descriptor.get_value_by_name(name),
        Json::Number(number) => number
            .as_i64()
            .and_then(|n| i32::try_from(n).ok())
            .and_then(|n| descriptor.get_value(n)),
        _ => None,
    };
    match found {
        Some(value) => Ok(Value::EnumNumber(value.number())),
        None => {
            let names: Vec<String> = descriptor
                .values()
                .filter(|value| value.number() != 0)
                .map(|value| value.name().to_owned())
                .collect();
            Err(format!("must be one of {}", names.join(", ")))
        }
    }
}

fn read_base64(text: &str) -> Result<Value, String> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    STANDARD
        .decode(text)
        .map(|bytes| Value::Bytes(bytes.into()))
        .map_err(|_| "must be base64".to_owned())
}

/// Says which type of JSON was wanted, and which was found.
pub fn wanted(what: &str, json: &Json) -> String {
    let found = match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "a string",
        Json::Array(_) => "an array",
        Json::Object(_) => "an object",
    };
    format!("must be {what}, not {found}")
}
