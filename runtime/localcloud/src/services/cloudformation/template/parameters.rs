//! Parameters: what a template asks for, and whether what is given fits.

use std::collections::{BTreeMap, BTreeSet};

use regex_lite::Regex;
use serde_json::{Map, Value};

use super::evaluate::scalar;
use crate::error::ServiceError;
use crate::services::cloudformation::error::{format, validation};

/// What is shown of a value that must not be shown.
pub(in super::super) const HIDDEN: &str = "****";

/// A parameter as the template declares it.
#[derive(Debug, Clone)]
pub(in super::super) struct Declaration {
    pub(in super::super) name: String,
    pub(in super::super) kind: String,
    pub(in super::super) default: Option<String>,
    pub(in super::super) description: Option<String>,
    pub(in super::super) no_echo: bool,
    pub(in super::super) allowed_values: Option<Vec<String>>,
    rules: Map<String, Value>,
}

/// Texts by parameter.
pub(in super::super) type Values = BTreeMap<String, String>;

impl Declaration {
    pub(super) fn parse(name: String, value: Value) -> Result<Self, ServiceError> {
        let Value::Object(mut rules) = value else {
            return Err(format(format_args!(
                "[/Parameters/{name}] parameter definition is malformed"
            )));
        };
        let Some(kind) = rules.remove("Type").as_ref().and_then(scalar) else {
            return Err(format(
                "Every Parameters object must contain a Type member.",
            ));
        };
        let known = [
            "String",
            "Number",
            "CommaDelimitedList",
            "List<Number>",
            "List<String>",
        ]
        .contains(&kind.as_str())
            || kind.starts_with("AWS::EC2::")
            || kind.starts_with("List<AWS::EC2::");
        if !known {
            return Err(format(format_args!("Unrecognized parameter type: {kind}")));
        }
        let list = |value: &Value| {
            let items = value.as_array()?;
            items.iter().map(scalar).collect::<Option<Vec<_>>>()
        };
        Ok(Self {
            default: rules.get("Default").and_then(scalar),
            description: rules.get("Description").and_then(scalar),
            no_echo: rules
                .get("NoEcho")
                .and_then(scalar)
                .is_some_and(|flag| flag == "true"),
            allowed_values: rules.get("AllowedValues").and_then(list),
            kind,
            name,
            rules,
        })
    }

    fn is_list(&self) -> bool {
        self.kind == "CommaDelimitedList" || self.kind.starts_with("List<")
    }

    /// As `Ref` gives it.
    fn value(&self, text: &str) -> Value {
        if self.is_list() {
            text.split(',')
                .map(|item| Value::from(item.trim()))
                .collect()
        } else {
            Value::from(text)
        }
    }

    fn check(&self, text: &str) -> Result<(), ServiceError> {
        match self.broken_rule(text) {
            None => Ok(()),
            Some(rule) => Err(validation(
                match self.rules.get("ConstraintDescription").and_then(scalar) {
                    Some(description) => format!(
                        "Parameter {} failed to satisfy constraint: {description}",
                        self.name
                    ),
                    None => format!("Parameter '{}' {rule}", self.name),
                },
            )),
        }
    }

    fn broken_rule(&self, text: &str) -> Option<String> {
        let rule = |name: &str| self.rules.get(name).and_then(scalar);
        let number = |name: &str| rule(name).and_then(|rule| rule.parse::<f64>().ok());
        let one = [text];
        let items: Vec<&str> = if self.is_list() {
            text.split(',').map(str::trim).collect()
        } else {
            one.to_vec()
        };
        for item in items {
            if self.kind.contains("Number") {
                let Ok(value) = item.parse::<f64>() else {
                    return Some("must be a number".to_owned());
                };
                if let Some(least) = number("MinValue").filter(|least| value < *least) {
                    return Some(format!("must be a number not less than {least}"));
                }
                if let Some(most) = number("MaxValue").filter(|most| value > *most) {
                    return Some(format!("must be a number not greater than {most}"));
                }
            }
            if let Some(allowed) = &self.allowed_values
                && !allowed.iter().any(|allowed| allowed == item)
            {
                return Some("must be one of AllowedValues".to_owned());
            }
        }
        #[allow(clippy::cast_precision_loss, reason = "lengths are small")]
        let length = text.chars().count() as f64;
        if let Some(least) = number("MinLength").filter(|least| length < *least) {
            return Some(format!("must contain at least {least} characters"));
        }
        if let Some(most) = number("MaxLength").filter(|most| length > *most) {
            return Some(format!("must contain at most {most} characters"));
        }
        let pattern = rule("AllowedPattern")?;
        let fits = Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|regex| regex.is_match(text));
        (!fits).then(|| format!("must match pattern {pattern}"))
    }
}

/// The value of every parameter: as given, or its default.
///
/// # Errors
/// `ValidationError` (400) for one that is missing, not declared, or breaks its rules.
pub(super) fn settle(declarations: &[Declaration], given: &Values) -> Result<Values, ServiceError> {
    let unknown: Vec<&str> = given
        .keys()
        .map(String::as_str)
        .filter(|name| {
            !declarations
                .iter()
                .any(|declaration| declaration.name == *name)
        })
        .collect();
    if !unknown.is_empty() {
        return Err(validation(format!(
            "Parameters: [{}] do not exist in the template",
            unknown.join(", ")
        )));
    }
    let mut missing = BTreeSet::new();
    let mut values = Values::new();
    for declaration in declarations {
        match given
            .get(&declaration.name)
            .or(declaration.default.as_ref())
        {
            Some(text) => {
                values.insert(declaration.name.clone(), text.clone());
            }
            None => {
                missing.insert(declaration.name.as_str());
            }
        }
    }
    if !missing.is_empty() {
        let names: Vec<&str> = missing.into_iter().collect();
        return Err(validation(format!(
            "Parameters: [{}] must have values",
            names.join(", ")
        )));
    }
    for declaration in declarations {
        declaration.check(&values[&declaration.name])?;
    }
    Ok(values)
}

impl super::Template {
    /// See [`settle`].
    pub(in super::super) fn settle_parameters(
        &self,
        given: &Values,
    ) -> Result<Values, ServiceError> {
        settle(&self.parameters, given)
    }

    /// The parameters as `Ref` gives them.
    pub(in super::super) fn references_of(&self, values: &Values) -> BTreeMap<String, Value> {
        self.parameters
            .iter()
            .filter_map(|declaration| {
                let text = values.get(&declaration.name)?;
                Some((declaration.name.clone(), declaration.value(text)))
            })
            .collect()
    }
}
