//! A choice rule in words.

use serde_json::Value;

use super::edges::list;

/// How deep combined rules are written out.
const MAX_DEPTH: usize = 8;

/// The condition of a rule: `$.size > 10 and not ($.name is null)`.
pub(super) fn of(rule: &Value) -> String {
    if let Some(condition) = rule.get("Condition") {
        let text = match condition {
            Value::String(text) => text.trim_start_matches("{%").trim_end_matches("%}").trim(),
            _ => return condition.to_string(),
        };
        return text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    worded(rule, 0)
}

fn worded(rule: &Value, depth: usize) -> String {
    if depth > MAX_DEPTH {
        return "…".to_owned();
    }
    for (name, between) in [("And", " and "), ("Or", " or ")] {
        if rule.get(name).is_some() {
            let parts: Vec<String> = list(rule, name)
                .map(|part| match part.get("And").or_else(|| part.get("Or")) {
                    Some(_) => format!("({})", worded(part, depth + 1)),
                    None => worded(part, depth + 1),
                })
                .collect();
            return parts.join(between);
        }
    }
    if let Some(part) = rule.get("Not") {
        return format!("not ({})", worded(part, depth + 1));
    }
    let variable = rule.get("Variable").and_then(Value::as_str).unwrap_or("?");
    let operator = rule.as_object().and_then(|fields| {
        fields
            .iter()
            .find(|(name, _)| !matches!(name.as_str(), "Variable" | "Next" | "Comment" | "Assign"))
    });
    match operator {
        Some((name, operand)) => format!("{variable} {}", comparison(name, operand)),
        None => format!("{variable} ?"),
    }
}

fn comparison(operator: &str, operand: &Value) -> String {
    let is = if operand == &Value::Bool(false) {
        "is not"
    } else {
        "is"
    };
    let what = match operator {
        "IsNull" => "null",
        "IsPresent" => "there",
        "IsNumeric" => "a number",
        "IsString" => "a string",
        "IsBoolean" => "a boolean",
        "IsTimestamp" => "a timestamp",
        _ => "",
    };
    if !what.is_empty() {
        return format!("{is} {what}");
    }
    let plain = operator.strip_suffix("Path").unwrap_or(operator);
    let operand = match operand {
        Value::String(path) if operator.ends_with("Path") => path.clone(),
        operand => operand.to_string(),
    };
    let sign = ["String", "Numeric", "Timestamp", "Boolean"]
        .iter()
        .find_map(|kind| plain.strip_prefix(kind))
        .and_then(|comparison| match comparison {
            "Equals" => Some("="),
            "LessThan" => Some("<"),
            "GreaterThan" => Some(">"),
            "LessThanEquals" => Some("≤"),
            "GreaterThanEquals" => Some("≥"),
            "Matches" => Some("matches"),
            _ => None,
        })
        .unwrap_or(operator);
    format!("{sign} {operand}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn rules_in_words() {
        for (rule, expected) in [
            (
                json!({"Variable": "$.a", "StringEquals": "x", "Next": "N"}),
                "$.a = \"x\"",
            ),
            (
                json!({"Variable": "$.a", "NumericLessThanEqualsPath": "$.b"}),
                "$.a ≤ $.b",
            ),
            (
                json!({"Variable": "$.a", "IsPresent": false}),
                "$.a is not there",
            ),
            (
                json!({"Variable": "$.a", "StringMatches": "x*"}),
                "$.a matches \"x*\"",
            ),
            (
                json!({"Or": [
                    {"Not": {"Variable": "$.a", "IsNull": true}},
                    {"And": [{"Variable": "$.b", "BooleanEquals": true}, {"Variable": "$.c", "IsString": true}]}]}),
                "not ($.a is null) or ($.b = true and $.c is a string)",
            ),
            (
                json!({"Condition": "{% $states.input.a >\n 1 %}"}),
                "$states.input.a > 1",
            ),
            (json!({}), "? ?"),
        ] {
            assert_eq!(of(&rule), expected);
        }
    }
}
