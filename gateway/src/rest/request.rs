//! An HTTP request as a gRPC message: path variables, query parameters, JSON body, and the headers that
//! stand for fields.

use http::header::{CONTENT_TYPE, IF_MATCH};
use http::{HeaderMap, StatusCode};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, Value};
use serde_json::Value as Json;

use super::percent::decode_query;
use super::problem::{FieldError, Problem};
use super::reader::{Reader, field_named, unknown_field};
use super::route::Route;

/// `Idempotency-Key` stands for `request_id` (AIP-155).
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Builds the request message.
///
/// # Errors
/// A 400 with all fields that are wrong, or a 415 for a body that is not JSON.
pub fn build(
    route: &Route,
    variables: Vec<(&str, Option<String>)>,
    query: Option<&str>,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<DynamicMessage, Box<Problem>> {
    let mut message = DynamicMessage::new(route.method.input());
    let mut reader = Reader::default();
    if route.body {
        if let Some(json) = parse_body(headers, body)? {
            reader.message("", &json, &mut message);
        }
    } else if !body.is_empty() {
        return Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "UNEXPECTED_BODY",
            "this request takes no body; its fields are query parameters",
        )
        .into());
    }
    read_query(route, query.unwrap_or_default(), &mut reader, &mut message);
    read_path(variables, &mut reader, &mut message);
    let errors = reader.into_errors();
    if !errors.is_empty() {
        return Err(Problem::invalid(errors).into());
    }
    read_headers(headers, &mut message)?;
    Ok(message)
}

/// The body as JSON; `None` if it is empty.
fn parse_body(headers: &HeaderMap, body: &[u8]) -> Result<Option<Json>, Box<Problem>> {
    if body.is_empty() {
        return Ok(None);
    }
    let content_type = headers.get(CONTENT_TYPE).and_then(|v| v.to_str().ok());
    if !content_type.is_some_and(is_json) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_CONTENT_TYPE",
            match content_type {
                Some(found) => format!("send application/json, not {found}"),
                None => "send the header Content-Type: application/json".to_owned(),
            },
        )
        .into());
    }
    serde_json::from_slice(body).map(Some).map_err(|error| {
        let detail = format!("the body is not JSON: {error}");
        let mut problem = Problem::new(StatusCode::BAD_REQUEST, "MALFORMED_JSON", detail);
        problem.errors = vec![FieldError::new("", error.to_string())];
        problem.into()
    })
}

/// `application/json` and what is built on it (`application/merge-patch+json`), in UTF-8.
fn is_json(content_type: &str) -> bool {
    let mut parts = content_type.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json = media_type == "application/json"
        || (media_type.starts_with("application/") && media_type.ends_with("+json"));
    let utf8 = parts.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.eq_ignore_ascii_case("charset") => {
            value.trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    });
    json && utf8
}

fn read_query(route: &Route, query: &str, reader: &mut Reader, message: &mut DynamicMessage) {
    let descriptor = route.method.input();
    let mut seen: Vec<u32> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (Some(name), Some(value)) = (decode_query(name), decode_query(value)) else {
            reader.error(name, "has broken percent encoding");
            continue;
        };
        let Some(field) = field_named(&descriptor, &name) else {
            reader.error(name, unknown_field(&descriptor));
            continue;
        };
        if route.template.variables().any(|v| v == field.name()) {
            reader.error(name, "is part of the path");
            continue;
        }
        let repeated = field.is_list();
        let first = !seen.contains(&field.number());
        if (first && message.has_field(&field)) || (!first && !repeated) {
            reader.error(name, "is given twice");
            continue;
        }
        seen.push(field.number());
        let Some(json) = query_json(&field, value) else {
            reader.error(name, "cannot be given in the query");
            continue;
        };
        let json = if repeated {
            Json::Array(vec![json])
        } else {
            json
        };
        match reader.field(&name, &field, &json) {
            Some(Value::List(items)) => {
                if let Value::List(list) = message.get_field_mut(&field) {
                    list.extend(items);
                }
            }
            Some(value) => message.set_field(&field, value),
            None => {}
        }
    }
}

/// The text of a query parameter as the JSON that the field's type reads.
fn query_json(field: &FieldDescriptor, text: String) -> Option<Json> {
    match field.kind() {
        _ if field.is_map() => None,
        Kind::Bool => Some(match text.as_str() {
            "true" => Json::Bool(true),
            "false" => Json::Bool(false),
            _ => Json::String(text),
        }),
        Kind::Message(descriptor) => matches!(
            descriptor.full_name(),
            "google.protobuf.FieldMask" | "google.protobuf.Timestamp" | "google.protobuf.Duration"
        )
        .then_some(Json::String(text)),
        _ => Some(Json::String(text)),
    }
}

/// What the path says holds; a body may only repeat it.
fn read_path(
    variables: Vec<(&str, Option<String>)>,
    reader: &mut Reader,
    message: &mut DynamicMessage,
) {
    for (name, value) in variables {
        let Some(field) = field_named(&prost_reflect::ReflectMessage::descriptor(message), name)
        else {
            continue;
        };
        let json_name = field.json_name().to_owned();
        let Some(text) = value else {
            reader.error(json_name, "has broken percent encoding in the path");
            continue;
        };
        let Some(value) = reader.field(&json_name, &field, &Json::String(text)) else {
            continue;
        };
        if message.has_field(&field) && *message.get_field(&field) != value {
            reader.error(json_name, "is not what the path says; leave it out");
            continue;
        }
        message.set_field(&field, value);
    }
}

fn read_headers(headers: &HeaderMap, message: &mut DynamicMessage) -> Result<(), Box<Problem>> {
    let header = |name: &str| -> Result<Option<String>, Box<Problem>> {
        let Some(value) = headers.get(name) else {
            return Ok(None);
        };
        match value.to_str() {
            Ok(text) => Ok(Some(text.trim().to_owned())),
            Err(_) => {
                Err(Problem::invalid(vec![FieldError::new(name, "must be visible ASCII")]).into())
            }
        }
    };
    if let Some(key) = header(IDEMPOTENCY_KEY)? {
        set_if_absent(message, "request_id", unquote(&key));
    }
    if let Some(etag) = header(IF_MATCH.as_str())? {
        if etag.contains(',') {
            return Err(
                Problem::invalid(vec![FieldError::new("If-Match", "must be one etag")]).into(),
            );
        }
        if etag != "*" {
            let etag = etag.strip_prefix("W/").unwrap_or(&etag);
            set_if_absent(message, "etag", unquote(etag));
        }
    }
    Ok(())
}

fn unquote(text: &str) -> &str {
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text)
}

fn set_if_absent(message: &mut DynamicMessage, field: &str, value: &str) {
    if !message.has_field_by_name(field) {
        // A message without the field has no use for the header.
        let _ = message.try_set_field_by_name(field, Value::String(value.to_owned()));
    }
}
