//! DataZone's service model: method, path and status of every operation, and what the members of a request
//! must satisfy.
//!
//! `model.json` states it in AWS's own shapes (API version 2018-05-10, from the service model that AWS
//! publishes for its SDKs): all operations, and the inputs of those that are here. A pattern that our
//! regular expressions cannot say has its equal in `match`. So an operation's code reads members that are
//! there, of the right form, and within their limits; and an operation that is not here is named.

mod check;
mod shape;

use std::collections::HashMap;
use std::sync::OnceLock;

use http::Method;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::error;
use crate::error::ServiceError;
use crate::protocol::rest_json;
use crate::request::Call;
use crate::services::Reply;
use crate::services::constraints::Constraints;
use crate::store::Tx;
use shape::Shape;

#[derive(Debug, Deserialize)]
struct Model {
    operations: HashMap<String, Operation>,
    shapes: HashMap<String, Shape>,
}

#[derive(Debug, Deserialize)]
struct Operation {
    method: String,
    path: String,
    status: u16,
    /// The shape of the input; `None` for an operation that is not here.
    input: Option<String>,
    /// Names in query and headers that are not the members' names.
    #[serde(default)]
    renamed: HashMap<String, String>,
    /// The member that is the whole body.
    payload: Option<String>,
}

impl Operation {
    /// Each segment of the template with the one that stands in its place in `path`.
    fn segments<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let template = self.path.trim_matches('/').split('/');
        template.zip(path.trim_matches('/').split('/'))
    }

    /// How many labels the template has, if the path fits it.
    fn fits(&self, path: &str) -> Option<usize> {
        let count = |path: &str| path.trim_matches('/').split('/').count();
        let fits = self.segments(path).all(|(template, given)| {
            template == given || (template.starts_with('{') && !given.is_empty())
        });
        (fits && count(&self.path) == count(path)).then(|| self.path.matches('{').count())
    }

    /// The labels' values, decoded.
    fn labels<'a>(&'a self, path: &'a str) -> impl Iterator<Item = (&'a str, String)> {
        self.segments(path).filter_map(|(template, given)| {
            let label = template.strip_prefix('{')?.strip_suffix('}')?;
            let value = percent_decode_str(given).decode_utf8_lossy();
            Some((label, value.into_owned()))
        })
    }
}

fn model() -> Result<&'static Model, ServiceError> {
    static MODEL: OnceLock<Result<Model, String>> = OnceLock::new();
    MODEL
        .get_or_init(|| {
            serde_json::from_str(include_str!("model.json")).map_err(|error| error.to_string())
        })
        .as_ref()
        .map_err(|error| ServiceError::internal(format!("DataZone's model is broken: {error}")))
}

/// The operation of a request. Where two paths fit, the one with fewer labels does.
pub(super) fn resolve(method: &Method, path: &str) -> Option<String> {
    model()
        .ok()?
        .operations
        .iter()
        .filter(|(_, operation)| operation.method == method.as_str())
        .filter_map(|(name, operation)| Some((operation.fits(path)?, name)))
        .min()
        .map(|(_, name)| name.clone())
}

