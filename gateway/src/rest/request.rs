//! An HTTP request as a gRPC message: path variables, query parameters, JSON body, and the headers that
//! stand for fields.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, Value};
use serde_json::Value as Json;

use super::json;
use super::percent::decode_query;
use super::problem::{FieldError, Problem};
use super::reader::{Reader, field_named, unknown_field};
use super::route::Route;

/// Stands for `request_id` (AIP-155).
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// Stands for `etag` (RFC 9110, 13.1.1).
const IF_MATCH: &str = "If-Match";

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
        if let Some(json) = parse_body(headers, body, &mut reader)? {
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
    read_headers(headers, &mut reader, &mut message);
    let errors = reader.into_errors();
    match errors.is_empty() {
        true => Ok(message),
        false => Err(Problem::invalid(errors).into()),
    }
}

/// The body as JSON; `None` if it is empty.
fn parse_body(
    headers: &HeaderMap,
    body: &[u8],
    reader: &mut Reader,
) -> Result<Option<Json>, Box<Problem>> {
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
    match json::parse(body) {
        Ok(parsed) => {
            for name in parsed.twice {
                reader.error(name, "is given twice");
            }
            Ok(Some(parsed.value))
        }
        Err(error) => {
            let detail = format!("the body is not JSON: {error}");
            let mut problem = Problem::new(StatusCode::BAD_REQUEST, "MALFORMED_JSON", detail);
            problem.errors = vec![FieldError::new("", error.to_string())];
            Err(problem.into())
        }
    }
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

/// The headers that stand for fields. A message without the field has no use for the header.
fn read_headers(headers: &HeaderMap, reader: &mut Reader, message: &mut DynamicMessage) {
    if has_field(message, "request_id")
        && let Some(key) = header(headers, IDEMPOTENCY_KEY, reader)
    {
        match unquote(key) {
            "" => reader.error(IDEMPOTENCY_KEY, "is empty; leave it out"),
            key => set_or_agree(message, reader, IDEMPOTENCY_KEY, "request_id", key),
        }
    }
    if has_field(message, "etag")
        && let Some(etag) = header(headers, IF_MATCH, reader)
        && etag != "*"
    {
        match unquote(etag.strip_prefix("W/").unwrap_or(etag)) {
            etag if etag.is_empty() || etag.contains([',', '"']) => {
                reader.error(
                    IF_MATCH,
                    "must be one etag, as the ETag header says it, or *",
                );
            }
            etag => set_or_agree(message, reader, IF_MATCH, "etag", etag),
        }
    }
}

/// The text of a header that may be there once.
fn header<'a>(headers: &'a HeaderMap, name: &str, reader: &mut Reader) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    if values.next().is_some() {
        reader.error(name, "is given twice");
        return None;
    }
    let text = value.to_str().ok();
    if text.is_none() {
        reader.error(name, "must be visible ASCII");
    }
    text.map(str::trim)
}

fn unquote(text: &str) -> &str {
    text.strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
        .unwrap_or(text)
}

fn has_field(message: &DynamicMessage, field: &str) -> bool {
    let descriptor = prost_reflect::ReflectMessage::descriptor(message);
    descriptor.get_field_by_name(field).is_some()
}

/// What a header and a field both say must be the same.
fn set_or_agree(
    message: &mut DynamicMessage,
    reader: &mut Reader,
    header: &str,
    field: &str,
    value: &str,
) {
    let value = Value::String(value.to_owned());
    if !message.has_field_by_name(field) {
        // The field is there and is text: nothing can be wrong.
        let _ = message.try_set_field_by_name(field, value);
    } else if message.get_field_by_name(field).as_deref() != Some(&value) {
        reader.error(
            header,
            format!("is not what the field {field} says; give one"),
        );
    }
}
