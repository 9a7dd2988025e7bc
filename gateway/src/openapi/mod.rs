//! The OpenAPI 3.1 description of REST, from the same descriptors as REST itself: every route, with the
//! comments of the protos.

mod comments;
mod operation;
mod schema;

use serde_json::{Map, Value, json};

use crate::rest::route::RouteTable;
use schema::Schemas;

const DESCRIPTION: &str = "\
The control plane of a data mesh. Every operation is also an rpc of the same name over gRPC on the same \
port.\n\n\
- `/api/…` without `v1` is the same as `/api/v1/…`.\n\
- Names of fields may be written as here or as in the protos (`domainId`, `domain_id`).\n\
- Fields of a request body that hold one value may be given in the query instead (`?wait=true`).\n\
- Every error is an `application/problem+json`.";

/// Describes the routes of a table.
pub fn document(table: &RouteTable, title: &str, version: &str) -> Value {
    let mut schemas = Schemas::default();
    let mut paths: Map<String, Value> = Map::new();
    let mut tags: Vec<Value> = Vec::new();
    let mut last_tag = String::new();
    for route in table.routes() {
        let service = route.method.parent_service();
        if last_tag != service.name() {
            service.name().clone_into(&mut last_tag);
            let comment = schemas.comments.get(&service.parent_file(), service.path());
            tags.push(json!({
                "name": service.name().trim_end_matches("Service"),
                "description": comment,
            }));
        }
        let operation = operation::operation(route, &mut schemas);
        let verb = route.verb.as_str().to_ascii_lowercase();
        let item = paths
            .entry(operation::path(route))
            .or_insert_with(|| json!({}));
        item[verb] = operation;
    }
    schemas
        .found
        .insert("Problem".to_owned(), operation::problem_schema());
    let mut components = operation::shared_components();
    components["schemas"] = json!(schemas.found);
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": title,
            "version": version,
            "description": DESCRIPTION,
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "security": [{ "bearer": [] }],
        "tags": tags,
        "paths": paths,
        "components": components,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::collections::BTreeSet;

    use super::*;

    const SERVICES: [&str; 13] = [
        "datamesh.v1.DomainService",
        "datamesh.v1.ProjectService",
        "datamesh.v1.AssetService",
        "datamesh.v1.ApprovalService",
        "datamesh.v1.DeploymentService",
        "datamesh.v1.EventService",
        "datamesh.v1.LakeFormationService",
        "datamesh.v1.PermissionService",
        "datamesh.v1.PromotionService",
        "datamesh.v1.ShareService",
        "datamesh.v1.SubscriptionService",
        "datamesh.v1.WorkflowService",
        "datamesh.v1.AdminService",
    ];

    fn described() -> Value {
        let pool = datamesh_proto::descriptors().unwrap();
        let table = RouteTable::new(&pool, &SERVICES).unwrap();
        let text = document(&table, "datamesh", "1").to_string();
        serde_json::from_str(&text).unwrap()
    }

    fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
        let paths = document["paths"].as_object().unwrap();
        paths
            .iter()
            .flat_map(|(path, item)| {
                let item = item.as_object().unwrap();
                item.iter()
                    .map(move |(verb, op)| (path.as_str(), verb.as_str(), op))
            })
            .collect()
    }

    #[test]
    fn every_rpc_is_there_with_an_id_of_its_own() {
        let pool = datamesh_proto::descriptors().unwrap();
        let document = described();
        let operations = operations(&document);
        let ids: BTreeSet<&str> = operations
            .iter()
            .map(|(_, _, op)| op["operationId"].as_str().unwrap())
            .collect();
        assert_eq!(ids.len(), operations.len(), "ids are unique");
        for name in SERVICES {
            for method in pool.get_service_by_name(name).unwrap().methods() {
                assert!(ids.contains(method.name()), "{}", method.full_name());
            }
        }
    }

    #[test]
    fn every_reference_resolves() {
        fn check(value: &Value, document: &Value, count: &mut usize) {
            match value {
                Value::Object(object) => {
                    if let Some(Value::String(reference)) = object.get("$ref") {
                        let pointer = reference.strip_prefix('#').unwrap();
                        assert!(document.pointer(pointer).is_some(), "{reference}");
                        *count += 1;
                    }
                    object.values().for_each(|v| check(v, document, count));
                }
                Value::Array(items) => items.iter().for_each(|v| check(v, document, count)),
                _ => {}
            }
        }
        let document = described();
        let mut count = 0;
        check(&document, &document, &mut count);
        assert!(count > 100, "only {count} references");
    }

    #[test]
    fn every_variable_of_a_path_is_a_parameter() {
        let document = described();
        for (path, verb, operation) in operations(&document) {
            let variables: BTreeSet<&str> = path
                .split('{')
                .skip(1)
                .map(|part| part.split('}').next().unwrap())
                .collect();
            let parameters: BTreeSet<&str> = operation["parameters"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|p| p["in"] == "path")
                .map(|p| p["name"].as_str().unwrap())
                .collect();
            assert_eq!(variables, parameters, "{verb} {path}");
        }
    }

    #[test]
    fn an_update_is_described_in_full() {
        let document = described();
        let update = &document["paths"]["/api/v1/projects/{projectId}"]["patch"];
        assert_eq!(update["operationId"], "UpdateProjectByPatch");
        assert_eq!(update["tags"], json!(["Project"]));
        assert!(update["responses"]["412"].is_object());
        let body = &document["components"]["schemas"]["UpdateProjectRequest"];
        assert!(
            body["properties"]["projectId"].is_null(),
            "it is in the path"
        );
        assert_eq!(body["properties"]["projectName"]["type"], "string");
        assert_eq!(
            body["properties"]["projectName"]["description"],
            "The new name."
        );
        assert_eq!(body["additionalProperties"], false);
    }

    #[test]
    fn lists_take_their_filters_in_the_query() {
        let document = described();
        let list = &document["paths"]["/api/v1/domains"]["get"];
        let names: Vec<&str> = list["parameters"]
            .as_array()
            .unwrap()
            .iter()
            .map(|p| p["name"].as_str().unwrap())
            .collect();
        assert_eq!(names, ["pageSize", "pageToken", "status", "domainName"]);
        assert_eq!(
            list["parameters"][2]["schema"],
            json!({ "$ref": "#/components/schemas/DomainStatus" })
        );
    }
}
