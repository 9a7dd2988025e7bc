//! The table of requests that are wrong, each with the answer it must get.

use datamesh_tests::id_of;
use http::Method;
use serde_json::{Value, json};

/// A request, and what must be answered.
pub struct Wrong {
    pub method: Method,
    pub path: String,
    pub body: Value,
    pub status: u16,
    pub code: &'static str,
    pub fields: &'static [&'static str],
}

fn wrong(
    method: Method,
    path: impl Into<String>,
    body: Value,
    status: u16,
    code: &'static str,
    fields: &'static [&'static str],
) -> Wrong {
    Wrong {
        method,
        path: path.into(),
        body,
        status,
        code,
        fields,
    }
}

fn with(base: &Value, field: &str, value: Value) -> Value {
    let mut changed = base.clone();
    changed[field] = value;
    changed
}

fn without(base: &Value, field: &str) -> Value {
    let mut changed = base.clone();
    changed.as_object_mut().unwrap().remove(field);
    changed
}

/// Creations that are refused because of their fields.
pub fn wrong_creations(domain: &Value, project: &Value) -> Vec<Wrong> {
    const INVALID: &str = "INVALID_FIELDS";
    let new_domain = json!({"domainName": "sales", "ownerGroups": ["team"]});
    let new_project = json!({"domainId": domain["domainId"], "projectName": "another"});
    let new_asset = json!({
        "projectId": project["projectId"], "assetName": "a", "s3Location": "s3://files/a/",
        "glueTable": "d.t", "format": "csv",
    });
    let long = |count: usize| json!("x".repeat(count));
    let many: Vec<String> = (0..21).map(|n| format!("group-{n}")).collect();
    let table: Vec<(&str, Value, &'static [&'static str])> = vec![
        (
            "domains",
            with(&new_domain, "colour", json!("red")),
            &["colour"],
        ),
        (
            "domains",
            with(&new_domain, "domainName", json!(7)),
            &["domainName"],
        ),
        (
            "domains",
            with(&new_domain, "ownerGroups", json!("team")),
            &["ownerGroups"],
        ),
        (
            "domains",
            with(&new_domain, "ownerGroups", json!(["team", 1])),
            &["ownerGroups[1]"],
        ),
        (
            "domains",
            with(&new_domain, "wait", json!("yes")),
            &["wait"],
        ),
        (
            "domains",
            without(&new_domain, "domainName"),
            &["domainName"],
        ),
        (
            "domains",
            without(&new_domain, "ownerGroups"),
            &["ownerGroups"],
        ),
        ("domains", json!({}), &["domainName", "ownerGroups"]),
        ("domains", json!([]), &[""]),
        (
            "domains",
            with(&new_domain, "ownerGroups", json!([])),
            &["ownerGroups"],
        ),
        (
            "domains",
            with(&new_domain, "ownerGroups", json!(many)),
            &["ownerGroups"],
        ),
        (
            "domains",
            with(&new_domain, "ownerGroups", json!(["a", "a b"])),
            &["ownerGroups[1]"],
        ),
        (
            "domains",
            with(&new_domain, "domainName", long(64)),
            &["domainName"],
        ),
        (
            "domains",
            with(&new_domain, "domainName", json!("Sales")),
            &["domainName"],
        ),
        (
            "domains",
            with(&new_domain, "domainName", json!("sa\u{7}les")),
            &["domainName"],
        ),
        (
            "domains",
            with(&new_domain, "description", long(2_049)),
            &["description"],
        ),
        (
            "domains",
            with(&new_domain, "description", json!("a\u{0}b")),
            &["description"],
        ),
        (
            "domains",
            with(&new_domain, "awsAccountId", json!("12")),
            &["awsAccountId"],
        ),
        (
            "domains",
            with(&new_domain, "region", json!("the moon")),
            &["region"],
        ),
        (
            "domains",
            with(&new_domain, "requestId", long(129)),
            &["requestId"],
        ),
        (
            "domains",
            with(&new_domain, "requestId", json!("a b")),
            &["requestId"],
        ),
        (
            "projects",
            without(&new_project, "projectName"),
            &["projectName"],
        ),
        ("projects", without(&new_project, "domainId"), &["domainId"]),
        (
            "projects",
            with(&new_project, "projectName", long(65)),
            &["projectName"],
        ),
        (
            "projects",
            with(&new_project, "projectName", json!("a\nb")),
            &["projectName"],
        ),
        (
            "projects",
            with(&new_project, "projectName", json!("a/b")),
            &["projectName"],
        ),
        ("assets", without(&new_asset, "assetName"), &["assetName"]),
        ("assets", without(&new_asset, "glueTable"), &["glueTable"]),
        (
            "assets",
            with(&new_asset, "assetName", long(257)),
            &["assetName"],
        ),
        (
            "assets",
            with(&new_asset, "assetName", json!("a\u{1b}[31mb")),
            &["assetName"],
        ),
        (
            "assets",
            with(&new_asset, "s3Location", json!("https://files/a")),
            &["s3Location"],
        ),
        (
            "assets",
            with(&new_asset, "glueTable", json!("only-a-table")),
            &["glueTable"],
        ),
        (
            "assets",
            with(&new_asset, "format", json!("xls")),
            &["format"],
        ),
        (
            "assets",
            with(&new_asset, "metadata", json!({"a": 1})),
            &["metadata.a"],
        ),
    ];
    table
        .into_iter()
        .map(|(path, body, fields)| {
            wrong(
                Method::POST,
                format!("/api/v1/{path}"),
                body,
                400,
                INVALID,
                fields,
            )
        })
        .collect()
}

