//! Values on their way into an evaluation and out of it.

use jsonata_core::value::{JArray, JValue};
use serde_json::{Map, Number, Value};

/// How deep a value may nest that comes out of an evaluation.
const MAX_DEPTH: usize = 1_000;

/// Why a value can't leave an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoValue {
    /// There is none.
    Undefined,
    /// It is or holds a function.
    Function,
    /// It nests too deep.
    TooDeep,
}

/// The value as an evaluation reads it.
pub(super) fn entering(value: &Value) -> JValue {
    match value {
        Value::Null => JValue::Null,
        Value::Bool(flag) => JValue::Bool(*flag),
        Value::Number(number) => JValue::Number(number.as_f64().unwrap_or(f64::NAN)),
        Value::String(text) => JValue::string(text.as_str()),
        Value::Array(items) => {
            let items: Vec<JValue> = items.iter().map(entering).collect();
            let flat = !items.iter().any(JValue::is_array);
            JValue::Array(JArray::new_flat(items, flat))
        }
        Value::Object(fields) => JValue::object(
            fields
                .iter()
                .map(|(name, field)| (name.clone(), entering(field)))
                .collect(),
        ),
    }
}

/// The value that an evaluation gave. A number that JSON has no form for becomes its name.
pub(super) fn leaving(value: &JValue) -> Result<Value, NoValue> {
    leaving_at(value, 0)
}

fn leaving_at(value: &JValue, depth: usize) -> Result<Value, NoValue> {
    if depth > MAX_DEPTH {
        return Err(NoValue::TooDeep);
    }
    match value {
        JValue::Null => Ok(Value::Null),
        JValue::Bool(flag) => Ok(Value::Bool(*flag)),
        JValue::Number(number) => Ok(number_value(*number)),
        JValue::String(text) => Ok(Value::String(text.to_string())),
        JValue::Array(items) => {
            let mut list = Vec::with_capacity(items.len());
            for item in items.iter().filter(|item| !item.is_undefined()) {
                list.push(leaving_at(item, depth + 1)?);
            }
            Ok(Value::Array(list))
        }
        JValue::Object(fields) => {
            let mut object = Map::with_capacity(fields.len());
            for (name, field) in fields.iter().filter(|(_, field)| !field.is_undefined()) {
                object.insert(name.clone(), leaving_at(field, depth + 1)?);
            }
            Ok(Value::Object(object))
        }
        JValue::Undefined => Err(NoValue::Undefined),
        JValue::Lambda(_) | JValue::Builtin { .. } | JValue::Regex { .. } => Err(NoValue::Function),
    }
}

/// A value that an expression passes on unread: its whole numbers lose a fraction of zero.
pub(super) fn passing(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            number.as_f64().map_or(Value::Null, number_value)
        }
        Value::Number(number) if number.as_i64().is_none() => {
            number.as_f64().map_or(Value::Null, number_value)
        }
        Value::Array(items) => Value::Array(items.iter().map(passing).collect()),
        Value::Object(fields) => Value::Object(
            fields
                .iter()
                .map(|(name, field)| (name.clone(), passing(field)))
                .collect(),
        ),
        other => other.clone(),
    }
}

/// The number, as a whole one when it is whole and fits 64 bits.
pub(super) fn number_value(number: f64) -> Value {
    if number.is_nan() {
        return Value::String("NaN".to_owned());
    }
    if number.is_infinite() {
        let name = if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        };
        return Value::String(name.to_owned());
    }
    if number.fract() == 0.0 && number.abs() < 9_223_372_036_854_775_807.0 {
        return Value::from(number as i64);
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}
