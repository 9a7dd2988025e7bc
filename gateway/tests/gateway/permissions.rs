//! Permissions and what they stand on, over REST and real ledgers.

use serde_json::{Value, json};

use super::canned::Answer;
use super::mesh::Mesh;

const ADMIN: &[&str] = &["admins"];
const OWNER: &[&str] = &["sales"];
const STRANGER: &[&str] = &["marketing"];
const ANN: &str = "arn:aws:iam::111122223333:role/Ann";
const GRANT: &str = "/api/v1/permissions/grant";
const REVOKE: &str = "/api/v1/permissions/revoke";
const LAKE: &str = "/api/v1/lakeformation/resources";

fn on_orders(more: Value) -> Value {
    let mut body = json!({
        "principal": ANN,
        "target": {"database": "sales", "table": "orders"},
        "permissions": ["SELECT"],
        "reason": "a report",
        "wait": true,
    });
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.json()["code"], code, "{}", answer.text);
}

fn is_empty(list: &Value) -> bool {
    list.as_array().is_none_or(Vec::is_empty)
}

async fn explained(mesh: &Mesh, principal: &str) -> Value {
    let path = format!("/api/v1/access:explain?principal={principal}&table=sales.orders");
    mesh.good("GET", &path, Value::Null).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_grant_is_put_explained_and_taken_back() {
    let mesh = Mesh::open().await;
    let granted = mesh.good("POST", GRANT, on_orders(json!({}))).await;
    assert_eq!(
        granted["changes"],
        json!([format!("SELECT on table orders to {ANN}")])
    );
    let permission = &granted["permission"];
    assert_eq!(permission["status"], "IN_FORCE", "{granted}");
    assert_eq!(permission["holders"][0]["reason"], "a report");
    assert_eq!(permission["target"]["account"], "111122223333");
    let id = permission["permissionId"].as_str().unwrap();
    let path = format!("/api/v1/permissions/{id}");
    assert_eq!(mesh.good("GET", &path, Value::Null).await, *permission);
    let list = "/api/v1/permissions?database=sales&status=IN_FORCE";
    let listed = mesh.good("GET", list, Value::Null).await;
    assert_eq!(listed["permissions"][0], *permission);

    let why = explained(&mesh, ANN).await;
    assert_eq!(why["canRead"], true, "{why}");
    assert_eq!(why["readableColumns"], json!(["id", "email"]));
    assert_eq!(why["paths"][0]["via"], "GRANT");
    assert_eq!(why["paths"][0]["agreementId"], id);
    assert_eq!(why["paths"][0]["approvedBy"], "ann@example.com");

    let again = mesh.good("POST", GRANT, on_orders(json!({}))).await;
    assert!(is_empty(&again["changes"]), "all is there: {again}");

    let revoked = mesh.good("POST", REVOKE, on_orders(json!({}))).await;
    assert_eq!(revoked["permission"]["status"], "TAKEN", "{revoked}");
    let why = explained(&mesh, ANN).await;
    assert_ne!(why["canRead"], true, "{why}");
    assert!(why["missing"][0].as_str().unwrap().contains("no SELECT"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let mesh = Mesh::open().await;
    let dry = on_orders(json!({"dryRun": true}));
    let planned = mesh.good("POST", GRANT, dry.clone()).await;
    assert_eq!(planned["changes"].as_array().unwrap().len(), 1);
    assert_eq!(planned["dryRun"], true);
    let listed = mesh.good("GET", "/api/v1/permissions", Value::Null).await;
    assert!(is_empty(&listed["permissions"]), "{listed}");
    let answer = mesh.send(ADMIN, "POST", REVOKE, dry).await;
    refused(&answer, 404, "PERMISSION_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_shown_as_they_were_asked() {
    let mesh = Mesh::open().await;
    let scope = json!({"columns": ["id"], "rowFilter": "country = 'IT'"});
    let target = json!({"database": "sales", "table": "orders", "scope": scope});
    let body = on_orders(json!({"target": target}));
    let granted = mesh.good("POST", GRANT, body.clone()).await;
    let shown = &granted["permission"]["target"]["scope"];
    assert_eq!(shown["columns"], scope["columns"], "{granted}");
    assert_eq!(shown["rowFilter"], scope["rowFilter"], "{granted}");
    assert_eq!(granted["changes"].as_array().unwrap().len(), 2);
    let path = format!("{LAKE}?kind=filter&database=sales");
    let filters = mesh.good("GET", &path, Value::Null).await;
    assert_eq!(filters["resources"][0]["status"], "IN_FORCE", "{filters}");
    // Filters are there for the grants.
    mesh.good("POST", REVOKE, body).await;
    let filters = mesh.good("GET", &path, Value::Null).await;
    assert_eq!(filters["resources"][0]["status"], "TAKEN", "{filters}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_by_field() {
    let mesh = Mesh::open().await;
    let table = [
        (json!({"principal": "ann"}), "principal: must be the ARN"),
        (
            json!({"target": {"database": "sales"}}),
            "permissions: SELECT",
        ),
        (json!({"target": {}}), "target: must name one"),
        (json!({"permissions": ["READ"]}), "permissions[0]: "),
        (
            json!({"permissionsWithGrantOption": ["INSERT"]}),
            "permissionsWithGrantOption: has INSERT",
        ),
        (
            json!({"validUntil": "2020-01-01T00:00:00Z"}),
            "validUntil: has passed",
        ),
    ];
    for (more, expected) in table {
        let answer = mesh.send(ADMIN, "POST", GRANT, on_orders(more)).await;
        refused(&answer, 400, "INVALID_FIELDS");
        assert!(
            answer.text.contains(expected),
            "{expected}: {}",
            answer.text
        );
    }
    for (query, expected) in [
        ("principal=ann&table=sales.orders", "principal"),
        (
            "principal=arn:aws:iam::111122223333:role/Ann&table=orders",
            "database.table",
        ),
    ] {
        let path = format!("/api/v1/access:explain?{query}");
        let answer = mesh.send(ADMIN, "GET", &path, Value::Null).await;
        refused(&answer, 400, "INVALID_FIELDS");
        assert!(answer.text.contains(expected), "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_owns_every_domain_of_the_account_may_and_others_may_not() {
    let mesh = Mesh::open().await;
    let answer = mesh.send(OWNER, "POST", GRANT, on_orders(json!({}))).await;
    refused(&answer, 403, "NOT_OWNER");
    mesh.domain("sales").await;
    let answer = mesh.send(OWNER, "POST", GRANT, on_orders(json!({}))).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = mesh
        .send(STRANGER, "POST", REVOKE, on_orders(json!({})))
        .await;
    refused(&answer, 403, "NOT_OWNER");
    // Another team's domain in the same account: its data is not the first team's to give.
    let body = json!({"domainName": "climate", "ownerGroups": ["climate"], "wait": true});
    mesh.good("POST", "/api/v1/domains", body).await;
    for (path, body) in [
        (GRANT, on_orders(json!({}))),
        (REVOKE, on_orders(json!({}))),
        (LAKE, json!({"spec": {"administrator": ANN}})),
    ] {
        let answer = mesh.send(OWNER, "POST", path, body).await;
        refused(&answer, 403, "NOT_OWNER");
    }
    let elsewhere = json!({"account": "444455556666", "database": "sales", "table": "orders"});
    let body = on_orders(json!({"target": elsewhere}));
    let answer = mesh.send(OWNER, "POST", GRANT, body).await;
    refused(&answer, 403, "NOT_OWNER");
    let listed = mesh
        .send(STRANGER, "GET", "/api/v1/permissions", Value::Null)
        .await;
    assert_eq!(listed.status, 200);
    let path = format!("/api/v1/access:explain?principal={ANN}&table=sales.orders");
    let answer = mesh.send(STRANGER, "GET", &path, Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_given_by_hand_is_explained_without_an_agreement() {
    let mesh = Mesh::open().await;
    let why = explained(&mesh, "arn:aws:iam::111122223333:role/Old").await;
    assert_eq!(why["canRead"], true, "{why}");
    let agreement = why["paths"][0]["agreementId"].as_str();
    assert!(agreement.is_none_or(str::is_empty), "{why}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_is_put_and_let_go_of() {
    let mesh = Mesh::open().await;
    let spec = json!({"tagKey": {"key": "level", "values": ["open", "secret"]}});
    let body = json!({"spec": spec, "reason": "to grant by", "wait": true});
    let answer = mesh.send(STRANGER, "POST", LAKE, body.clone()).await;
    refused(&answer, 403, "NOT_OWNER");
    let put = mesh.good("POST", LAKE, body).await;
    assert_eq!(put["status"], "IN_FORCE", "{put}");
    assert_eq!(put["spec"]["tagKey"], spec["tagKey"]);
    assert_eq!(put["spec"]["account"], "111122223333");
    assert_eq!(put["holders"][0]["reason"], "to grant by");
    let path = format!("{LAKE}/{}", put["resourceId"].as_str().unwrap());
    assert_eq!(mesh.good("GET", &path, Value::Null).await, put);
    let gone = mesh
        .good("DELETE", &format!("{path}?wait=true"), Value::Null)
        .await;
    assert_eq!(gone["status"], "TAKEN", "{gone}");
    let answer = mesh
        .send(ADMIN, "GET", &format!("{LAKE}/lake-x"), Value::Null)
        .await;
    refused(&answer, 404, "LAKE_RESOURCE_NOT_FOUND");
    let answer = mesh
        .send(ADMIN, "GET", &format!("{LAKE}?kind=x"), Value::Null)
        .await;
    refused(&answer, 400, "INVALID_FIELDS");
    let wrong = json!({"spec": {"location": {"arn": "lake"}}});
    let answer = mesh.send(ADMIN, "POST", LAKE, wrong).await;
    refused(&answer, 400, "INVALID_FIELDS");
    assert!(answer.text.contains("spec.location.arn"), "{}", answer.text);
}
