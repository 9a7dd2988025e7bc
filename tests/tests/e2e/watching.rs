//! Waiting for the end of what was asked for, and following it.

use std::time::Duration;

use datamesh_proto::v1;
use datamesh_tests::{Mesh, id_of};
use serde_json::{Value, json};

#[tokio::test]
async fn a_create_answers_at_once_and_goes_on_by_itself() {
    let mesh = Mesh::start().await;
    let body = json!({"domainName": "finance", "ownerGroups": ["team"]});
    let domain = mesh.rest.post("/api/v1/domains", &body).await.ok();
    assert_eq!(domain["status"], "CREATING", "nobody waited");
    let path = format!("/api/v1/domains/{}", id_of(&domain, "domainId"));
    let domain = mesh.until_field(&path, "status", "ACTIVE").await;

    let body = json!({"domainId": domain["domainId"], "projectName": "ledger"});
    let project = mesh.rest.post("/api/v1/projects", &body).await.ok();
    assert_eq!(
        (&project["status"], &project["setupStatus"]),
        (&json!("CREATING"), &json!("PENDING"))
    );
    let path = format!("/api/v1/projects/{}", id_of(&project, "projectId"));
    mesh.until_field(&path, "setupStatus", "COMPLETED").await;
}

#[tokio::test]
async fn a_project_is_followed_from_its_making_to_its_end_over_grpc() {
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let mut projects = mesh.node.grpc("ada", &["admins"]).await.projects();
    let request = v1::CreateProjectRequest {
        domain_id: id_of(&domain, "domainId").to_owned(),
        project_name: "ledger".to_owned(),
        ..Default::default()
    };
    let project_id = projects
        .create_project(request)
        .await
        .unwrap()
        .into_inner()
        .project_id;
    let request = v1::WatchProjectRequest {
        project_id: project_id.clone(),
    };
    let mut stream = projects.watch_project(request).await.unwrap().into_inner();
    let mut seen = Vec::new();
    while let Some(project) = stream.message().await.unwrap() {
        assert_eq!(project.project_id, project_id);
        seen.push((project.status(), project.setup_status()));
        if seen.last()
            == Some(&(
                v1::project::Status::Active,
                v1::project::SetupStatus::Completed,
            ))
        {
            let request = v1::DeleteProjectRequest {
                project_id: project_id.clone(),
                ..Default::default()
            };
            projects.delete_project(request).await.unwrap();
        }
    }
    let statuses: Vec<v1::project::Status> = seen.iter().map(|(status, _)| *status).collect();
    assert_eq!(
        statuses.last(),
        Some(&v1::project::Status::Deleted),
        "then the stream ends: {seen:?}"
    );
    let order: Vec<i32> = statuses.iter().map(|&status| status.into()).collect();
    assert!(order.is_sorted(), "it never goes back: {seen:?}");
}

#[tokio::test]
async fn an_asset_is_followed_over_server_sent_events() {
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let project = mesh.project(&domain, "ledger").await;
    mesh.cloud
        .table("finance_db.transactions", &[("id", "bigint")])
        .await;
    let asset = mesh
        .draft(&project, "Transactions", "finance_db.transactions")
        .await;
    let path = format!("/api/v1/assets/{}", id_of(&asset, "assetId"));

    let mut stream = mesh.rest.stream(&format!("{path}:watch")).await;
    assert_eq!(
        stream.next().await.unwrap()["publishStatus"],
        "DRAFT",
        "what is now comes first"
    );
    mesh.rest
        .post(&format!("{path}:publish"), &json!({}))
        .await
        .ok();
    let mut seen: Vec<Value> = Vec::new();
    while seen.last() != Some(&json!("PUBLISHED")) {
        seen.push(stream.next().await.unwrap()["publishStatus"].clone());
    }
    assert!(seen.contains(&json!("PUBLISHING")), "{seen:?}");
    mesh.rest.delete(&path).await.ok();
    let mut last = Value::Null;
    while let Some(asset) = stream.next().await {
        last = asset;
    }
    assert_eq!(last["status"], "DELETED", "then the stream ends");
}

#[tokio::test]
async fn whoever_waits_for_what_fails_is_told_why() {
    let mesh = Mesh::start().await;
    mesh.domain("finance").await;
    let body = json!({"domainName": "finance", "ownerGroups": ["team"], "wait": true});
    let taken = mesh.rest.post("/api/v1/domains", &body).await;
    match taken.status {
        409 => assert_eq!(taken.json()["code"], "NAME_TAKEN"),
        _ => {
            let domain = taken.ok();
            assert_eq!(domain["status"], "FAILED");
            assert!(
                id_of(&domain, "statusReason").starts_with("NAME_TAKEN"),
                "{domain}"
            );
        }
    }
}

#[tokio::test]
async fn watching_what_is_not_there_is_not_found() {
    let mesh = Mesh::start().await;
    mesh.rest
        .get("/api/v1/projects/proj-none:watch")
        .await
        .problem(404, "PROJECT_NOT_FOUND");
    let mut projects = mesh.node.grpc("ada", &["admins"]).await.projects();
    let project_id = "proj-none".to_owned();
    let refused = match projects
        .watch_project(v1::WatchProjectRequest { project_id })
        .await
    {
        Err(refused) => refused,
        Ok(mut stream) => {
            let first = tokio::time::timeout(Duration::from_secs(10), stream.get_mut().message());
            first.await.unwrap().unwrap_err()
        }
    };
    assert_eq!(refused.code(), tonic::Code::NotFound);
}
