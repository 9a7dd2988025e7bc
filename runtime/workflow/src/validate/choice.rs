//! Choice states and their rules.

use serde_json::{Map, Value};

use super::fields::Language;
use super::likeness;
use super::location::Location;
use super::machine::Checker;
use super::state::State;
use super::syntax;

type Fields = Map<String, Value>;

/// The operators that combine rules.
const BOOLEAN: &[&str] = &["And", "Or", "Not"];

/// What an operator compares with.
#[derive(Clone, Copy, PartialEq)]
enum Operand {
    Text,
    Number,
    Boolean,
    Timestamp,
    Path,
}

/// The operand of a comparison operator, or None if there is no operator of this name.
fn operand(operator: &str) -> Option<Operand> {
    let (plain, path) = match operator.strip_suffix("Path") {
        Some(plain) => (plain, true),
        None => (operator, false),
    };
    let kinds = [
        ("String", Operand::Text),
        ("Numeric", Operand::Number),
        ("Timestamp", Operand::Timestamp),
    ];
    let of_kind = kinds.iter().find_map(|(prefix, operand)| {
        let comparison = plain.strip_prefix(prefix)?;
        let known = matches!(
            comparison,
            "Equals" | "LessThan" | "GreaterThan" | "LessThanEquals" | "GreaterThanEquals"
        );
        known.then_some(*operand)
    });
    match (plain, of_kind, path) {
        (_, Some(_), true) | ("BooleanEquals", _, true) => Some(Operand::Path),
        (_, Some(operand), false) => Some(operand),
        ("StringMatches", _, false) => Some(Operand::Text),
        (
            "BooleanEquals" | "IsNull" | "IsPresent" | "IsNumeric" | "IsString" | "IsBoolean"
            | "IsTimestamp",
            _,
            false,
        ) => Some(Operand::Boolean),
        _ => None,
    }
}

/// What a misspelt name in a rule may have meant.
fn operators() -> impl Iterator<Item = &'static str> {
    [
        "And",
        "Or",
        "Not",
        "Variable",
        "StringEquals",
        "StringMatches",
        "StringLessThan",
        "StringGreaterThan",
        "NumericEquals",
        "NumericLessThan",
        "NumericGreaterThan",
        "NumericLessThanEquals",
        "NumericGreaterThanEquals",
        "BooleanEquals",
        "TimestampEquals",
        "TimestampLessThan",
        "TimestampGreaterThan",
        "IsNull",
        "IsPresent",
        "IsNumeric",
        "IsString",
        "IsBoolean",
        "IsTimestamp",
    ]
    .into_iter()
}

impl Checker {
    /// A Choice state's rules and default.
    pub(super) fn choice(&mut self, state: State) {
        if let Some((at, default)) = state.field("Default") {
            self.string(&at, default);
        }
        let Some((at, rules)) = state.field("Choices") else {
            return;
        };
        let Some(rules) = self.array(&at, rules) else {
            return;
        };
        if rules.is_empty() {
            let advice = "Add a rule, or use a Pass state.";
            self.schema_error(&at, "Array must have at least 1 items", advice);
        }
        for (index, rule) in rules.iter().enumerate() {
            let at = at.item(index);
            let Some(fields) = self.object(&at, rule) else {
                continue;
            };
            self.require(&at, fields, &["Next"]);
            if let Some(next) = fields.get("Next") {
                self.string(&at.field("Next"), next);
            }
            if let Some(assign) = fields.get("Assign") {
                self.assign(&at.field("Assign"), assign, state.language);
            }
            match state.language {
                Language::JsonPath => self.comparison(&at, fields, true),
                Language::Jsonata => self.condition(&at, fields),
            }
        }
    }

    /// A rule in JSONata.
    fn condition(&mut self, at: &Location, fields: &Fields) {
        for name in fields.keys() {
            match name.as_str() {
                "Condition" | "Next" | "Assign" | "Output" | "Comment" => {}
                name if name == "Variable"
                    || BOOLEAN.contains(&name)
                    || operand(name).is_some() =>
                {
                    self.wrong_language(at, name, Language::Jsonata, Language::JsonPath);
                }
                name => self.unsupported(at, name, "Take it out; a rule has Condition and Next."),
            }
        }
        self.require(at, fields, &["Condition"]);
        if let Some(condition) = fields.get("Condition") {
            let at = at.field("Condition");
            match condition {
                Value::Bool(_) => {}
                Value::String(text) if self.jsonata(&at, text) => {}
                _ => self.schema_error(
                    &at,
                    "Value must be a boolean or a JSONata expression",
                    "Write \"{% … %}\".",
                ),
            }
        }
        if let Some(output) = fields.get("Output") {
            self.template(&at.field("Output"), output, Language::Jsonata);
        }
    }

