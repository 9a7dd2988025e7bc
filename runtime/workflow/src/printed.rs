//! How Step Functions prints values inside texts: as Java does.

use std::fmt::Write;

use serde_json::{Number, Value};

/// The value as compact JSON, its numbers as Java prints them (`1.0E10`).
pub fn json(value: &Value) -> String {
    let mut out = String::new();
    write_json(value, &mut out);
    out
}

/// The value as Java's `toString` prints it: text without quotes, `{name=value, …}`, `[a, b]`.
pub fn plain(value: &Value) -> String {
    let mut out = String::new();
    write_plain(value, &mut out);
    out
}

/// The Java class that holds the value.
pub(crate) fn class(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "java.lang.Boolean",
        Value::Number(number) if number.is_f64() => "java.lang.Double",
        Value::Number(number) => match number.as_i64() {
            Some(n) if i32::try_from(n).is_ok() => "java.lang.Integer",
            Some(_) => "java.lang.Long",
            None => "java.math.BigInteger",
        },
        Value::String(_) => "java.lang.String",
        Value::Array(_) => "java.util.ArrayList",
        Value::Object(_) => "java.util.LinkedHashMap",
    }
}

/// The number as Java prints it.
pub fn number(number: &Number) -> String {
    match (number.is_f64(), number.as_f64()) {
        (true, Some(float)) => double(float),
        _ => number.to_string(),
    }
}

/// `Double.toString`: plain digits from 0.001 up to ten million, otherwise one digit before the
/// point and a power of ten.
fn double(value: f64) -> String {
    let magnitude = value.abs();
    if magnitude == 0.0 || (1e-3..1e7).contains(&magnitude) {
        return format!("{value:?}");
    }
    let scientific = format!("{value:e}");
    match scientific.split_once('e') {
        Some((digits, power)) if digits.contains('.') => format!("{digits}E{power}"),
        Some((digits, power)) => format!("{digits}.0E{power}"),
        None => scientific,
    }
}

fn write_json(value: &Value, out: &mut String) {
    match value {
        Value::Number(n) => out.push_str(&number(n)),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_json(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (at, (name, field)) in fields.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_json_text(name, out);
                out.push(':');
                write_json(field, out);
            }
            out.push('}');
        }
        Value::String(text) => write_json_text(text, out),
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
    }
}

fn write_json_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

fn write_plain(value: &Value, out: &mut String) {
    match value {
        Value::String(text) => out.push_str(text),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                write_plain(item, out);
            }
            out.push(']');
        }
        Value::Object(fields) => {
            out.push('{');
            for (at, (name, field)) in fields.iter().enumerate() {
                if at > 0 {
                    out.push_str(", ");
                }
                out.push_str(name);
                out.push('=');
                write_plain(field, out);
            }
            out.push('}');
        }
        other => write_json(other, out),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_print_as_java_prints_them() {
        for (value, expected) in [
            (json!(1), "1"),
            (json!(1.0), "1.0"),
            (json!(-0.5), "-0.5"),
            (json!(0.001), "0.001"),
            (json!(0.0001), "1.0E-4"),
            (json!(9999999.0), "9999999.0"),
            (json!(1e7), "1.0E7"),
            (json!(1.25e21), "1.25E21"),
            (json!(18446744073709551615u64), "18446744073709551615"),
        ] {
            assert_eq!(json(&value), expected);
        }
    }

    #[test]
    fn objects_print_as_java_maps_in_plain_text() {
        let value = json!({"a": "x", "b": [1, null, {"c": true}]});
        assert_eq!(plain(&value), "{a=x, b=[1, null, {c=true}]}");
        assert_eq!(json(&value), r#"{"a":"x","b":[1,null,{"c":true}]}"#);
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(json(&json!("a\"\\\n\u{1}é")), "\"a\\\"\\\\\\n\\u0001é\"");
    }
}
