//! Reading rules.

use serde_json::{Map, Value};
use thiserror::Error;

use super::{Kind, Operand, Order, Pattern, Rule, Test, Type};
use crate::jsonata::{JsonataError, JsonataString};
use crate::path::{Path, PathError};

/// A rule that can't be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum RuleError {
    #[error("a choice rule is an object")]
    NoObject,
    #[error("'{0}' holds an array of choice rules")]
    NoArray(&'static str),
    #[error("the field 'Variable' is required")]
    NoVariable,
    #[error("give one comparison operator")]
    NoOperator,
    #[error("the operand of '{0}' has the wrong type")]
    WrongOperand(String),
    #[error("the field 'Condition' is required: a boolean, or an expression between {{% and %}}")]
    NoCondition,
    #[error(transparent)]
    Path(#[from] PathError),
    #[error(transparent)]
    Jsonata(#[from] JsonataError),
}

impl Rule {
    /// Reads a JSONPath rule.
    pub(crate) fn parse(value: &Value) -> Result<Self, RuleError> {
        let rule = value.as_object().ok_or(RuleError::NoObject)?;
        if let Some(rules) = rule.get("And") {
            return Ok(Rule::And(rules_of("And", rules)?));
        }
        if let Some(rules) = rule.get("Or") {
            return Ok(Rule::Or(rules_of("Or", rules)?));
        }
        if let Some(inner) = rule.get("Not") {
            return Ok(Rule::Not(Box::new(Rule::parse(inner)?)));
        }
        let variable = rule
            .get("Variable")
            .and_then(Value::as_str)
            .ok_or(RuleError::NoVariable)?;
        Ok(Rule::Test {
            variable: Path::parse(variable)?,
            test: Test::parse(rule)?,
        })
    }

    /// Reads a JSONata rule.
    pub(crate) fn parse_condition(value: &Value) -> Result<Self, RuleError> {
        let rule = value.as_object().ok_or(RuleError::NoObject)?;
        match rule.get("Condition") {
            Some(Value::Bool(holds)) => Ok(Rule::Always(*holds)),
            Some(Value::String(text)) => Ok(Rule::Condition(JsonataString::parse(text)?)),
            _ => Err(RuleError::NoCondition),
        }
    }
}

fn rules_of(operator: &'static str, rules: &Value) -> Result<Vec<Rule>, RuleError> {
    let rules = rules.as_array().ok_or(RuleError::NoArray(operator))?;
    rules.iter().map(Rule::parse).collect()
}

impl Test {
    fn parse(rule: &Map<String, Value>) -> Result<Self, RuleError> {
        let mut operators = rule.iter();
        let found = operators.find_map(|(name, operand)| Test::of(name, operand));
        found.unwrap_or(Err(RuleError::NoOperator))
    }

    /// The test an operator names; nothing when the field is no operator.
    fn of(name: &str, operand: &Value) -> Option<Result<Self, RuleError>> {
        let test = match name {
            "IsPresent" => operand.as_bool().map(Test::IsPresent),
            "IsNull" => is(Type::Null, operand),
            "IsBoolean" => is(Type::Boolean, operand),
            "IsNumeric" => is(Type::Numeric, operand),
            "IsString" => is(Type::String, operand),
            "IsTimestamp" => is(Type::Timestamp, operand),
            "StringMatches" => operand.as_str().map(Pattern::parse).map(Test::Matches),
            _ => return comparison(name, operand),
        };
        Some(test.ok_or_else(|| RuleError::WrongOperand(name.to_owned())))
    }
}

fn is(kind: Type, operand: &Value) -> Option<Test> {
    Some(Test::Is {
        kind,
        expected: operand.as_bool()?,
    })
}

fn comparison(name: &str, operand: &Value) -> Option<Result<Test, RuleError>> {
    let kinds = [
        ("String", Kind::String),
        ("Numeric", Kind::Numeric),
        ("Boolean", Kind::Boolean),
        ("Timestamp", Kind::Timestamp),
    ];
    let (kind, rest) = kinds
        .into_iter()
        .find_map(|(prefix, kind)| Some((kind, name.strip_prefix(prefix)?)))?;
    let (by_path, rest) = match rest.strip_suffix("Path") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let order = match rest {
        "Equals" => Order::Equals,
        "LessThan" => Order::LessThan,
        "GreaterThan" => Order::GreaterThan,
        "LessThanEquals" => Order::LessThanEquals,
        "GreaterThanEquals" => Order::GreaterThanEquals,
        _ => return None,
    };
    if by_path {
        let Some(text) = operand.as_str() else {
            return Some(Err(RuleError::WrongOperand(name.to_owned())));
        };
        let path = Path::parse(text).map_err(RuleError::from);
        return Some(path.map(|path| Test::Compare {
            kind,
            order,
            operand: Operand::At(path),
        }));
    }
    Some(Ok(Test::Compare {
        kind,
        order,
        operand: Operand::Literal(operand.clone()),
    }))
}
