//! What a request for a deployment means, with what is left out taken from the environment before.

use std::collections::BTreeMap;

use datamesh_actors::deployment::{Deployed, NAMES};
use datamesh_proto::v1;
use prost_types::Value;
use prost_types::value::Kind;
use tonic::Status;

use crate::status::invalid_field;

/// The environment that is promoted to this one.
///
/// # Errors
/// When it is none of the environments, or the first one.
pub fn before(target: &str) -> Result<&'static str, Status> {
    match NAMES.iter().position(|name| *name == target) {
        Some(0) => Err(invalid_field(
            "cfnTemplate",
            format!("give it, or a blueprint: no environment is before {target}"),
        )),
        Some(at) => Ok(NAMES[at - 1]),
        None => Err(no_environment("targetEnvironment")),
    }
}

/// The refusal of an environment that is none.
pub fn no_environment(field: &str) -> Status {
    invalid_field(field, format!("must be one of {}", NAMES.join(", ")))
}

/// The template's text: a JSON object is written without spaces, its names sorted, so that its digest does
/// not depend on how it was sent.
pub fn text(template: Option<Value>) -> Result<String, Status> {
    match template.and_then(|value| value.kind) {
        None | Some(Kind::NullValue(_)) => Ok(String::new()),
        Some(Kind::StringValue(text)) => Ok(text),
        Some(kind @ Kind::StructValue(_)) => Ok(json(Value { kind: Some(kind) }).to_string()),
        Some(Kind::NumberValue(_) | Kind::BoolValue(_) | Kind::ListValue(_)) => Err(invalid_field(
            "cfnTemplate",
            "must be the template as text (JSON or YAML), or as a JSON object",
        )),
    }
}

fn json(value: Value) -> serde_json::Value {
    match value.kind {
        None | Some(Kind::NullValue(_)) => serde_json::Value::Null,
        Some(Kind::BoolValue(value)) => value.into(),
        Some(Kind::StringValue(text)) => text.into(),
        Some(Kind::NumberValue(number)) => whole(number),
        Some(Kind::ListValue(list)) => list.values.into_iter().map(json).collect(),
        Some(Kind::StructValue(object)) => object
            .fields
            .into_iter()
            .map(|(name, value)| (name, json(value)))
            .collect(),
    }
}

/// A number as it was written, as far as a double tells: `7` and not `7.0`.
fn whole(number: f64) -> serde_json::Value {
    if number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0 {
        (number as i64).into()
    } else {
        number.into()
    }
}

/// What is to be deployed.
#[derive(Debug, Default, PartialEq)]
pub struct Order {
    pub template: String,
    pub blueprint: String,
    pub parameters: BTreeMap<String, String>,
}

impl Order {
    /// What the request itself says.
    pub fn new(request: &mut v1::CreateDeploymentRequest) -> Result<Self, Status> {
        Ok(Self {
            template: text(request.cfn_template.take())?,
            blueprint: std::mem::take(&mut request.blueprint),
            parameters: std::mem::take(&mut request.parameters)
                .into_iter()
                .collect(),
        })
    }

    /// Whether the request leaves open what is to be deployed.
    pub fn is_open(&self) -> bool {
        self.template.is_empty() && self.blueprint.is_empty()
    }

    /// Takes from the environment before what is left out: all, where neither template nor blueprint is
    /// given; the parameters, where the template is the one that is deployed there and none are given.
    #[must_use]
    pub fn after(self, source: &Deployed) -> Self {
        if !self.is_open() && self.template != source.template {
            return self;
        }
        let mut parameters = source.parameters.clone();
        if self.is_open() || self.parameters.is_empty() {
            parameters.extend(self.parameters);
        } else {
            parameters = self.parameters;
        }
        Self {
            template: source.template.clone(),
            blueprint: source.blueprint.clone(),
            parameters,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::services::json::to_value;

    fn values(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|&(k, v)| (k.to_owned(), v.to_owned()))
            .collect()
    }

    #[test]
    fn a_template_as_an_object_is_canonical_text() {
        let object = serde_json::json!({"b": [1, 2.5, true, null], "a": {"d": "x", "c": "y"}});
        assert_eq!(
            text(Some(to_value(object))).unwrap(),
            r#"{"a":{"c":"y","d":"x"},"b":[1,2.5,true,null]}"#
        );
        assert_eq!(text(None).unwrap(), "");
        assert!(text(Some(to_value(7.into()))).is_err());
    }

    #[test]
    fn environments_are_promoted_in_their_order() {
        assert_eq!(before("staging").unwrap(), "dev");
        assert_eq!(before("prod").unwrap(), "staging");
        assert!(before("dev").is_err());
        assert!(before("moon").is_err());
    }

    #[test]
    fn what_is_left_out_comes_from_the_environment_before() {
        let source = Deployed {
            template: "t".to_owned(),
            blueprint: "project".to_owned(),
            parameters: values(&[("a", "1"), ("b", "2")]),
            ..Deployed::default()
        };
        let open = Order {
            parameters: values(&[("b", "3")]),
            ..Order::default()
        };
        let order = open.after(&source);
        assert_eq!(
            (order.template.as_str(), order.blueprint.as_str()),
            ("t", "project")
        );
        assert_eq!(order.parameters, values(&[("a", "1"), ("b", "3")]));

        let same = Order {
            template: "t".to_owned(),
            ..Order::default()
        };
        assert_eq!(same.after(&source).parameters, source.parameters);

        let other = Order {
            template: "u".to_owned(),
            ..Order::default()
        };
        assert_eq!(other.after(&source).parameters, BTreeMap::new());
    }
}
