//! Stale, repeated and concurrent requests.

use std::collections::BTreeSet;

use datamesh_proto::v1;
use datamesh_tests::{Mesh, id_of};
use futures::future::join_all;
use http::Method;
use serde_json::{Value, json};
use tonic::Code;
use tonic_types::StatusExt;

#[tokio::test]
async fn a_change_that_was_meant_for_another_version_is_refused() {
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let path = format!("/api/v1/domains/{}", id_of(&domain, "domainId"));
    let stale = format!("\"{}\"", id_of(&domain, "etag"));
    let change = |text: &str| json!({"description": text, "wait": true});
    let first = mesh
        .rest
        .json(
            Method::PATCH,
            &path,
            &[("if-match", &stale)],
            &change("first"),
        )
        .await;
    assert_eq!(first.ok()["description"], "first");
    let second = mesh
        .rest
        .json(
            Method::PATCH,
            &path,
            &[("if-match", &stale)],
            &change("second"),
        )
        .await;
    second.problem(412, "ETAG_MISMATCH");
    let gone = mesh
        .rest
        .send(Method::DELETE, &path, &[("if-match", &stale)], None)
        .await;
    gone.problem(412, "ETAG_MISMATCH");

    let now = mesh.rest.get(&path).await;
    assert_eq!(now.json()["description"], "first", "nothing changed");
    let etag = now.header("etag").to_owned();
    let same = mesh
        .rest
        .send(Method::GET, &path, &[("if-none-match", &etag)], None)
        .await;
    assert_eq!((same.status, &*same.text), (304, ""));

    let mut domains = mesh.node.grpc("ada", &["admins"]).await.domains();
    let request = v1::UpdateDomainRequest {
        domain_id: id_of(&domain, "domainId").to_owned(),
        description: Some("third".to_owned()),
        etag: id_of(&domain, "etag").to_owned(),
        ..Default::default()
    };
    let refused = domains.update_domain(request).await.unwrap_err();
    assert_eq!(refused.code(), Code::Aborted);
    assert_eq!(
        refused.get_details_error_info().unwrap().reason,
        "ETAG_MISMATCH"
    );
}

#[tokio::test]
async fn a_repeated_request_is_done_once() {
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let body = json!({"domainId": domain["domainId"], "projectName": "ledger"});
    let first = mesh
        .post_once("/api/v1/projects", "request-1", &body)
        .await
        .ok();
    let second = mesh
        .post_once("/api/v1/projects", "request-1", &body)
        .await
        .ok();
    assert_eq!(first["projectId"], second["projectId"]);
    let mut in_the_body = body.clone();
    in_the_body["requestId"] = json!("request-1");
    let third = mesh.rest.post("/api/v1/projects", &in_the_body).await.ok();
    assert_eq!(
        first["projectId"], third["projectId"],
        "the header is the field"
    );
    assert_eq!(mesh.rest.all("/api/v1/projects", "projects").await.len(), 1);

    let mut other = body.clone();
    other["projectName"] = json!("another");
    let refused = mesh
        .post_once("/api/v1/projects", "request-1", &other)
        .await;
    assert!(
        (400..500).contains(&refused.status),
        "the id was used for something else: {refused}"
    );
    assert_eq!(refused.json()["code"], "REQUEST_ID_REUSED", "{refused}");
    assert_eq!(mesh.rest.all("/api/v1/projects", "projects").await.len(), 1);

    let somebody = mesh.node.rest("bob", &["team"]).await;
    let headers = [("idempotency-key", "request-1")];
    let theirs = somebody
        .json(Method::POST, "/api/v1/projects", &headers, &other)
        .await
        .ok();
    assert_ne!(
        first["projectId"], theirs["projectId"],
        "an id is its caller's own"
    );
}

#[tokio::test]
async fn a_repeated_change_and_a_repeated_end_are_answered_as_before() {
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let path = format!("/api/v1/domains/{}", id_of(&domain, "domainId"));
    let etag = id_of(&domain, "etag");
    let change = json!({"description": "new", "etag": etag, "requestId": "change-1"});
    let first = mesh.rest.patch(&path, &change).await.ok();
    let second = mesh.rest.patch(&path, &change).await.ok();
    assert_eq!(
        first["etag"], second["etag"],
        "not a stale change, but the same"
    );
    mesh.until_field(&path, "status", "ACTIVE").await;

    let delete = format!("{path}?requestId=delete-1");
    let first = mesh.rest.delete(&delete).await.ok();
    assert_eq!(first["domainId"], domain["domainId"]);
    let second = mesh.rest.delete(&format!("{delete}&wait=true")).await;
    assert_eq!(second.ok()["status"], "DELETED");
    let third = mesh.rest.delete(&delete).await;
    assert_eq!(third.status, 200, "the repeat of what was done: {third}");
}

#[tokio::test]
async fn fifty_repeats_at_once_make_one_project() {
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let body = json!({"domainId": domain["domainId"], "projectName": "ledger", "wait": true});
    let sent = (0..50).map(|_| mesh.post_once("/api/v1/projects", "the-one", &body));
    let ids: BTreeSet<String> = join_all(sent)
        .await
        .iter()
        .map(|answer| id_of(&answer.ok(), "projectId").to_owned())
        .collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let listed = mesh.rest.all("/api/v1/projects", "projects").await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    let made = mesh
        .cloud
        .projects(id_of(&domain, "dataZoneDomainId"))
        .await;
    assert_eq!(
        made.iter()
            .filter(|project| project["name"] == "ledger")
            .count(),
        1,
        "{made:?}"
    );
    let events = mesh
        .rest
        .all("/api/v1/events?detailType=ProjectCreated", "events")
        .await;
    assert_eq!(events.len(), 1, "{events:?}");
}

#[tokio::test]
async fn of_concurrent_creations_of_a_name_one_wins() {
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let project = json!({"domainId": domain["domainId"], "projectName": "ledger", "wait": true});
    let other = json!({"domainName": "sales", "ownerGroups": ["team"], "wait": true});
    for (path, body) in [("/api/v1/projects", project), ("/api/v1/domains", other)] {
        let answers = join_all((0..8).map(|_| mesh.rest.post(path, &body))).await;
        let mut active = 0;
        for answer in &answers {
            let said: Value = answer.json();
            match (answer.status, said["status"].as_str()) {
                (200, Some("ACTIVE")) => active += 1,
                (200, Some("FAILED")) => {
                    assert!(
                        id_of(&said, "statusReason").contains("NAME_TAKEN"),
                        "{said}"
                    );
                }
                (409, _) => assert_eq!(said["code"], "NAME_TAKEN", "{answer}"),
                _ => panic!("{answer}"),
            }
        }
        assert_eq!(active, 1, "{answers:#?}");
    }
    let made = mesh
        .cloud
        .projects(id_of(&domain, "dataZoneDomainId"))
        .await;
    assert_eq!(
        made.iter()
            .filter(|project| project["name"] == "ledger")
            .count(),
        1,
        "{made:?}"
    );
}