/// What is not there, not allowed here, or asked for in the wrong way.
pub fn wrong_uses(domain: &Value) -> Vec<Wrong> {
    const INVALID: &str = "INVALID_FIELDS";
    let domain_path = format!("/api/v1/domains/{}", id_of(domain, "domainId"));
    let nothing = || Value::Null;
    vec![
        wrong(
            Method::GET,
            "/api/v1/domains/dom-none",
            nothing(),
            404,
            "DOMAIN_NOT_FOUND",
            &[],
        ),
        wrong(
            Method::GET,
            "/api/v1/projects/proj-none",
            nothing(),
            404,
            "PROJECT_NOT_FOUND",
            &[],
        ),
        wrong(
            Method::GET,
            "/api/v1/assets/asset-none",
            nothing(),
            404,
            "ASSET_NOT_FOUND",
            &[],
        ),
        wrong(
            Method::PATCH,
            "/api/v1/projects/proj-none",
            json!({"description": "x"}),
            404,
            "PROJECT_NOT_FOUND",
            &[],
        ),
        wrong(
            Method::DELETE,
            "/api/v1/assets/asset-none",
            nothing(),
            404,
            "ASSET_NOT_FOUND",
            &[],
        ),
        wrong(
            Method::POST,
            "/api/v1/assets/asset-none:publish",
            json!({}),
            404,
            "ASSET_NOT_FOUND",
            &[],
        ),
        wrong(
            Method::GET,
            "/api/v1/nothing",
            nothing(),
            404,
            "NO_SUCH_PATH",
            &[],
        ),
        wrong(Method::GET, "/", nothing(), 404, "NO_SUCH_PATH", &[]),
        wrong(
            Method::GET,
            "/admin/v1/actors",
            nothing(),
            404,
            "NO_SUCH_PATH",
            &[],
        ),
        wrong(
            Method::PUT,
            domain_path.as_str(),
            json!({}),
            405,
            "METHOD_NOT_ALLOWED",
            &[],
        ),
        wrong(
            Method::DELETE,
            "/api/v1/domains",
            nothing(),
            405,
            "METHOD_NOT_ALLOWED",
            &[],
        ),
        wrong(
            Method::GET,
            "/api/v1/assets/asset-none:publish",
            nothing(),
            405,
            "METHOD_NOT_ALLOWED",
            &[],
        ),
        wrong(
            Method::GET,
            "/api/v1/domains?pageToken=nonsense",
            nothing(),
            400,
            INVALID,
            &["pageToken"],
        ),
        wrong(
            Method::GET,
            "/api/v1/domains?pageSize=ten",
            nothing(),
            400,
            INVALID,
            &["pageSize"],
        ),
        wrong(
            Method::GET,
            "/api/v1/domains?pageSize=-1",
            nothing(),
            400,
            INVALID,
            &["pageSize"],
        ),
        wrong(
            Method::GET,
            "/api/v1/domains?status=GONE",
            nothing(),
            400,
            INVALID,
            &["status"],
        ),
        wrong(
            Method::GET,
            "/api/v1/assets?publishStatus=7x",
            nothing(),
            400,
            INVALID,
            &["publishStatus"],
        ),
        wrong(
            Method::GET,
            "/api/v1/domains?colour=red",
            nothing(),
            400,
            INVALID,
            &["colour"],
        ),
        wrong(
            Method::PATCH,
            domain_path.as_str(),
            json!({"domainName": "other"}),
            400,
            INVALID,
            &["domainName"],
        ),
        wrong(
            Method::PATCH,
            domain_path.as_str(),
            json!({"domainId": "dom-other"}),
            400,
            INVALID,
            &["domainId"],
        ),
        wrong(
            Method::PATCH,
            domain_path.as_str(),
            json!({"description": "x", "updateMask": "colour"}),
            400,
            INVALID,
            &["updateMask"],
        ),
        wrong(
            Method::PATCH,
            domain_path.as_str(),
            json!({"description": "x".repeat(2_049)}),
            400,
            INVALID,
            &["description"],
        ),
    ]
}
