//! Promotions on the real process: the shipped workflow, and the specification's own document.

use std::path::Path;

use datamesh_tests::{Mesh, Rest, id_of, until};
use serde_json::{Value, json};

const TOPIC: &str = r#"{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}"#;

/// A project whose dev runs a stack; Ann owns it, Bob is an admin.
struct Scene {
    mesh: Mesh,
    project: String,
    ann: Rest,
    bob: Rest,
}

impl Scene {
    async fn set(mesh: Mesh) -> Self {
        let domain = json!({"domainName": "finance", "ownerGroups": ["fin"], "wait": true});
        let domain = mesh.rest.post("/api/v1/domains", &domain).await.ok();
        let project = json!({
            "domainId": id_of(&domain, "domainId"),
            "projectName": "Orders",
            "wait": true,
        });
        let project = mesh.rest.post("/api/v1/projects", &project).await.ok();
        let project = id_of(&project, "projectId").to_owned();
        let deploy = json!({
            "projectId": project,
            "targetEnvironment": "dev",
            "cfnTemplate": TOPIC,
            "wait": true,
        });
        let deployed = mesh.rest.post("/api/v1/deployments", &deploy).await.ok();
        assert_eq!(deployed["status"], "SUCCESS", "{deployed}");
        let ann = mesh.node.rest("ann", &["fin"]).await;
        let bob = mesh.node.rest("bob", &["admins"]).await;
        Self {
            mesh,
            project,
            ann,
            bob,
        }
    }

    /// Waits until somebody is asked, and gives the approval's id.
    async fn asked(&self) -> String {
        until("somebody is asked", async || {
            let inbox = self.bob.get("/api/v1/approvals?status=PENDING").await.ok();
            match inbox["approvals"].get(0) {
                Some(first) => Ok(id_of(first, "approvalId").to_owned()),
                None => Err(inbox),
            }
        })
        .await
    }

    /// Waits until a field of a record is none of these any more.
    async fn ended(&self, path: &str, under_way: &[&str]) -> Value {
        until("it ends", async || {
            let record = self.ann.get(path).await.ok();
            let status = record["status"].as_str().unwrap_or_default();
            match under_way.contains(&status) {
                true => Err(record),
                false => Ok(record),
            }
        })
        .await
    }
}

#[tokio::test]
async fn a_project_goes_from_dev_to_staging_with_somebody_elses_yes() {
    let scene = Scene::set(Mesh::start().await).await;
    let path = format!("/api/v1/projects/{}/promote", scene.project);
    let promotion = scene
        .ann
        .post(&path, &json!({"comment": "it is time"}))
        .await
        .ok();
    assert_eq!(promotion["status"], "PENDING");
    assert_eq!(promotion["targetEnvironment"], "staging");
    let second = scene.ann.post(&path, &json!({})).await;
    second.problem(409, "PROMOTION_RUNNING");
    let approval = scene.asked().await;
    let project = format!("/api/v1/projects/{}", scene.project);
    let deletion = scene.mesh.rest.delete(&project).await;
    deletion.problem(409, "PROJECT_HAS_ENVIRONMENTS");
    let own = scene
        .ann
        .post(&format!("/api/v1/approvals/{approval}:approve"), &json!({}))
        .await;
    assert!(own.status >= 400, "who asked cannot approve: {}", own.text);
    let yes = json!({"comment": "fine", "digest": promotion_digest(&scene, &promotion).await});
    scene
        .bob
        .post(&format!("/api/v1/approvals/{approval}:approve"), &yes)
        .await
        .ok();
    let path = format!("/api/v1/promotions/{}", id_of(&promotion, "requestId"));
    let ended = scene.ended(&path, &["PENDING", "APPROVED"]).await;
    assert_eq!(ended["status"], "COMPLETED", "{ended}");
    assert_eq!(ended["approvedBy"], "bob");
    let environment = format!("/api/v1/projects/{}/environments/staging", scene.project);
    let staging = scene.ann.get(&environment).await.ok();
    assert_eq!(staging["digest"], ended["digest"]);
    assert_eq!(staging["heldBy"], "");
    let listed = scene
        .ann
        .get("/api/v1/promotions?approvedBy=bob")
        .await
        .ok();
    assert_eq!(listed["promotions"][0]["requestId"], ended["requestId"]);
    let history = format!(
        "/api/v1/executions/{}/history",
        id_of(&ended, "executionId")
    );
    let events = scene.ann.all(&history, "events").await;
    let numbers: Vec<&str> = events.iter().map(|event| id_of(event, "id")).collect();
    let expected: Vec<String> = (1..=events.len()).map(|at| at.to_string()).collect();
    assert_eq!(numbers, expected);
    assert_eq!(events.last().unwrap()["type"], "ExecutionSucceeded");
    let page = scene.ann.get(&format!("{history}?pageSize=5")).await.ok();
    let next = id_of(&page, "nextPageToken");
    let page = scene
        .ann
        .get(&format!("{history}?pageSize=5&pageToken={next}"))
        .await
        .ok();
    assert_eq!(page["events"][0]["id"], "6");
    let text: String = events.iter().map(Value::to_string).collect();
    assert!(text.contains("~***"), "where a token was, it is masked");
}

