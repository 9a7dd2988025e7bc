//! JSON to messages, by the proto3 JSON mapping, strictly: every unknown field, wrong type and unknown
//! enum value is reported with its JSON path, all of them at once.

use prost_reflect::{
    Cardinality, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, ReflectMessage,
    Value,
};
use serde_json::Value as Json;

use super::problem::FieldError;
use super::scalar::{self, wanted};

/// More than this many errors help nobody.
const MAX_ERRORS: usize = 50;

/// Reads JSON into messages and gathers what is wrong.
#[derive(Debug, Default)]
pub struct Reader {
    errors: Vec<FieldError>,
}

impl Reader {
    /// What was wrong so far.
    pub fn into_errors(self) -> Vec<FieldError> {
        self.errors
    }

    /// Says that a field is wrong.
    pub fn error(&mut self, field: impl Into<String>, description: impl Into<String>) {
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(FieldError::new(field, description));
        }
    }

    /// Reads a JSON object into a message.
    pub fn message(&mut self, path: &str, json: &Json, into: &mut DynamicMessage) {
        let Json::Object(object) = json else {
            return self.error(path, wanted("an object", json));
        };
        let descriptor = into.descriptor();
        let mut seen = Vec::new();
        for (name, value) in object {
            let at = join(path, name);
            let Some(field) = field_named(&descriptor, name) else {
                self.error(at, unknown_field(&descriptor));
                continue;
            };
            if seen.contains(&field.number()) {
                self.error(at, format!("is given twice, also as {}", field.json_name()));
                continue;
            }
            seen.push(field.number());
            if value.is_null() && !is_json_value(&field) {
                continue;
            }
            if let Some(value) = self.field(&at, &field, value) {
                into.set_field(&field, value);
            }
        }
    }

    /// Reads the value of a field; `None` if it is wrong.
    pub fn field(&mut self, path: &str, field: &FieldDescriptor, json: &Json) -> Option<Value> {
        if field.is_map() {
            return self.map(path, field, json);
        }
        if field.cardinality() != Cardinality::Repeated {
            return self.single(path, &field.kind(), json);
        }
        let Json::Array(items) = json else {
            self.error(path, wanted("an array", json));
            return None;
        };
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            list.push(self.single(&format!("{path}[{index}]"), &field.kind(), item)?);
        }
        Some(Value::List(list))
    }

    fn map(&mut self, path: &str, field: &FieldDescriptor, json: &Json) -> Option<Value> {
        let Json::Object(object) = json else {
            self.error(path, wanted("an object", json));
            return None;
        };
        let Kind::Message(entry) = field.kind() else {
            return None;
        };
        let (key_kind, value_kind) = (
            entry.map_entry_key_field().kind(),
            entry.map_entry_value_field().kind(),
        );
        let mut map = std::collections::HashMap::with_capacity(object.len());
        for (name, value) in object {
            let at = join(path, name);
            let key = match key_kind {
                Kind::String => MapKey::String(name.clone()),
                Kind::Bool => MapKey::Bool(name.parse().ok()?),
                _ => self
                    .single(&at, &key_kind, &Json::String(name.clone()))?
                    .into_map_key()?,
            };
            map.insert(key, self.single(&at, &value_kind, value)?);
        }
        Some(Value::Map(map))
    }

    fn single(&mut self, path: &str, kind: &Kind, json: &Json) -> Option<Value> {
        if let Kind::Message(descriptor) = kind {
            return self.nested(path, descriptor, json);
        }
        match scalar::read(kind, json) {
            Ok(value) => Some(value),
            Err(description) => {
                self.error(path, description);
                None
            }
        }
    }

    fn nested(&mut self, path: &str, descriptor: &MessageDescriptor, json: &Json) -> Option<Value> {
        let name = descriptor.full_name();
        if name == "google.protobuf.FieldMask" {
            return self.field_mask(path, descriptor, json);
        }
        if name.starts_with("google.protobuf.") {
            return match DynamicMessage::deserialize(descriptor.clone(), json) {
                Ok(message) => Some(Value::Message(message)),
                Err(error) => {
                    self.error(path, error.to_string());
                    None
                }
            };
        }
        let before = self.errors.len();
        let mut message = DynamicMessage::new(descriptor.clone());
        self.message(path, json, &mut message);
        (self.errors.len() == before).then_some(Value::Message(message))
    }

    /// A mask is one string, `"projectName,description"`; names are taken as JSON or as proto names.
    fn field_mask(
        &mut self,
        path: &str,
        descriptor: &MessageDescriptor,
        json: &Json,
    ) -> Option<Value> {
        let Json::String(text) = json else {
            self.error(
                path,
                wanted("a string of field names, separated by commas", json),
            );
            return None;
        };
        let mut paths = Vec::new();
        for name in text.split(',').map(str::trim).filter(|n| !n.is_empty()) {
            let valid = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '*');
            if !name.chars().all(valid) {
                self.error(path, format!("{name:?} is not a field name"));
                return None;
            }
            paths.push(Value::String(snake_case(name)));
        }
        let mut mask = DynamicMessage::new(descriptor.clone());
        mask.set_field_by_name("paths", Value::List(paths));
        Some(Value::Message(mask))
    }
}

