//! What a target gets: the whole event, a part of it (`InputPath`), a constant (`Input`), or a template
//! filled from it (`InputTransformer`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::envelope::seconds;
use super::json_path::{follow, steps};
use super::rule::Rule;
use super::target::Target;

/// What stands for the event and the rule in every template.
const RESERVED: [&str; 5] = [
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event.ingestion-time",
    "aws.events.event",
    "aws.events.event.json",
];

/// A template and the variables that stand in it as `<name>`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct InputTransformer {
    #[serde(default)]
    input_paths_map: BTreeMap<String, String>,
    #[serde(default)]
    input_template: String,
}

impl InputTransformer {
    /// Says what is wrong with the transformer of target `id`.
    pub(super) fn check(&self, id: &str) -> Result<(), String> {
        if self.input_template.is_empty() || self.input_template.chars().count() > 8192 {
            return Err(format!(
                "Parameter InputTemplate for target {id} is not valid. Reason: Its length is not \
                 between 1 and 8192."
            ));
        }
        if self.input_paths_map.len() > 100 {
            return Err(format!(
                "Parameter InputPathsMap for target {id} is not valid. Reason: It has more than 100 \
                 entries."
            ));
        }
        if let Some(name) = self.unknown_placeholder() {
            return Err(format!(
                "InputTemplate for target {id} contains invalid placeholder {name}."
            ));
        }
        for (name, path) in &self.input_paths_map {
            let well_named = !name.is_empty() && name.chars().all(is_name);
            if !well_named || name.to_ascii_uppercase().starts_with("AWS") {
                return Err(format!(
                    "InputPathsMap for target {id} contains the invalid key {name}."
                ));
            }
            if steps(path).is_none() {
                return Err(format!("Invalid JSON path {path} for target {id}."));
            }
        }
        Ok(())
    }

    /// A `<name>` of the template that stands for nothing.
    fn unknown_placeholder(&self) -> Option<&str> {
        let mut rest = self.input_template.as_str();
        while let Some(at) = rest.find('<') {
            rest = &rest[at..];
            if let Some(name) = placeholder(rest)
                && !RESERVED.contains(&name)
                && !self.input_paths_map.contains_key(name)
            {
                return Some(name);
            }
            rest = &rest[1..];
        }
        None
    }

    fn render(&self, event: &Value, ingested_ms: i64, rule: &Rule) -> Option<String> {
        let template = &self.input_template;
        let is_text = template.trim_start().starts_with('"');
        let mut output = String::with_capacity(template.len());
        let mut rest = template.as_str();
        let mut in_string = false;
        while let Some(c) = rest.chars().next() {
            if let Some(name) = placeholder(rest)
                && let Some(value) = self.variable(name, event, ingested_ms, rule)
            {
                output.push_str(&match (is_text, in_string) {
                    (true, _) => as_text(&value),
                    (false, true) => inside_string(&value),
                    (false, false) => value.to_string(),
                });
                rest = &rest[name.len() + 2..];
                continue;
            }
            let width = match c {
                '\\' => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
                c => c.len_utf8(),
            };
            in_string ^= c == '"';
            output.push_str(&rest[..width]);
            rest = &rest[width..];
        }
        let is_sound = is_text || serde_json::from_str::<serde::de::IgnoredAny>(&output).is_ok();
        is_sound.then_some(output)
    }

    /// `None` if the template's `<name>` is not a variable; what a path does not find is empty.
    fn variable(&self, name: &str, event: &Value, ingested_ms: i64, rule: &Rule) -> Option<Value> {
        match name {
            "aws.events.rule-arn" => return Some(Value::from(rule.arn.as_str())),
            "aws.events.rule-name" => return Some(Value::from(rule.name.as_str())),
            "aws.events.event.ingestion-time" => {
                return Some(Value::from(seconds(ingested_ms)));
            }
            "aws.events.event.json" => return Some(event.clone()),
            "aws.events.event" => {
                let mut event = event.clone();
                if let Some(fields) = event.as_object_mut() {
                    fields.shift_remove("detail");
                }
                return Some(event);
            }
            _ => {}
        }
        let path = self.input_paths_map.get(name)?;
        let found = steps(path).and_then(|steps| follow(event, &steps));
        Some(found.unwrap_or_else(|| Value::from("")))
    }
}

