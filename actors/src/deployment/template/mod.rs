//! What a CloudFormation template says of its parameters: read from its text, JSON or YAML, so that wrong
//! values are refused before anything is asked of AWS. All else in a template is CloudFormation's business.

mod parameter;
mod value;

use std::collections::BTreeMap;

use serde_yaml_ng::{Mapping, Value};

pub use parameter::Parameter;

/// The most bytes of a template that is sent with a call (CloudFormation quota `TemplateBody`).
pub const MAX_TEMPLATE: usize = 51_200;

/// A template, as far as a deployment has to know it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Template {
    /// What it makes.
    pub description: String,
    /// Its parameters: first those that `AWS::CloudFormation::Interface` groups, in its order, then the
    /// others in theirs.
    pub parameters: Vec<Parameter>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// A sentence that says what is wrong, and what to do where that is not plain.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.trim().is_empty() {
            return Err("is empty".to_owned());
        }
        if text.len() > MAX_TEMPLATE {
            return Err(format!(
                "has {} bytes, of {MAX_TEMPLATE} at most: take out comments and descriptions, or split it \
                 into two stacks",
                text.len()
            ));
        }
        let document: Value = serde_yaml_ng::from_str(text)
            .map_err(|error| format!("is neither JSON nor YAML: {error}"))?;
        let Value::Mapping(document) = document else {
            return Err("must be an object with Resources".to_owned());
        };
        match document.get("Resources") {
            Some(Value::Mapping(resources)) if !resources.is_empty() => {}
            _ => return Err("must have at least one member in Resources".to_owned()),
        }
        let form = Form::read(&document);
        let mut parameters = Vec::new();
        match document.get("Parameters") {
            None | Some(Value::Null) => {}
            Some(Value::Mapping(declared)) => {
                for (name, body) in declared {
                    let name = name.as_str().ok_or("has a parameter without a name")?;
                    let mut parameter = Parameter::read(name, body)?;
                    parameter.label = form.labels.get(name).cloned().unwrap_or_default();
                    parameter.group = form.group_of(name);
                    parameters.push(parameter);
                }
            }
            Some(_) => return Err("has Parameters that are not an object".to_owned()),
        }
        parameters.sort_by_key(|parameter: &Parameter| form.place_of(&parameter.name));
        Ok(Self {
            description: text_of(document.get("Description")).unwrap_or_default(),
            parameters,
        })
    }

    /// The parameter of this name.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters
            .iter()
            .find(|parameter| parameter.name == name)
    }

    /// Says what is wrong with the values for its parameters, by the parameter's name. A parameter without
    /// a value is only wrong if it is `missing` one.
    pub fn check(
        &self,
        values: &BTreeMap<String, String>,
        missing: impl Fn(&Parameter) -> bool,
    ) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for name in values.keys() {
            if self.parameter(name).is_none() {
                let known: Vec<&str> = self.parameters.iter().map(|p| p.name.as_str()).collect();
                let known = if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                };
                found.push((
                    name.clone(),
                    format!("the template has no such parameter; it has {known}"),
                ));
            }
        }
        for parameter in &self.parameters {
            match values.get(&parameter.name) {
                Some(value) => {
                    if let Err(description) = parameter.check(value) {
                        found.push((parameter.name.clone(), description));
                    }
                }
                None if parameter.default.is_none() && missing(parameter) => {
                    found.push((
                        parameter.name.clone(),
                        "is missing: the template has no default for it".to_owned(),
                    ));
                }
                None => {}
            }
        }
        found
    }
}

/// How the console is told to show the parameters (`Metadata`, `AWS::CloudFormation::Interface`).
#[derive(Default)]
struct Form {
    groups: Vec<(String, Vec<String>)>,
    labels: BTreeMap<String, String>,
}

impl Form {
    fn read(document: &Mapping) -> Self {
        let interface = document
            .get("Metadata")
            .and_then(|metadata| metadata.get("AWS::CloudFormation::Interface"));
        let Some(interface) = interface else {
            return Self::default();
        };
        let label = |of: &Value| text_of(of.get("default"));
        let groups = interface
            .get("ParameterGroups")
            .and_then(Value::as_sequence);
        let groups = groups.into_iter().flatten().map(|group| {
            let names = group.get("Parameters").and_then(Value::as_sequence);
            let names = names.into_iter().flatten().filter_map(|n| text_of(Some(n)));
            let heading = group.get("Label").and_then(label).unwrap_or_default();
            (heading, names.collect())
        });
        let labels = interface.get("ParameterLabels").and_then(Value::as_mapping);
        let labels = labels
            .into_iter()
            .flatten()
            .filter_map(|(name, of)| Some((name.as_str()?.to_owned(), label(of)?)));
        Self {
            groups: groups.collect(),
            labels: labels.collect(),
        }
    }

    fn group_of(&self, name: &str) -> String {
        let group = self
            .groups
            .iter()
            .find(|(_, names)| names.iter().any(|n| n == name));
        group
            .map(|(heading, _)| heading.clone())
            .unwrap_or_default()
    }

    fn place_of(&self, name: &str) -> usize {
        let names = self.groups.iter().flat_map(|(_, names)| names);
        names
            .enumerate()
            .find(|(_, n)| *n == name)
            .map_or(usize::MAX, |(place, _)| place)
    }
}

/// A scalar as CloudFormation reads it; `None` for anything else.
fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Bool(value) => Some(value.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
