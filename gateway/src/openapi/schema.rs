use std::collections::BTreeMap;

use prost_reflect::{EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Value, json};

use super::comments::Comments;

/// The schemas of messages and enums, as JSON Schema 2020-12, which OpenAPI 3.1 uses.
#[derive(Default)]
pub struct Schemas {
    /// What was found so far, by name.
    pub found: BTreeMap<String, Value>,
    /// The comments of the protos.
    pub comments: Comments,
}

/// Whether a message comes from the client or goes to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client: every field may be left out.
    Input,
    /// To the client: fields without presence are always there.
    Output,
}

impl Schemas {
    /// Adds a message, without the fields in `except`, and what it is made of. Returns a reference.
    pub fn message(
        &mut self,
        message: &MessageDescriptor,
        direction: Direction,
        except: &[&str],
    ) -> Value {
        let name = schema_name(message.full_name());
        let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
        if self.found.contains_key(&name) {
            return reference;
        }
        self.found.insert(name.clone(), Value::Null);
        let mut properties = serde_json::Map::new();
        let mut required = Vec::new();
        for field in message.fields().filter(|f| !except.contains(&f.name())) {
            if direction == Direction::Output && !field.supports_presence() {
                required.push(field.json_name().to_owned());
            }
            properties.insert(field.json_name().to_owned(), self.field(&field, direction));
        }
        let mut schema = json!({
            "type": "object",
            "description": self.comments.get(&message.parent_file(), message.path()),
            "properties": properties,
        });
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        if direction == Direction::Input {
            schema["additionalProperties"] = json!(false);
        }
        self.found.insert(name, schema);
        reference
    }

    /// The schema of a field, with its comment.
    pub fn field(&mut self, field: &FieldDescriptor, direction: Direction) -> Value {
        let mut schema = match field.kind() {
            Kind::Message(entry) if field.is_map() => {
                let values = self.kind(&entry.map_entry_value_field().kind(), direction);
                json!({ "type": "object", "additionalProperties": values })
            }
            kind if field.is_list() => {
                json!({ "type": "array", "items": self.kind(&kind, direction) })
            }
            kind => self.kind(&kind, direction),
        };
        let comment = self
            .comments
            .get(&field.parent_message().parent_file(), field.path());
        if !comment.is_empty() {
            schema["description"] = json!(comment);
        }
        schema
    }

    fn kind(&mut self, kind: &Kind, direction: Direction) -> Value {
        match kind {
            Kind::Bool => json!({ "type": "boolean" }),
            Kind::String => json!({ "type": "string" }),
            Kind::Bytes => json!({ "type": "string", "contentEncoding": "base64" }),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
                json!({ "type": "integer", "format": "int32" })
            }
            Kind::Uint32 | Kind::Fixed32 => {
                json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX })
            }
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
                json!({ "type": "string", "format": "int64" })
            }
            Kind::Uint64 | Kind::Fixed64 => json!({ "type": "string", "format": "uint64" }),
            Kind::Float => json!({ "type": "number", "format": "float" }),
            Kind::Double => json!({ "type": "number", "format": "double" }),
            Kind::Enum(descriptor) => self.enumeration(descriptor),
            Kind::Message(descriptor) => match descriptor.full_name() {
                "google.protobuf.Timestamp" => json!({ "type": "string", "format": "date-time" }),
                "google.protobuf.Duration" => json!({ "type": "string" }),
                "google.protobuf.FieldMask" => json!({ "type": "string" }),
                "google.protobuf.Struct" => json!({ "type": "object" }),
                "google.protobuf.Value" => json!({}),
                _ => self.message(descriptor, direction, &[]),
            },
        }
    }

    /// Adds an enum. Its zero, which is never sent, is left out.
    fn enumeration(&mut self, descriptor: &EnumDescriptor) -> Value {
        let name = schema_name(descriptor.full_name());
        let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
        if self.found.contains_key(&name) {
            return reference;
        }
        let file = descriptor.parent_file();
        let mut lines = vec![self.comments.get(&file, descriptor.path())];
        let mut names = Vec::new();
        for value in descriptor.values().filter(|v| v.number() != 0) {
            let comment = self.comments.get(&file, value.path());
            lines.push(format!("- `{}`: {comment}", value.name()));
            names.push(value.name().to_owned());
        }
        let schema = json!({ "type": "string", "enum": names, "description": lines.join("\n") });
        self.found.insert(name, schema);
        reference
    }
}

/// `datamesh.v1.Domain.Status` is `DomainStatus`.
fn schema_name(full_name: &str) -> String {
    full_name
        .split('.')
        .filter(|part| part.starts_with(|c: char| c.is_ascii_uppercase()))
        .collect()
}
