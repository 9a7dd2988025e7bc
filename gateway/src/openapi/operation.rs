use serde_json::{Map, Value, json};

use super::comments::summary;
use super::schema::{Direction, Schemas};
use crate::rest::problem::PROBLEM_JSON;
use crate::rest::route::Route;

/// The path of a route as OpenAPI writes it, with the variables named as in JSON.
pub fn path(route: &Route) -> String {
    route.template.render(|name| json_name(route, name))
}

fn json_name(route: &Route, field: &str) -> String {
    let field = route.method.input().get_field_by_name(field);
    field.map_or_else(String::new, |field| field.json_name().to_owned())
}

/// One operation.
pub fn operation(route: &Route, schemas: &mut Schemas) -> Value {
    let method = &route.method;
    let comment = schemas.comments.get(&method.parent_file(), method.path());
    let id = if route.primary {
        method.name().to_owned()
    } else {
        format!("{}By{}", method.name(), capitalized(route.verb.as_str()))
    };
    let tag = method
        .parent_service()
        .name()
        .trim_end_matches("Service")
        .to_owned();
    let mut operation = json!({
        "operationId": id,
        "tags": [tag],
        "summary": summary(&comment),
        "description": comment,
        "parameters": parameters(route, schemas),
        "responses": responses(route, schemas),
    });
    if route.body {
        let variables: Vec<&str> = route.template.variables().collect();
        let schema = schemas.message(&method.input(), Direction::Input, &variables);
        operation["requestBody"] =
            json!({ "content": { "application/json": { "schema": schema } } });
    }
    operation
}

fn parameters(route: &Route, schemas: &mut Schemas) -> Vec<Value> {
    let input = route.method.input();
    let variables: Vec<&str> = route.template.variables().collect();
    let mut parameters = Vec::new();
    for field in input.fields() {
        let is_variable = variables.contains(&field.name());
        if !is_variable && route.body {
            continue;
        }
        let mut schema = schemas.field(&field, Direction::Input);
        let description = schema
            .as_object_mut()
            .and_then(|schema| schema.remove("description"));
        let mut parameter = json!({
            "name": field.json_name(),
            "in": if is_variable { "path" } else { "query" },
            "schema": schema,
        });
        if is_variable {
            parameter["required"] = json!(true);
        }
        if let Some(description) = description {
            parameter["description"] = description;
        }
        parameters.push(parameter);
    }
    for (field, name) in [("request_id", "IdempotencyKey"), ("etag", "IfMatch")] {
        if input.get_field_by_name(field).is_some() {
            parameters.push(json!({ "$ref": format!("#/components/parameters/{name}") }));
        }
    }
    parameters
}

fn responses(route: &Route, schemas: &mut Schemas) -> Value {
    let output = route.method.output();
    let schema = schemas.message(&output, Direction::Output, &[]);
    let streams = route.method.is_server_streaming();
    let content_type = if streams {
        "text/event-stream"
    } else {
        "application/json"
    };
    let mut ok = json!({
        "description": if streams {
            "Events, each with one of these as its data. If the stream fails, the last event is `error` and its data a problem document."
        } else {
            "Done, or under way."
        },
        "content": { content_type: { "schema": schema } },
    });
    if !streams && output.get_field_by_name("etag").is_some() {
        ok["headers"] = json!({
            "ETag": { "description": "The version of the record.", "schema": { "type": "string" } }
        });
    }
    let mut responses = Map::from_iter([("200".to_owned(), ok)]);
    let changes = route.verb != http::Method::GET;
    let has_etag = route.method.input().get_field_by_name("etag").is_some();
    for (status, applies) in [
        ("400", true),
        ("401", true),
        ("403", true),
        (
            "404",
            route.template.variables().next().is_some() || changes,
        ),
        ("409", changes),
        ("412", has_etag),
        ("413", route.body),
        ("415", route.body),
        ("429", true),
        ("503", true),
        ("default", true),
    ] {
        if applies {
            let problem = json!({ "$ref": "#/components/responses/Problem" });
            responses.insert(status.to_owned(), problem);
        }
    }
    Value::Object(responses)
}

/// What operations refer to beside the messages.
pub fn shared_components() -> Value {
    json!({
        "securitySchemes": {
            "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" }
        },
        "parameters": {
            "IdempotencyKey": {
                "name": "Idempotency-Key", "in": "header",
                "description": "Makes the call safe to repeat; the same as `requestId`.",
                "schema": { "type": "string", "minLength": 1, "maxLength": 128 }
            },
            "IfMatch": {
                "name": "If-Match", "in": "header",
                "description": "The `ETag` that the change is meant for; the same as `etag`.",
                "schema": { "type": "string" }
            }
        },
        "responses": {
            "Problem": {
                "description": "What went wrong (RFC 9457).",
                "headers": {
                    "Retry-After": {
                        "description": "With 429 and 503: try again after so many seconds.",
                        "schema": { "type": "integer" }
                    }
                },
                "content": {
                    PROBLEM_JSON: { "schema": { "$ref": "#/components/schemas/Problem" } }
                }
            }
        }
    })
}

/// The schema of problem documents.
pub fn problem_schema() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong (RFC 9457).",
        "required": ["type", "title", "status", "detail", "instance", "code"],
        "properties": {
            "type": { "type": "string", "format": "uri", "description": "Names the kind of problem." },
            "title": { "type": "string", "description": "What the status means." },
            "status": { "type": "integer", "description": "The HTTP status." },
            "detail": { "type": "string", "description": "What went wrong this time and what to do." },
            "instance": { "type": "string", "description": "The path of the request." },
            "code": { "type": "string", "description": "A stable upper-case reason." },
            "errors": {
                "type": "array",
                "description": "The fields that were wrong.",
                "items": {
                    "type": "object",
                    "required": ["field", "description"],
                    "properties": {
                        "field": { "type": "string", "description": "Its JSON path." },
                        "description": { "type": "string", "description": "What is wrong with it." }
                    }
                }
            }
        }
    })
}

fn capitalized(verb: &str) -> String {
    let mut out = verb.to_ascii_lowercase();
    if let Some(first) = out.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    out
}