    /// A rule in JSONPath, or a part of one.
    fn comparison(&mut self, at: &Location, fields: &Fields, top: bool) {
        let mut operators = Vec::new();
        for (name, value) in fields {
            let name = name.as_str();
            if BOOLEAN.contains(&name) {
                operators.push(name);
                self.combination(&at.field(name), name, value);
            } else if let Some(operand) = operand(name) {
                operators.push(name);
                self.operand(&at.field(name), value, operand);
            } else {
                self.rule_field(at, name, value, top);
            }
        }
        match operators.as_slice() {
            [one] if BOOLEAN.contains(one) => {}
            [_] => self.require(at, fields, &["Variable"]),
            [] => self.schema_error(
                at,
                "Exactly one comparison operator is required",
                "Add one, such as StringEquals, or And, Or, Not.",
            ),
            several => self.schema_error(
                at,
                format!(
                    "Only one comparison operator is allowed: [{}]",
                    several.join(", ")
                ),
                "Combine rules of one operator each by And or Or.",
            ),
        }
    }

    fn rule_field(&mut self, at: &Location, name: &str, value: &Value, top: bool) {
        match name {
            "Variable" => {
                let at = at.field(name);
                if let Some(text) = self.string(&at, value) {
                    self.path(&at, text);
                }
            }
            "Comment" => {}
            "Next" | "Assign" if top => {}
            "Next" | "Assign" => {
                self.unsupported(
                    at,
                    name,
                    "Move it to the outermost rule: it acts for the whole rule.",
                );
            }
            "Condition" | "Output" => {
                self.wrong_language(at, name, Language::JsonPath, Language::Jsonata);
            }
            _ => match likeness::closest(name, operators()) {
                Some(meant) => self.unsupported(at, name, &format!("{meant} was perhaps meant.")),
                None => self.unsupported(at, name, "Take it out; no operator has this name."),
            },
        }
    }

    /// The operand of `And`, `Or`, `Not`.
    fn combination(&mut self, at: &Location, name: &str, value: &Value) {
        if name == "Not" {
            if let Some(fields) = self.object(at, value) {
                self.comparison(at, fields, false);
            }
            return;
        }
        let Some(parts) = self.array(at, value) else {
            return;
        };
        if parts.is_empty() {
            self.schema_error(at, "Array must have at least 1 items", "Add a rule.");
        }
        for (index, part) in parts.iter().enumerate() {
            let at = at.item(index);
            if let Some(fields) = self.object(&at, part) {
                self.comparison(&at, fields, false);
            }
        }
    }

    fn operand(&mut self, at: &Location, value: &Value, operand: Operand) {
        match operand {
            Operand::Text => {
                self.string(at, value);
            }
            Operand::Boolean => self.boolean(at, value),
            Operand::Number if value.is_number() => {}
            Operand::Number => {
                self.schema_error(
                    at,
                    "Value must be a number",
                    "Write a number, without quotes.",
                );
            }
            Operand::Timestamp if value.as_str().is_some_and(syntax::is_timestamp) => {}
            Operand::Timestamp => self.timestamp(at, value, Language::JsonPath),
            Operand::Path => {
                if let Some(text) = self.string(at, value) {
                    self.path(at, text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_has_its_operand() {
        for (operator, expected) in [
            ("StringEquals", Some(Operand::Text)),
            ("StringEqualsPath", Some(Operand::Path)),
            ("StringMatches", Some(Operand::Text)),
            ("StringMatchesPath", None),
            ("NumericGreaterThanEquals", Some(Operand::Number)),
            ("NumericLessThanEqualsPath", Some(Operand::Path)),
            ("BooleanEquals", Some(Operand::Boolean)),
            ("BooleanEqualsPath", Some(Operand::Path)),
            ("BooleanLessThan", None),
            ("TimestampEquals", Some(Operand::Timestamp)),
            ("IsPresent", Some(Operand::Boolean)),
            ("IsPresentPath", None),
            ("isPresent", None),
        ] {
            assert!(super::operand(operator) == expected, "{operator}");
        }
    }
}