/// The body for `target`; `None` if its path finds nothing or its template gives no JSON, in which
/// case the event cannot be delivered to it.
pub(super) fn body(
    target: &Target,
    event: &Value,
    ingested_ms: i64,
    rule: &Rule,
) -> Option<String> {
    if let Some(constant) = &target.input {
        return Some(constant.clone());
    }
    if let Some(path) = &target.input_path {
        return follow(event, &steps(path)?).map(|found| found.to_string());
    }
    match &target.input_transformer {
        Some(transformer) => transformer.render(event, ingested_ms, rule),
        None => Some(event.to_string()),
    }
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// The `name` of a `<name>` that `text` starts with.
fn placeholder(text: &str) -> Option<&str> {
    let (name, _) = text.strip_prefix('<')?.split_once('>')?;
    let is_variable = !name.is_empty() && name.chars().all(|c| is_name(c) || c == '.');
    is_variable.then_some(name)
}

/// In a text template, structures lose their quotes.
fn as_text(value: &Value) -> String {
    match value {
        Value::String(_) => inside_string(value),
        structure => structure.to_string().replace('"', ""),
    }
}

/// Between the quotes of a JSON string: a structure is written as it is, which breaks the string.
fn inside_string(value: &Value) -> String {
    let json = value.to_string();
    match value {
        Value::String(_) => json[1..json.len() - 1].to_owned(),
        _ => json,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use super::{InputTransformer, body};
    use crate::services::eventbridge::rule::Rule;
    use crate::services::eventbridge::target::Target;
    use crate::store::Scope;

    /// 2026-01-31T12:00:01Z.
    const INGESTED_MS: i64 = 1_769_860_801_000;

    fn event() -> Value {
        json!({
            "time": "2026-01-31T12:00:00Z",
            "detail": {"id": "a\"1", "rows": [{"n": 1}, {"n": 2}], "on": true}
        })
    }

    fn rule() -> Rule {
        let scope = Scope {
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
        };
        Rule::new(&scope, "default", "the-rule")
    }

    fn target(value: Value) -> Target {
        serde_json::from_value(value).unwrap()
    }

    #[track_caller]
    fn renders(template: &str, expected: Option<&str>) {
        let paths = json!({"id": "$.detail.id", "rows": "$.detail.rows", "on": "$.detail.on",
                           "none": "$.detail.none"});
        let transformer: InputTransformer =
            serde_json::from_value(json!({"InputPathsMap": paths, "InputTemplate": template}))
                .unwrap();
        transformer.check("t").unwrap();
        let rendered = transformer.render(&event(), INGESTED_MS, &rule());
        assert_eq!(rendered.as_deref(), expected, "{template}");
    }

    #[test]
    fn json_templates_take_values_where_values_stand() {
        renders(
            r#"{"id": <id>, "on": <on>}"#,
            Some(r#"{"id": "a\"1", "on": true}"#),
        );
        renders(
            r#"{"path": "x/<id>/<on>"}"#,
            Some(r#"{"path": "x/a\"1/true"}"#),
        );
        renders(
            r#"{"rows": <rows>}"#,
            Some(r#"{"rows": [{"n":1},{"n":2}]}"#),
        );
        renders(r#"{"none": <none>}"#, Some(r#"{"none": ""}"#));
        renders(
            r#"{"rule": <aws.events.rule-name>}"#,
            Some(r#"{"rule": "the-rule"}"#),
        );
    }

    #[test]
    fn a_structure_inside_a_json_string_is_no_json() {
        renders(r#"{"rows": "<rows>"}"#, None);
    }

    #[test]
    fn text_templates_lose_the_quotes_of_structures() {
        renders(
            r#""rows <rows>, <none>, <on>""#,
            Some(r#""rows [{n:1},{n:2}], , true""#),
        );
        renders(r#""{[ < id > <""#, Some(r#""{[ < id > <""#));
        renders(
            r#""<aws.events.event.ingestion-time>""#,
            Some(r#""2026-01-31T12:00:01Z""#),
        );
    }

    #[test]
    fn a_placeholder_stands_for_a_path_or_is_reserved() {
        let transformer: InputTransformer = serde_json::from_value(
            json!({"InputPathsMap": {"id": "$.id"}, "InputTemplate": "\"<id> <of>\""}),
        )
        .unwrap();
        assert_eq!(
            transformer.check("t").unwrap_err(),
            "InputTemplate for target t contains invalid placeholder of."
        );
    }

    #[test]
    fn a_path_or_a_constant_may_stand_for_the_event() {
        let path = target(json!({"Id": "t", "Arn": "a", "InputPath": "$.detail.rows[1]"}));
        assert_eq!(
            body(&path, &event(), 0, &rule()).as_deref(),
            Some(r#"{"n":2}"#)
        );
        let path = target(json!({"Id": "t", "Arn": "a", "InputPath": "$.detail.none"}));
        assert_eq!(body(&path, &event(), 0, &rule()), None);
        let constant = target(json!({"Id": "t", "Arn": "a", "Input": "{\"x\": 1}"}));
        assert_eq!(
            body(&constant, &event(), 0, &rule()).as_deref(),
            Some(r#"{"x": 1}"#)
        );
    }
}
