//! REST JSON: labels in the path, parameters in the query, JSON bodies.
//!
//! A service states its [`Route`]s once; [`resolve`] finds a request's operation, and [`read`]
//! merges body, query and labels (the later wins) into one JSON object under the names that the
//! route gives them. Values from path and query are strings: a number, a boolean or a list that
//! can come from there is read with [`from_text`] or [`list`].

use std::fmt::Display;
use std::str::FromStr;

use http::Method;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::error::ServiceError;
use crate::request::Call;
use crate::services::Reply;

/// Method and path of an operation.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// `GET`, `POST`, …
    pub method: &'static str,
    /// `/v2/domains/{domainIdentifier}/projects`: a label stands for one path segment; the last
    /// may be `{name+}` and stands for the rest of the path.
    pub template: &'static str,
    /// `ListProjects`.
    pub operation: &'static str,
}

impl Route {
    /// A route.
    pub const fn new(
        method: &'static str,
        template: &'static str,
        operation: &'static str,
    ) -> Self {
        Self {
            method,
            template,
            operation,
        }
    }

    /// The labels' values, decoded, if method and path fit.
    fn labels(&self, method: &Method, path: &str) -> Option<Vec<(&'static str, String)>> {
        if method.as_str() != self.method {
            return None;
        }
        let mut labels = Vec::new();
        let mut rest = Some(path.trim_start_matches('/'));
        for segment in self.template.trim_start_matches('/').split('/') {
            let current = rest?;
            let label = segment
                .strip_prefix('{')
                .and_then(|segment| segment.strip_suffix('}'));
            if let Some(greedy) = label.and_then(|label| label.strip_suffix('+')) {
                labels.push((greedy, decode(current)));
                rest = None;
                break;
            }
            let (head, tail) = match current.split_once('/') {
                Some((head, tail)) => (head, Some(tail)),
                None => (current, None),
            };
            match label {
                Some(_) if head.is_empty() => return None,
                Some(label) => labels.push((label, decode(head))),
                None if head == segment => {}
                None => return None,
            }
            rest = tail;
        }
        rest.is_none_or(str::is_empty).then_some(labels)
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// The operation of a request. Where two routes fit, the first does: state `/search/listings`
/// before `/search/{id}`.
pub fn resolve(routes: &[Route], method: &Method, path: &str) -> Option<String> {
    routes
        .iter()
        .find(|route| route.labels(method, path).is_some())
        .map(|route| route.operation.to_owned())
}

/// Reads labels, query and body into one struct.
///
/// # Errors
/// `SerializationException` (400) if the body is not JSON of the wanted shape.
pub fn read<T: DeserializeOwned>(call: &Call<'_>, routes: &[Route]) -> Result<T, ServiceError> {
    let bad = |error: serde_json::Error| {
        ServiceError::bad_request("SerializationException", error.to_string())
    };
    let mut merged: Map<String, Value> = if call.body.is_empty() {
        Map::new()
    } else {
        serde_json::from_slice(call.body).map_err(bad)?
    };
    for (name, value) in &call.query {
        let value = Value::from(value.as_str());
        match merged.get_mut(name) {
            Some(Value::Array(values)) => values.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None => {
                merged.insert(name.clone(), value);
            }
        }
    }
    let labels = routes
        .iter()
        .filter(|route| route.operation == call.operation)
        .find_map(|route| route.labels(call.method, call.path))
        .unwrap_or_default();
    for (name, value) in labels {
        merged.insert(name.to_owned(), Value::from(value));
    }
    serde_json::from_value(Value::Object(merged)).map_err(bad)
}

/// Writes an answer.
pub fn write<U: Serialize>(status: u16, output: &U) -> Result<Reply, ServiceError> {
    let body = serde_json::to_vec(output)
        .map_err(|error| ServiceError::internal(format!("the answer is not JSON: {error}")))?;
    Ok(Reply {
        body,
        ..Reply::status(status).with_header("content-type", "application/json")
    })
}

/// For `#[serde(default, deserialize_with = "rest_json::from_text")]` on an `Option` of a number
/// or a boolean that comes from path or query.
pub fn from_text<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display> + DeserializeOwned,
{
    use serde::de::Error as _;
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::String(text) => text.parse().map(Some).map_err(D::Error::custom),
        other => serde_json::from_value(other)
            .map(Some)
            .map_err(D::Error::custom),
    }
}

/// For `#[serde(default, deserialize_with = "rest_json::list")]` on a list of strings that comes
/// from the query, where a single value looks like no list.
pub fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    use serde::de::Error as _;
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(vec![text]),
        other => serde_json::from_value(other).map_err(D::Error::custom),
    }
}

pub(super) fn render(error: &ServiceError) -> Reply {
    let mut document = Map::new();
    document.insert("message".to_owned(), Value::from(error.message.as_str()));
    document.extend(error.fields.clone());
    Reply {
        status: error.status,
        headers: error.headers.clone(),
        body: Value::Object(document).to_string().into_bytes(),
        wait: None,
    }
    .with_header("content-type", "application/json")
    .with_header("x-amzn-errortype", error.code.as_ref())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ROUTES: &[Route] = &[
        Route::new(
            "GET",
            "/v2/domains/{domain}/search/listings",
            "SearchListings",
        ),
        Route::new("GET", "/v2/domains/{domain}/search/{kind}", "Search"),
        Route::new("PUT", "/objects/{key+}", "PutObject"),
    ];

    #[track_caller]
    fn resolves(method: &str, path: &str, operation: Option<&str>) {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        assert_eq!(resolve(ROUTES, &method, path).as_deref(), operation);
    }

    #[test]
    fn a_request_finds_the_first_route_that_fits() {
        resolves(
            "GET",
            "/v2/domains/d1/search/listings",
            Some("SearchListings"),
        );
        resolves("GET", "/v2/domains/d1/search/assets", Some("Search"));
        resolves("GET", "/v2/domains/d1/search/assets/", Some("Search"));
        resolves("PUT", "/objects/a/b/c", Some("PutObject"));
        resolves("POST", "/v2/domains/d1/search/assets", None);
        resolves("GET", "/v2/domains/d1/search", None);
        resolves("GET", "/v2/domains//search/assets", None);
        resolves("GET", "/v2/domains/d1/search/assets/more", None);
    }

    #[test]
    fn labels_are_decoded() {
        let labels = ROUTES[1]
            .labels(&Method::GET, "/v2/domains/a%2Fb/search/x")
            .unwrap();
        assert_eq!(
            labels,
            [("domain", "a/b".to_owned()), ("kind", "x".to_owned())]
        );
    }
}