async fn promotion_digest(scene: &Scene, promotion: &Value) -> Value {
    let path = format!("/api/v1/promotions/{}", id_of(promotion, "requestId"));
    scene.ann.get(&path).await.ok()["digest"].clone()
}

#[tokio::test]
async fn a_promotion_outlives_the_process_that_took_it() {
    let scene = Scene::set(Mesh::start().await).await;
    let path = format!("/api/v1/projects/{}/promote", scene.project);
    let promotion = scene.ann.post(&path, &json!({})).await.ok();
    let approval = scene.asked().await;
    let Mesh { node, folder, .. } = scene.mesh;
    let node = node.kill().await.start().await;
    let bob = node.rest("bob", &["admins"]).await;
    let yes = format!("/api/v1/approvals/{approval}:approve");
    bob.post(&yes, &json!({})).await.ok();
    let launch = node.kill().await;
    let node = launch.start().await;
    let ann = node.rest("ann", &["fin"]).await;
    let path = format!("/api/v1/promotions/{}", id_of(&promotion, "requestId"));
    let ended = until("it ends", async || {
        let record = ann.get(&path).await.ok();
        match record["status"].as_str() {
            Some("PENDING" | "APPROVED") => Err(record),
            _ => Ok(record),
        }
    })
    .await;
    assert_eq!(ended["status"], "COMPLETED", "{ended}");
    assert_eq!(ended["deploymentIds"].as_array().unwrap().len(), 1);
    node.stop().await;
    drop(folder);
}

/// The specification's State Machine 1, word for word, in the account and the region that it names.
#[tokio::test]
async fn the_specifications_document_runs_unchanged() {
    let document =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/documents/state_machine_1.asl.json");
    let document = document.to_str().unwrap().to_owned();
    let mesh = Mesh::start_with(|launch| {
        launch
            .env("DATAMESH_AWS_ACCOUNT", "123456789012")
            .env("DATAMESH_AWS_REGION", "us-east-1")
            .env("DATAMESH_WORKFLOWS_PROMOTION", &document)
    })
    .await;
    let scene = Scene::set(mesh).await;
    let run = json!({"input": {"projectId": scene.project}});
    let run = scene
        .bob
        .post("/api/v1/workflows/promotion:run", &run)
        .await
        .ok();
    let approval = scene.asked().await;
    // Started by Bob, who cannot approve it: somebody else has to.
    let carol = scene.mesh.node.rest("carol", &["fin"]).await;
    carol
        .post(&format!("/api/v1/approvals/{approval}:approve"), &json!({}))
        .await
        .ok();
    let path = format!("/api/v1/executions/{}", id_of(&run, "executionId"));
    let ended = scene.ended(&path, &["RUNNING"]).await;
    assert_eq!(ended["status"], "SUCCEEDED", "{ended}");
    let path = format!("/api/v1/deployments?projectId={}", scene.project);
    let deployments = scene.ann.all(&path, "deployments").await;
    let made: Vec<String> = deployments
        .iter()
        .map(|d| {
            format!(
                "{} {}",
                d["environment"].as_str().unwrap(),
                d["status"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(made, ["prod SUCCESS", "staging SUCCESS", "dev SUCCESS"]);
}

#[tokio::test]
async fn a_document_with_errors_stops_the_start_and_all_of_them_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("wrong.asl.json");
    let wrong = json!({"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "Nowhere"},
        "B": {"Type": "Task", "End": true},
    }});
    std::fs::write(&file, wrong.to_string()).unwrap();
    let failure = datamesh_tests::Launch::on(folder.path().join("data"))
        .env("DATAMESH_WORKFLOWS_PROMOTION", file.to_str().unwrap())
        .try_start()
        .await
        .unwrap_err()
        .to_string();
    assert!(failure.contains("/States/A/Next"), "{failure}");
    assert!(failure.contains("/States/B"), "{failure}");
}