/// Does an operation that is here: reads its input, and writes its output with the status of the model,
/// without the members that are null.
pub(super) fn answer<I: DeserializeOwned, O: Serialize>(
    operation: fn(I, &Call<'_>, &Tx<'_>) -> Result<O, ServiceError>,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<Reply, ServiceError> {
    let output = operation(read(call)?, call, tx)?;
    let status = model()?
        .operations
        .get(&call.operation)
        .map_or(200, |operation| operation.status);
    if status == 204 {
        return Ok(Reply::status(status));
    }
    let mut output =
        serde_json::to_value(output).map_err(|e| ServiceError::internal(e.to_string()))?;
    without_nulls(&mut output);
    if output.is_null() {
        output = Value::Object(Map::new());
    }
    rest_json::write(status, &output)
}

fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

/// The input of a request, from labels, query, headers and body (the earlier wins), checked.
///
/// # Errors
/// `ValidationException` names every member that breaks a constraint; `SerializationException` if a
/// value is of another type than the model's.
pub(super) fn read<T: DeserializeOwned>(call: &Call<'_>) -> Result<T, ServiceError> {
    let model = model()?;
    let operation = model.operations.get(&call.operation);
    let (Some(operation), Some(input)) = (
        operation,
        operation.and_then(|operation| operation.input.as_ref()),
    ) else {
        return Err(call.unknown_operation());
    };
    let mut value = Value::Object(operation.gather(call)?);
    let mut constraints = Constraints::new();
    check::Checker {
        shapes: &model.shapes,
    }
    .check(input, "", &mut value, &mut constraints)?;
    constraints.check(error::VALIDATION)?;
    serde_json::from_value(value).map_err(|error| error::serialization(error.to_string()))
}

impl Operation {
    fn gather(&self, call: &Call<'_>) -> Result<Map<String, Value>, ServiceError> {
        let mut members = match &self.payload {
            Some(member) => {
                let text = std::str::from_utf8(call.body)
                    .map_err(|_| error::validation(format!("{member} is not UTF-8")))?;
                Map::from_iter([(member.clone(), Value::from(text))])
            }
            None if call.body.is_empty() => Map::new(),
            None => serde_json::from_slice(call.body)
                .map_err(|error| error::serialization(error.to_string()))?,
        };
        for (wire, member) in &self.renamed {
            if let Some(value) = call.header(wire) {
                members.insert(member.clone(), Value::from(value));
            }
        }
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in &call.query {
            let member = self.renamed.get(name).unwrap_or(name);
            let value = Value::from(value.as_str());
            match members.get_mut(member) {
                Some(Value::Array(values)) if seen.contains(&name.as_str()) => values.push(value),
                Some(first) if seen.contains(&name.as_str()) => {
                    *first = Value::Array(vec![first.take(), value]);
                }
                _ => {
                    members.insert(member.clone(), value);
                    seen.push(name);
                }
            }
        }
        for (label, value) in self.labels(call.path) {
            members.insert(label.to_owned(), Value::from(value));
        }
        Ok(members)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[track_caller]
    fn resolves(method: &str, path: &str, operation: Option<&str>) {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        assert_eq!(resolve(&method, path).as_deref(), operation);
    }

    #[test]
    fn a_request_finds_its_operation() {
        resolves("POST", "/v2/domains", Some("CreateDomain"));
        resolves("GET", "/v2/domains/dzd_1/assets/a/", Some("GetAsset"));
        resolves(
            "POST",
            "/v2/domains/dzd_1/listings/search",
            Some("SearchListings"),
        );
        resolves("GET", "/v2/domains/dzd_1/notebooks", Some("ListNotebooks"));
        resolves("GET", "/v2/domains//assets/a", None);
        resolves("GET", "/v2/domains/dzd_1/assets/a/b", None);
        resolves("PUT", "/v2/domains/dzd_1/assets", None);
    }

    #[test]
    fn labels_are_decoded() {
        let operation = &model().unwrap().operations["AssociateEnvironmentRole"];
        let labels = operation
            .labels("/v2/domains/d/environments/e/roles/arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr");
        assert_eq!(
            labels.last().unwrap(),
            ("environmentRoleArn", "arn:aws:iam::1:role/r".to_owned())
        );
    }

    #[test]
    fn every_shape_that_the_model_names_is_there_and_every_pattern_is_one() {
        let model = model().unwrap();
        for operation in model.operations.values() {
            if let Some(input) = &operation.input {
                assert!(model.shapes.contains_key(input), "{input}");
            }
        }
        for (name, shape) in &model.shapes {
            for named in shape.names() {
                assert!(model.shapes.contains_key(named), "{name} names {named}");
            }
            if let Shape::String(text) = shape {
                assert!(text.is_sound(), "the pattern of {name}");
            }
        }
    }
}
