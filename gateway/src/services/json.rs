//! JSON as the messages of `google.protobuf.Struct`.

use prost_types::value::Kind;
use prost_types::{ListValue, Struct, Timestamp, Value};
use serde_json::Value as Json;

/// A JSON object; anything else becomes the only field, `value`.
pub fn to_struct(json: Json) -> Struct {
    let object = match json {
        Json::Object(object) => object,
        Json::Null => serde_json::Map::new(),
        other => serde_json::Map::from_iter([("value".to_owned(), other)]),
    };
    Struct {
        fields: object
            .into_iter()
            .map(|(name, value)| (name, to_value(value)))
            .collect(),
    }
}

/// Any JSON. Numbers beyond 2^53 lose their last digits, as `google.protobuf.Value` has doubles only.
pub fn to_value(json: Json) -> Value {
    let kind = match json {
        Json::Null => Kind::NullValue(0),
        Json::Bool(value) => Kind::BoolValue(value),
        Json::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Json::String(text) => Kind::StringValue(text),
        Json::Array(items) => Kind::ListValue(ListValue {
            values: items.into_iter().map(to_value).collect(),
        }),
        object @ Json::Object(_) => Kind::StructValue(to_struct(object)),
    };
    Value { kind: Some(kind) }
}

/// The JSON that a value holds. Whole numbers have no fraction.
pub fn of_value(value: &Value) -> Json {
    match &value.kind {
        None | Some(Kind::NullValue(_)) => Json::Null,
        Some(Kind::BoolValue(value)) => Json::Bool(*value),
        Some(Kind::NumberValue(number)) => of_number(*number),
        Some(Kind::StringValue(text)) => Json::String(text.clone()),
        Some(Kind::ListValue(list)) => Json::Array(list.values.iter().map(of_value).collect()),
        Some(Kind::StructValue(object)) => {
            let mut members: Vec<_> = object.fields.iter().collect();
            // The order in which they were sent is lost.
            members.sort_by_key(|(name, _)| name.as_str());
            let members = members.into_iter();
            Json::Object(members.map(|(n, v)| (n.clone(), of_value(v))).collect())
        }
    }
}

fn of_number(number: f64) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[allow(clippy::cast_possible_truncation)] // It has no fraction and is small enough.
        return Json::from(number as i64);
    }
    serde_json::Number::from_f64(number).map_or(Json::Null, Json::Number)
}

/// Milliseconds since the Unix epoch as a timestamp.
pub fn timestamp(ms: i64) -> Timestamp {
    Timestamp {
        seconds: ms.div_euclid(1000),
        nanos: i32::try_from(ms.rem_euclid(1000) * 1_000_000).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_before_the_epoch_have_positive_nanos() {
        assert_eq!(
            timestamp(-1),
            Timestamp {
                seconds: -1,
                nanos: 999_000_000
            }
        );
    }

    #[test]
    fn what_a_value_holds_comes_back() {
        let json = serde_json::json!({"a": [1, 2.5, null, true], "b": {"c": "x"}});
        assert_eq!(of_value(&to_value(json.clone())), json);
        assert_eq!(of_value(&to_value(Json::from(3))).to_string(), "3");
    }

    #[test]
    fn what_is_no_object_is_wrapped() {
        let wrapped = to_struct(Json::from("x"));
        assert_eq!(wrapped.fields["value"], to_value(Json::from("x")));
        assert!(to_struct(Json::Null).fields.is_empty());
    }
}
