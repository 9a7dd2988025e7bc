//! The functions of a template.

use std::cell::RefCell;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::Template;
use super::references::{Reference, get_att, references};
use crate::error::ServiceError;
use crate::services::cloudformation::error::{format, template as broken};

/// What stands in a change set's preview for a value that is known only after it was executed.
pub(in super::super) const KNOWN_AFTER_APPLY: &str = "{{changeSet:KNOWN_AFTER_APPLY}}";

/// What resources and other stacks say.
pub(in super::super) trait Resources {
    /// What `Ref` of a resource is; `None` if the resource is not there.
    fn reference(&self, id: &str) -> Option<Value>;
    /// An attribute of a resource; `None` if it is not there.
    fn attribute(&self, id: &str, name: &str) -> Option<Value>;
    /// What another stack exports under this name.
    fn import(&self, name: &str) -> Result<Option<Value>, ServiceError>;
}

/// Evaluates a template's values.
pub(in super::super) struct Evaluator<'a> {
    template: &'a Template,
    values: &'a BTreeMap<String, Value>,
    resources: &'a dyn Resources,
    /// The conditions that were evaluated: nothing that they refer to changes.
    known: RefCell<BTreeMap<String, bool>>,
}

type Evaluated = Result<Option<Value>, ServiceError>;

impl<'a> Evaluator<'a> {
    /// `values` are parameters and pseudo parameters.
    pub(in super::super) fn new(
        template: &'a Template,
        values: &'a BTreeMap<String, Value>,
        resources: &'a dyn Resources,
    ) -> Self {
        Self {
            template,
            values,
            resources,
            known: RefCell::default(),
        }
    }

    /// Whether a condition holds; yes without one.
    pub(in super::super) fn holds(&self, condition: Option<&str>) -> Result<bool, ServiceError> {
        let Some(name) = condition else {
            return Ok(true);
        };
        // What a condition needs is evaluated before it and once: one may need thousands of others, and
        // those each other, which goes too deep and takes too long for calls within calls.
        let mut open = vec![name.to_owned()];
        while let Some(next) = open.last() {
            if self.known.borrow().contains_key(next) {
                open.pop();
                continue;
            }
            let expression =
                self.template.conditions.get(next).ok_or_else(|| {
                    broken(format_args!("unresolved condition dependency {next}"))
                })?;
            let mut needs = self.unknown_needs(expression);
            if needs.is_empty() {
                let holds = self.condition(expression)?;
                self.known.borrow_mut().insert(next.clone(), holds);
            }
            open.append(&mut needs);
        }
        Ok(self.known.borrow().get(name) == Some(&true))
    }

    /// The conditions in an expression that are still to be evaluated.
    fn unknown_needs(&self, expression: &Value) -> Vec<String> {
        let known = self.known.borrow();
        references(expression)
            .into_iter()
            .filter_map(|reference| match reference {
                Reference::Condition(name) => Some(name),
                Reference::Name(_) | Reference::Attribute(..) => None,
            })
            .filter(|name| !known.contains_key(name))
            .collect()
    }

    /// An object with everything evaluated.
    pub(in super::super) fn object(&self, value: &Value) -> Result<Value, ServiceError> {
        Ok(self
            .value(value)?
            .unwrap_or_else(|| Value::Object(Map::new())))
    }

    /// A value that must be a text in the end.
    pub(in super::super) fn text(&self, what: &str, value: &Value) -> Result<String, ServiceError> {
        match self.value(value)? {
            Some(value) => {
                scalar(&value).ok_or_else(|| format(format_args!("The {what} must be a string")))
            }
            None => Ok(String::new()),
        }
    }

    /// `None` is `AWS::NoValue`: the member is left out.
    pub(in super::super) fn value(&self, value: &Value) -> Evaluated {
        match value {
            Value::Array(items) => {
                let items = items.iter().filter_map(|item| self.value(item).transpose());
                Ok(Some(Value::Array(items.collect::<Result<_, _>>()?)))
            }
            Value::Object(members) => {
                if let Some(result) = self.function(members) {
                    return result;
                }
                let mut object = Map::new();
                for (name, member) in members {
                    if let Some(value) = self.value(member)? {
                        object.insert(name.clone(), value);
                    }
                }
                Ok(Some(Value::Object(object)))
            }
            scalar => Ok(Some(scalar.clone())),
        }
    }

