//! `States.StringToJson`, `States.JsonToString` and `States.JsonMerge`.

use serde_json::Value;

use crate::printed;

/// The value that the text is JSON of. An empty text is a null.
pub(super) fn string_to_json(arguments: &[Value]) -> Result<Value, String> {
    match arguments {
        [Value::String(text)] if text.is_empty() => Ok(Value::Null),
        [Value::String(text)] => serde_json::from_str(text)
            .map_err(|_| "Invalid arguments in States.StringToJson".to_owned()),
        _ => Err("Invalid arguments in States.StringToJson".to_owned()),
    }
}

pub(super) fn json_to_string(arguments: &[Value]) -> Result<String, String> {
    match arguments {
        [value] => Ok(printed::json(value)),
        _ => Err("Invalid arguments in States.JsonToString".to_owned()),
    }
}

/// The fields of both objects; the second one's win. Step Functions merges shallowly only.
pub(super) fn merge(arguments: &[Value]) -> Result<Value, String> {
    let [
        Value::Object(first),
        Value::Object(second),
        Value::Bool(deep),
    ] = arguments
    else {
        return Err("Invalid arguments in States.JsonMerge".to_owned());
    };
    if *deep {
        return Err("Invalid arguments in States.JsonMerge: \
                    only the shallow merging mode is supported"
            .to_owned());
    }
    let mut merged = first.clone();
    merged.extend(
        second
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    Ok(Value::Object(merged))
}
