//! The public services, over real actors.

use std::time::Duration;

use axum::body::Body;
use futures::StreamExt;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::canned::Answer;
use super::mesh::Mesh;

const ADMIN: &[&str] = &["admins"];
const OWNER: &[&str] = &["sales"];
const STRANGER: &[&str] = &["marketing"];

fn sales() -> Value {
    json!({"domainName": "sales", "ownerGroups": ["sales"], "description": "what we sell"})
}

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.json()["code"], code, "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_answers_at_once_and_the_domain_is_there() {
    let mesh = Mesh::held().await;
    let domain = mesh.good("POST", "/api/v1/domains", sales()).await;
    assert_eq!(domain["status"], "CREATING");
    assert_eq!(domain["createdBy"], "ann@example.com");
    assert_eq!(domain["awsAccountId"], "111122223333");
    assert_eq!(domain["createdAt"], "2027-01-15T08:00:00Z");
    let id = domain["domainId"].as_str().unwrap();
    let path = format!("/api/v1/domains/{id}");
    assert_eq!(mesh.good("GET", &path, Value::Null).await, domain);
    mesh.let_through();
    let made = mesh.until(&path, "status", "ACTIVE").await;
    assert_eq!(made["dataLakeBucket"], "data-lake-sales");
    assert_ne!(made["etag"], domain["etag"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_that_waits_answers_with_the_end() {
    let mesh = Mesh::held().await;
    let mut body = sales();
    body["wait"] = json!(true);
    let create = mesh.good("POST", "/api/v1/domains", body);
    let open = async {
        let mut changes = mesh.runtime.changes();
        changes.recv().await.unwrap();
        mesh.let_through();
    };
    let (domain, ()) = tokio::join!(create, open);
    assert_eq!(domain["status"], "ACTIVE");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_waited_for_until_its_set_up_is_done() {
    let mesh = Mesh::open().await;
    let domain_id = mesh.domain("sales").await;
    let body = json!({"domainId": domain_id, "projectName": "Orders", "wait": true});
    let create = mesh.good("POST", "/api/projects", body);
    let worker = async {
        let created = loop {
            let list = mesh
                .good("GET", "/api/projects?status=ACTIVE", Value::Null)
                .await;
            if let Some(project) = list["projects"].get(0) {
                break project["projectId"].as_str().unwrap().to_owned();
            }
            tokio::task::yield_now().await;
        };
        mesh.set_up(&created).await;
    };
    let (project, ()) = tokio::join!(create, worker);
    assert_eq!(project["setupStatus"], "COMPLETED");
    let id = project["projectId"].as_str().unwrap();
    let location = format!("s3://data-lake-sales/projects/{id}/");
    assert_eq!(project["s3Location"], location);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_with_the_same_request_id_changes_nothing() {
    let mesh = Mesh::open().await;
    let mut body = sales();
    body["requestId"] = json!("r-1");
    let first = mesh.good("POST", "/api/v1/domains", body.clone()).await;
    let (second, third) = tokio::join!(
        mesh.good("POST", "/api/v1/domains", body.clone()),
        mesh.good("POST", "/api/v1/domains", body.clone()),
    );
    assert_eq!(first["domainId"], second["domainId"]);
    assert_eq!(first, third);
    let list = mesh.good("GET", "/api/v1/domains", Value::Null).await;
    assert_eq!(list["domains"].as_array().unwrap().len(), 1);

    body["description"] = json!("something else");
    let answer = mesh.send(ADMIN, "POST", "/api/v1/domains", body).await;
    refused(&answer, 400, "REQUEST_ID_REUSED");
    assert_eq!(answer.json()["errors"][0]["field"], "requestId");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_can_be_repeated_after_all_is_gone() {
    let mesh = Mesh::open().await;
    let id = mesh.domain("sales").await;
    let path = format!("/api/v1/domains/{id}?requestId=r-2&wait=true");
    let gone = mesh.good("DELETE", &path, Value::Null).await;
    assert_eq!(gone["status"], "DELETED");
    let again = mesh.good("DELETE", &path, Value::Null).await;
    assert_eq!(again["status"], "DELETED");
    let path = format!("/api/v1/domains/{id}");
    let answer = mesh.send(ADMIN, "DELETE", &path, Value::Null).await;
    refused(&answer, 404, "DOMAIN_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_is_refused_and_nothing_changes() {
    let mesh = Mesh::open().await;
    let answer = mesh.send(OWNER, "POST", "/api/v1/domains", sales()).await;
    refused(&answer, 403, "NOT_ADMIN");
    let id = mesh.domain("sales").await;
    let path = format!("/api/v1/domains/{id}");
    let change = json!({"description": "mine now"});
    let answer = mesh.send(STRANGER, "PATCH", &path, change.clone()).await;
    refused(&answer, 403, "NOT_OWNER");
    let answer = mesh.send(OWNER, "DELETE", &path, Value::Null).await;
    refused(&answer, 403, "NOT_ADMIN");
    let project = json!({"domainId": id, "projectName": "Orders"});
    let answer = mesh
        .send(STRANGER, "POST", "/api/v1/projects", project.clone())
        .await;
    refused(&answer, 403, "NOT_OWNER");

    assert_eq!(
        mesh.send(STRANGER, "GET", &path, Value::Null).await.status,
        200
    );
    assert_eq!(mesh.send(OWNER, "PATCH", &path, change).await.status, 200);
    assert_eq!(
        mesh.send(OWNER, "POST", "/api/v1/projects", project)
            .await
            .status,
        200
    );
}

/// Ids are derived from request ids, so they can be known before there is anything to know.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_durable_yet_can_be_deleted_by_nobody() {
    let mesh = Mesh::held().await;
    mesh.journal.hold();
    let mut body = sales();
    body["requestId"] = json!("r-3");
    let create = mesh.good("POST", "/api/v1/domains", body);
    let delete = async {
        while mesh.journal.waiting() == 0 {
            tokio::task::yield_now().await;
        }
        let id = datamesh_actor::derive_id("dom-", &["ann@example.com", "CreateDomain", "r-3"]);
        let path = format!("/api/v1/domains/{id}?requestId=r-4");
        let answer = mesh.send(STRANGER, "DELETE", &path, Value::Null);
        let answer = tokio::time::timeout(Duration::from_secs(5), answer).await;
        mesh.journal.release();
        (id, answer.expect("an answer that waits for nothing"))
    };
    let (domain, (id, answer)) = tokio::join!(create, delete);
    refused(&answer, 404, "DOMAIN_NOT_FOUND");
    assert_eq!(domain["domainId"], json!(id));
    assert_eq!(domain["status"], "CREATING");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_fields_are_named() {
    let mesh = Mesh::open().await;
    let body = json!({"domainName": "No Spaces", "ownerGroups": ["a", "a"], "region": "?"});
    let answer = mesh.send(ADMIN, "POST", "/api/v1/domains", body).await;
    refused(&answer, 400, "INVALID_FIELDS");
    let problem = answer.json();
    let fields: Vec<&Value> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| &error["field"])
        .collect();
    assert_eq!(fields, ["domainName", "ownerGroups[1]", "region"]);

    let body = json!({"domainId": "dom-none", "projectName": "Orders"});
    let answer = mesh.send(ADMIN, "POST", "/api/v1/projects", body).await;
    refused(&answer, 404, "DOMAIN_NOT_FOUND");
    let mut body = sales();
    body["requestId"] = json!("a b");
    let answer = mesh.send(ADMIN, "POST", "/api/v1/domains", body).await;
    refused(&answer, 400, "INVALID_FIELDS");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_for_one_version_and_for_masked_fields_only() {
    let mesh = Mesh::open().await;
    let id = mesh.domain("sales").await;
    let path = format!("/api/v1/domains/{id}");
    let before = mesh.good("GET", &path, Value::Null).await;
    let change = json!({
        "description": "ignored", "ownerGroups": ["finance"],
        "updateMask": "ownerGroups", "etag": before["etag"], "wait": true,
    });
    let after = mesh.good("PATCH", &path, change.clone()).await;
    assert_eq!(after["ownerGroups"], json!(["finance"]));
    assert_eq!(after["description"], before["description"]);
    let answer = mesh.send(ADMIN, "PATCH", &path, change).await;
    refused(&answer, 412, "ETAG_MISMATCH");
    let answer = mesh
        .send(ADMIN, "PATCH", &path, json!({"updateMask": "domainName"}))
        .await;
    refused(&answer, 400, "INVALID_FIELDS");
    assert_eq!(answer.json()["errors"][0]["field"], "updateMask");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_read_page_by_page() {
    let mesh = Mesh::held().await;
    for number in 0..5 {
        let body = json!({"domainName": format!("domain-{number}"), "ownerGroups": ["a"]});
        mesh.good("POST", "/api/v1/domains", body).await;
        mesh.clock.advance(Duration::from_millis(5));
    }
    let mut names = Vec::new();
    let mut token = String::new();
    for size in [2, 2, 1] {
        let path = format!("/api/v1/domains?pageSize=2&status=CREATING&pageToken={token}");
        let page = mesh.good("GET", &path, Value::Null).await;
        let domains = page["domains"].as_array().unwrap().clone();
        assert_eq!(domains.len(), size);
        names.extend(domains.into_iter().map(|d| d["domainName"].clone()));
        page["nextPageToken"]
            .as_str()
            .unwrap()
            .clone_into(&mut token);
    }
    assert_eq!(token, "");
    assert_eq!(
        names,
        ["domain-0", "domain-1", "domain-2", "domain-3", "domain-4"]
    );

    let one = mesh
        .good("GET", "/api/v1/domains?domainName=domain-3", Value::Null)
        .await;
    assert_eq!(one["domains"].as_array().unwrap().len(), 1);
    let answer = mesh
        .send(ADMIN, "GET", "/api/v1/domains?pageToken=x", Value::Null)
        .await;
    refused(&answer, 400, "INVALID_FIELDS");
    assert_eq!(answer.json()["errors"][0]["field"], "pageToken");
    let answer = mesh
        .send(ADMIN, "GET", "/api/v1/domains?pageSize=1001", Value::Null)
        .await;
    refused(&answer, 400, "INVALID_FIELDS");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_work_is_refused_at_once() {
    let mesh = Mesh::open().await;
    let id = mesh.domain("sales").await;
    let answer = mesh.send(ADMIN, "POST", "/api/v1/domains", sales()).await;
    refused(&answer, 409, "NAME_TAKEN");
    mesh.project(&id, "Orders").await;
    let body = json!({"domainId": id, "projectName": "Orders"});
    let answer = mesh.send(ADMIN, "POST", "/api/v1/projects", body).await;
    refused(&answer, 409, "NAME_TAKEN");

    mesh.hold();
    let body = json!({"domainName": "late", "ownerGroups": ["a"]});
    let late = mesh.good("POST", "/api/v1/domains", body).await;
    let body = json!({"domainId": late["domainId"], "projectName": "Orders"});
    let answer = mesh.send(ADMIN, "POST", "/api/v1/projects", body).await;
    refused(&answer, 409, "DOMAIN_NOT_READY");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asset_goes_its_way_from_draft_to_its_end() {
    let mesh = Mesh::open().await;
    let domain_id = mesh.domain("sales").await;
    let project_id = mesh.project(&domain_id, "Orders").await;
    let body = json!({
        "projectId": project_id, "assetName": "Orders of 2026", "format": "csv",
        "s3Location": "s3://data-lake-sales/orders/", "glueTable": "sales.orders",
        "metadata": {"owner": "ann"}, "draft": true, "wait": true,
    });
    let asset = mesh.good("POST", "/api/v1/assets", body).await;
    assert_eq!(asset["status"], "ACTIVE");
    assert_eq!(asset["publishStatus"], "DRAFT");
    assert_eq!(asset["projectId"], project_id);
    assert_eq!(asset["metadata"], json!({"owner": "ann"}));

    let path = format!("/api/v1/assets/{}", asset["assetId"].as_str().unwrap());
    let waits = json!({"wait": true});
    let answer = mesh
        .send(STRANGER, "POST", &format!("{path}:publish"), waits.clone())
        .await;
    refused(&answer, 403, "NOT_OWNER");
    let asset = mesh
        .good("POST", &format!("{path}:publish"), waits.clone())
        .await;
    assert_eq!(asset["publishStatus"], "PUBLISHED");
    assert_eq!(asset["listingId"], "lst-1");
    let published = "/api/v1/assets?publishStatus=PUBLISHED&format=csv";
    let list = mesh.good("GET", published, Value::Null).await;
    assert_eq!(list["assets"].as_array().unwrap().len(), 1);
    let change = json!({"metadata": {}, "updateMask": "metadata", "wait": true});
    let asset = mesh.good("PATCH", &path, change).await;
    assert_eq!(asset["metadata"], json!({}));
    let asset = mesh.good("POST", &format!("{path}:unpublish"), waits).await;
    assert_eq!(asset["publishStatus"], "UNPUBLISHED");
    let gone = mesh
        .good("DELETE", &format!("{path}?wait=true"), Value::Null)
        .await;
    assert_eq!(gone["status"], "DELETED");
}

/// Reads the events of a stream one by one.
struct Events {
    body: axum::body::BodyDataStream,
    text: String,
}

impl Events {
    async fn open(mesh: &Mesh, path: &str) -> Self {
        let request = mesh
            .public
            .request("GET", path)
            .body(Body::empty())
            .unwrap();
        let response = mesh.public.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        Self {
            body: response.into_body().into_data_stream(),
            text: String::new(),
        }
    }

    /// The next event: its name, and its data.
    async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.text = rest;
                if event.starts_with(':') {
                    continue;
                }
                let (name, data) = event.split_once("data: ").unwrap();
                return Some((name.to_owned(), serde_json::from_str(data).unwrap()));
            }
            let chunk = tokio::time::timeout(Duration::from_secs(20), self.body.next());
            let chunk = chunk.await.expect("an event in time")?.unwrap();
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_shows_a_domain_from_now_to_its_end() {
    let mesh = Mesh::held().await;
    let domain = mesh.good("POST", "/api/v1/domains", sales()).await;
    let id = domain["domainId"].as_str().unwrap().to_owned();
    let mut events = Events::open(&mesh, &format!("/api/v1/domains/{id}:watch")).await;
    assert_eq!(events.next().await.unwrap().1, domain);
    mesh.let_through();
    let mut statuses = Vec::new();
    while statuses.last() != Some(&json!("ACTIVE")) {
        statuses.push(events.next().await.unwrap().1["status"].clone());
    }
    mesh.good("DELETE", &format!("/api/v1/domains/{id}"), Value::Null)
        .await;
    let mut last = Value::Null;
    while let Some((_, domain)) = events.next().await {
        last = domain["status"].clone();
    }
    assert_eq!(last, "DELETED");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_with_a_problem_when_the_server_goes_down() {
    let mesh = Mesh::open().await;
    let id = mesh.domain("sales").await;
    let mut events = Events::open(&mesh, &format!("/api/v1/domains/{id}:watch")).await;
    events.next().await.unwrap();
    mesh.drain.cancel();
    let (name, problem) = events.next().await.unwrap();
    assert_eq!(name, "event: error\n");
    assert_eq!(problem["code"], "DRAINING");
    assert!(events.next().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_when_the_token_expires() {
    let mesh = Mesh::open().await;
    let id = mesh.domain("sales").await;
    let mut watch = Events::open(&mesh, &format!("/api/v1/domains/{id}:watch")).await;
    watch.next().await.unwrap();
    let mut tail = Events::open(&mesh, "/api/v1/events:tail").await;
    mesh.clock.advance(Duration::from_secs(3600 + 60));
    for stream in [&mut watch, &mut tail] {
        let (name, problem) = stream.next().await.unwrap();
        assert_eq!(name, "event: error\n");
        assert_eq!(problem["code"], "TOKEN_EXPIRED");
        assert!(stream.next().await.is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_bounded() {
    let mesh = Mesh::open().await;
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(Events::open(&mesh, "/api/v1/events:tail").await);
    }
    let answer = mesh.public.get("/api/v1/events:tail").await;
    refused(&answer, 429, "TOO_MANY_STREAMS");
    open.pop();
    Events::open(&mesh, "/api/v1/events:tail").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_listed_and_followed() {
    let mesh = Mesh::open().await;
    mesh.domain("sales").await;
    mesh.clock.advance(Duration::from_secs(60));
    let mut tail = Events::open(&mesh, "/api/v1/events:tail?last=1").await;
    let first = tail.next().await.unwrap().1;
    assert_eq!(first["detailType"], "DomainCreated");
    let mut only_projects =
        Events::open(&mesh, "/api/v1/events:tail?detailType=ProjectCreated").await;

    let id = mesh.domain("finance").await;
    let second = tail.next().await.unwrap().1;
    assert_eq!(second["detailType"], "DomainCreated");
    assert_eq!(second["detail"]["domainId"], json!(id));
    mesh.project(&id, "Orders").await;
    for stream in [&mut tail, &mut only_projects] {
        let third = stream.next().await.unwrap().1;
        assert_eq!(third["detailType"], "ProjectCreated");
        assert_eq!(third["time"], "2027-01-15T08:01:00Z");
    }

    let list = mesh
        .good(
            "GET",
            "/api/v1/events?newestFirst=true&pageSize=2",
            Value::Null,
        )
        .await;
    let types: Vec<&Value> = list["events"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| &event["detailType"])
        .collect();
    assert_eq!(types.len(), 2);
    let path = "/api/v1/events?detailType=DomainCreated";
    let list = mesh.good("GET", path, Value::Null).await;
    assert_eq!(list["events"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_not_found() {
    let mesh = Mesh::open().await;
    for (verb, path, code) in [
        ("GET", "/api/v1/domains/dom-x", "DOMAIN_NOT_FOUND"),
        ("GET", "/api/v1/projects/proj-x", "PROJECT_NOT_FOUND"),
        ("POST", "/api/v1/projects/proj-x", "PROJECT_NOT_FOUND"),
        ("DELETE", "/api/v1/assets/asset-x", "ASSET_NOT_FOUND"),
        ("POST", "/api/v1/assets/asset-x:publish", "ASSET_NOT_FOUND"),
        ("GET", "/api/v1/assets/asset-x:watch", "ASSET_NOT_FOUND"),
        (
            "DELETE",
            "/api/v1/domains/dom-x?requestId=r",
            "DOMAIN_NOT_FOUND",
        ),
    ] {
        let answer = mesh.send(ADMIN, verb, path, Value::Null).await;
        refused(&answer, 404, code);
    }
}