    fn function(&self, members: &Map<String, Value>) -> Option<Evaluated> {
        let (name, argument) = members.iter().next().filter(|_| members.len() == 1)?;
        Some(match name.as_str() {
            "Ref" => self.reference(argument),
            "Fn::GetAtt" => self.attribute(argument),
            "Fn::Sub" => self.substitute(argument),
            "Fn::Join" => self.join(argument),
            "Fn::Select" => self.select(argument),
            "Fn::Split" => self.split(argument),
            "Fn::If" => self.choose(argument),
            "Fn::FindInMap" => self.find_in_map(argument),
            "Fn::Base64" => self
                .text("Fn::Base64 value", argument)
                .map(|text| Some(Value::from(STANDARD.encode(text)))),
            "Fn::ImportValue" => self.import(argument),
            "Fn::GetAZs" => self.zones(argument),
            "Fn::Equals" | "Fn::And" | "Fn::Or" | "Fn::Not" => self
                .condition(&Value::Object(members.clone()))
                .map(|holds| Some(Value::Bool(holds))),
            other if other.starts_with("Fn::") => Err(broken(format_args!(
                "the embedded AWS does not have the function {other}"
            ))),
            _ => return None,
        })
    }

    fn reference(&self, argument: &Value) -> Evaluated {
        let Some(name) = argument.as_str() else {
            return Err(format("All Ref references must be of type string"));
        };
        if name == "AWS::NoValue" {
            return Ok(None);
        }
        if let Some(value) = self.values.get(name) {
            return Ok(Some(value.clone()));
        }
        self.resources
            .reference(name)
            .map(Some)
            .ok_or_else(|| unresolved(name))
    }

    fn attribute(&self, argument: &Value) -> Evaluated {
        let evaluated;
        let argument = match argument {
            Value::Array(_) => {
                evaluated = self.value(argument)?.unwrap_or_default();
                &evaluated
            }
            other => other,
        };
        let (id, name) = get_att(argument).ok_or_else(|| {
            broken("Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute")
        })?;
        self.resources
            .attribute(&id, &name)
            .map(Some)
            .ok_or_else(|| unresolved(&id))
    }