/// The field that JSON calls `name`; the proto name is taken too.
pub fn field_named(descriptor: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    descriptor
        .get_field_by_json_name(name)
        .or_else(|| descriptor.get_field_by_name(name))
}

/// Says that there is no such field, and which there are.
pub fn unknown_field(descriptor: &MessageDescriptor) -> String {
    let mut names: Vec<String> = descriptor
        .fields()
        .map(|field| field.json_name().to_owned())
        .collect();
    names.sort_unstable();
    if names.is_empty() {
        "unknown field; there are none here".to_owned()
    } else {
        format!("unknown field; there are: {}", names.join(", "))
    }
}

fn is_json_value(field: &FieldDescriptor) -> bool {
    field
        .kind()
        .as_message()
        .is_some_and(|m| m.full_name() == "google.protobuf.Value")
}

fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() {
        name.to_owned()
    } else {
        format!("{path}.{name}")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use datamesh_proto::v1;
    use prost::Message;
    use serde_json::json;

    use super::*;

    fn read(message: &str, json: &Json) -> Result<DynamicMessage, Vec<(String, String)>> {
        let pool = datamesh_proto::descriptors().unwrap();
        let descriptor = pool
            .get_message_by_name(&format!("datamesh.v1.{message}"))
            .unwrap();
        let mut into = DynamicMessage::new(descriptor);
        let mut reader = Reader::default();
        reader.message("", json, &mut into);
        let errors = reader.into_errors();
        if errors.is_empty() {
            Ok(into)
        } else {
            Err(errors
                .into_iter()
                .map(|e| (e.field, e.description))
                .collect())
        }
    }

    #[track_caller]
    fn refused(message: &str, json: Json, field: &str, description: &str) {
        let errors = read(message, &json).expect_err("should be refused");
        assert_eq!(errors, [(field.to_owned(), description.to_owned())]);
    }

    #[test]
    fn json_names_and_proto_names_are_read() {
        let json = json!({"domainName": "sales", "owner_groups": ["a", "b"], "wait": true, "region": null});
        let message = read("CreateDomainRequest", &json).unwrap();
        let request = v1::CreateDomainRequest::decode(&*message.encode_to_vec()).unwrap();
        assert_eq!(request.domain_name, "sales");
        assert_eq!(request.owner_groups, ["a", "b"]);
        assert!(request.wait);
        assert_eq!(request.region, "");
    }

    #[test]
    fn maps_and_masks_are_read() {
        let json = json!({"metadata": {"owner": "me"}, "updateMask": "assetName, metadata"});
        let message = read("UpdateAssetRequest", &json).unwrap();
        let request = v1::UpdateAssetRequest::decode(&*message.encode_to_vec()).unwrap();
        assert_eq!(request.metadata["owner"], "me");
        assert_eq!(
            request.update_mask.unwrap().paths,
            ["asset_name", "metadata"]
        );
        assert_eq!(request.asset_name, None);
    }

    #[test]
    fn numbers_are_read_from_strings_too() {
        for json in [json!(7), json!("7"), json!(7.0), json!("7.0e0")] {
            let message = read("ListDomainsRequest", &json!({"pageSize": json})).unwrap();
            let request = v1::ListDomainsRequest::decode(&*message.encode_to_vec()).unwrap();
            assert_eq!(request.page_size, 7, "{json}");
        }
    }

    #[test]
    fn all_errors_are_reported_at_once_each_with_its_path() {
        let json = json!({"domainName": 7, "ownerGroups": ["a", {}], "nmae": "x"});
        let errors = read("CreateDomainRequest", &json).unwrap_err();
        let fields: Vec<&str> = errors.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["domainName", "ownerGroups[1]", "nmae"]);
        assert_eq!(errors[0].1, "must be a string, not a number");
    }

    #[test]
    fn what_is_wrong_is_refused() {
        let list = "ListDomainsRequest";
        refused(list, json!([]), "", "must be an object, not an array");
        refused(
            list,
            json!({"status": "ACTIV"}),
            "status",
            "must be one of CREATING, ACTIVE, UPDATING, DELETING, DELETED, FAILED",
        );
        refused(
            list,
            json!({"pageSize": 3_000_000_000_u64}),
            "pageSize",
            "must be a whole number from -2147483648 to 2147483647",
        );
        refused(
            list,
            json!({"pageSize": 1.5}),
            "pageSize",
            "must be a whole number from -2147483648 to 2147483647",
        );
        refused(
            "CreateDomainRequest",
            json!({"wait": "yes"}),
            "wait",
            "must be true or false, not a string",
        );
        refused(
            "CreateAssetRequest",
            json!({"metadata": {"a": 1}}),
            "metadata.a",
            "must be a string, not a number",
        );
        refused(
            "GetDomainRequest",
            json!({"id": "x"}),
            "id",
            "unknown field; there are: domainId",
        );
        refused(
            "UpdateAssetRequest",
            json!({"updateMask": ["assetName"]}),
            "updateMask",
            "must be a string of field names, separated by commas, not an array",
        );
        refused(
            "CreateDomainRequest",
            json!({"domainName": "a", "domain_name": "b"}),
            "domain_name",
            "is given twice, also as domainName",
        );
    }
}