    fn substitute(&self, argument: &Value) -> Evaluated {
        let refused = || {
            broken(
                "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify \
                 a string as first argument, and an optional second argument to specify a mapping \
                 of values to replace in the string",
            )
        };
        let (text, own) = match argument {
            Value::String(text) => (text, None),
            Value::Array(parts) => match parts.as_slice() {
                [Value::String(text), Value::Object(own)] => (text, Some(own)),
                _ => return Err(refused()),
            },
            _ => return Err(refused()),
        };
        let mut result = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece {
                Piece::Text(text) => result.push_str(text),
                Piece::Variable(name) => {
                    let value = match own.and_then(|own| own.get(name)) {
                        Some(value) => self.value(value)?,
                        None if name.contains('.') => self.attribute(&Value::from(name))?,
                        None => self.reference(&Value::from(name))?,
                    };
                    let value = value.unwrap_or_else(|| Value::from(""));
                    result.push_str(&scalar(&value).ok_or_else(|| {
                        broken(format_args!(
                            "variable {name} in Fn::Sub expression does not resolve to a string"
                        ))
                    })?);
                }
            }
        }
        Ok(Some(Value::from(result)))
    }

    fn list(&self, function: &str, argument: &Value) -> Result<Vec<Value>, ServiceError> {
        match self.value(argument)? {
            Some(Value::Array(items)) => Ok(items),
            Some(value) if value == KNOWN_AFTER_APPLY => Ok(vec![value]),
            _ => Err(broken(format_args!("{function} requires a list argument"))),
        }
    }

    fn join(&self, argument: &Value) -> Evaluated {
        let refused = || {
            broken(
                "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a \
                 list of strings to be joined or a function that returns a list of strings (such as \
                 Fn::GetAZs) to be joined.",
            )
        };
        let Some([Value::String(delimiter), items]) = argument.as_array().map(Vec::as_slice) else {
            return Err(refused());
        };
        let items = self.list("Fn::Join", items).map_err(|_| refused())?;
        let texts: Option<Vec<String>> = items.iter().map(scalar).collect();
        Ok(Some(Value::from(
            texts.ok_or_else(refused)?.join(delimiter),
        )))
    }

    fn select(&self, argument: &Value) -> Evaluated {
        let refused = || {
            broken(
                "Fn::Select requires a list argument with two elements: an integer index and a list",
            )
        };
        let Some([index, items]) = argument.as_array().map(Vec::as_slice) else {
            return Err(refused());
        };
        let index = self.text("index", index)?;
        let items = self.list("Fn::Select", items)?;
        if items.first().is_some_and(|item| *item == KNOWN_AFTER_APPLY) {
            return Ok(items.into_iter().next());
        }
        let position: usize = index.parse().map_err(|_| refused())?;
        items.into_iter().nth(position).map(Some).ok_or_else(|| {
            broken(format_args!(
                "Fn::Select cannot select nonexistent value at index {index}"
            ))
        })
    }

    fn split(&self, argument: &Value) -> Evaluated {
        let Some([Value::String(delimiter), text]) = argument.as_array().map(Vec::as_slice) else {
            return Err(broken(
                "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a \
                 string to be split or a function that returns a string to be split.",
            ));
        };
        let text = self.text("Fn::Split value", text)?;
        if text == KNOWN_AFTER_APPLY {
            return Ok(Some(Value::from(text)));
        }
        Ok(Some(
            text.split(delimiter.as_str()).map(Value::from).collect(),
        ))
    }

    fn choose(&self, argument: &Value) -> Evaluated {
        let Some([Value::String(condition), yes, no]) = argument.as_array().map(Vec::as_slice)
        else {
            return Err(broken(
                "Fn::If requires a list argument with the condition name and two values",
            ));
        };
        let chosen = if self.holds(Some(condition))? {
            yes
        } else {
            no
        };
        self.value(chosen)
    }

    fn find_in_map(&self, argument: &Value) -> Evaluated {
        let refused = || {
            broken(
                "every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return value",
            )
        };
        let Some([map, first, second]) = argument.as_array().map(Vec::as_slice) else {
            return Err(refused());
        };
        let map = self.text("map name", map)?;
        let (first, second) = (self.text("map key", first)?, self.text("map key", second)?);
        let found = self.template.mappings.get(&map).ok_or_else(|| {
            broken(format_args!(
                "Mapping named '{map}' is not present in the 'Mappings' section of template."
            ))
        })?;
        found
            .get(&first)
            .and_then(|row| row.get(&second))
            .cloned()
            .map(Some)
            .ok_or_else(|| {
                broken(format_args!(
                    "Unable to get mapping for {map}::{first}::{second}"
                ))
            })
    }

    fn import(&self, argument: &Value) -> Evaluated {
        let name = self.text("name of an import", argument)?;
        self.resources.import(&name)?.map(Some).ok_or_else(|| {
            crate::services::cloudformation::error::validation(format!(
                "No export named {name} found."
            ))
        })
    }

    fn zones(&self, argument: &Value) -> Evaluated {
        let mut region = self.text("region", argument)?;
        if region.is_empty() {
            region = self
                .values
                .get("AWS::Region")
                .and_then(scalar)
                .unwrap_or_default();
        }
        Ok(Some(
            ["a", "b", "c"]
                .iter()
                .map(|zone| Value::from(format!("{region}{zone}")))
                .collect(),
        ))
    }

    fn condition(&self, expression: &Value) -> Result<bool, ServiceError> {
        let refused =
            || broken("conditions can only be Fn::And, Fn::Or, Fn::Not, Fn::Equals or Condition");
        if let Value::Bool(holds) = expression {
            return Ok(*holds);
        }
        let (name, argument) = expression
            .as_object()
            .filter(|members| members.len() == 1)
            .and_then(|members| members.iter().next())
            .ok_or_else(refused)?;
        let arguments = argument.as_array().map(Vec::as_slice);
        match (name.as_str(), arguments) {
            ("Condition", _) => self.holds(argument.as_str()),
            ("Fn::Equals", Some([left, right])) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                let text = |value: &Option<Value>| value.as_ref().and_then(scalar);
                Ok(left == right || (text(&left).is_some() && text(&left) == text(&right)))
            }
            ("Fn::Not", Some([one])) => Ok(!self.condition(one)?),
            ("Fn::And" | "Fn::Or", Some(many)) if (2..=10).contains(&many.len()) => {
                let mut holds = many
                    .iter()
                    .map(|one| self.condition(one))
                    .collect::<Result<Vec<_>, _>>()?
                    .into_iter();
                Ok(if name == "Fn::And" {
                    holds.all(|one| one)
                } else {
                    holds.any(|one| one)
                })
            }
            ("Fn::And" | "Fn::Or", _) => Err(broken(format_args!(
                "every {name} object requires a list of at least 2 and at most 10 boolean parameters."
            ))),
            ("Fn::Not", _) => Err(broken(
                "Fn::Not requires a list argument with one boolean parameter.",
            )),
            ("Fn::Equals", _) => Err(broken(
                "every Fn::Equals object requires a list of 2 string parameters.",
            )),
            _ => Err(refused()),
        }
    }
}

fn unresolved(name: &str) -> ServiceError {
    format(format_args!(
        "Unresolved resource dependencies [{name}] in the Resources block of the template"
    ))
}

/// A text, a number or a flag as text; lists of them with commas.
pub(in super::super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(items) => Some(
            items
                .iter()
                .map(scalar)
                .collect::<Option<Vec<_>>>()?
                .join(","),
        ),
        Value::Null | Value::Object(_) => None,
    }
}

enum Piece<'t> {
    Text(&'t str),
    Variable(&'t str),
}

/// `a${B}c${!D}`: text `a`, variable `B`, text `c`, text `${D}` in two pieces.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else {
            break;
        };
        let (before, name) = (&rest[..start], &rest[start + 2..start + length]);
        pieces.push(Piece::Text(before));
        match name.strip_prefix('!') {
            Some(_) => {
                pieces.push(Piece::Text("${"));
                pieces.push(Piece::Text(&rest[start + 3..=start + length]));
            }
            None => pieces.push(Piece::Variable(name.trim())),
        }
        rest = &rest[start + length + 1..];
    }
    pieces.push(Piece::Text(rest));
    pieces
}

/// The variables of a text for `Fn::Sub`.
pub(super) fn variables(text: &str) -> Vec<&str> {
    let variable = |piece| match piece {
        Piece::Variable(name) => Some(name),
        Piece::Text(_) => None,
    };
    pieces(text).into_iter().filter_map(variable).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    struct Nothing;

    impl Resources for Nothing {
        fn reference(&self, _: &str) -> Option<Value> {
            None
        }

        fn attribute(&self, _: &str, _: &str) -> Option<Value> {
            None
        }

        fn import(&self, _: &str) -> Result<Option<Value>, ServiceError> {
            Ok(None)
        }
    }

    /// Whether the last of so many conditions holds; each but the first is made from the name before it.
    fn last_of_chain(length: usize, next: impl Fn(&str) -> Value) -> bool {
        let mut conditions = Map::new();
        conditions.insert("C0".to_owned(), json!({"Fn::Equals": ["x", "x"]}));
        for at in 1..length {
            conditions.insert(format!("C{at}"), next(&format!("C{}", at - 1)));
        }
        let text = json!({
            "Conditions": conditions,
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        });
        let template = Template::parse(&text.to_string()).unwrap();
        let values = BTreeMap::new();
        let evaluator = Evaluator::new(&template, &values, &Nothing);
        evaluator.holds(Some(&format!("C{}", length - 1))).unwrap()
    }

    #[test]
    fn conditions_that_need_each_other_many_times_are_evaluated_once() {
        assert!(last_of_chain(100, |before| {
            let one = json!({"Condition": before});
            json!({"Fn::And": [one, one, one, one]})
        }));
        assert!(last_of_chain(100, |before| {
            let one = json!({"Fn::If": [before, "x", "y"]});
            json!({"Fn::Equals": [one, one]})
        }));
    }

    #[test]
    fn a_long_chain_of_conditions_is_evaluated() {
        let not = |before: &str| json!({"Fn::Not": [{"Condition": before}]});
        assert!(last_of_chain(1_001, not));
        assert!(!last_of_chain(1_000, not));
    }
}
