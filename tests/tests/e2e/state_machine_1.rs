//! The specification's State Machine 1, as it stands there, promotes a project on the real process.

use datamesh_tests::{Mesh, id_of, repository, until};
use serde_json::{Value, json};

/// The account and region that its ARNs name.
const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";

#[tokio::test]
async fn it_runs_unchanged() {
    let document = repository().join("tests/fixtures/state_machine_1.asl.json");
    let mesh = Mesh::start_with(|launch| {
        launch
            .env("DATAMESH_AWS_ACCOUNT", ACCOUNT)
            .env("DATAMESH_AWS_REGION", REGION)
            .env("DATAMESH_WORKFLOWS_PROMOTION", document.to_str().unwrap())
    })
    .await;
    let domain = mesh.domain("finance").await;
    let project = mesh.project(&domain, "ledger").await;
    let project_id = id_of(&project, "projectId");
    let amelia = mesh.node.rest("amelia@example.com", &["team"]).await;
    let orville = mesh.node.rest("orville@example.com", &["team"]).await;

    let body = json!({
        "projectId": project_id, "targetEnvironment": "dev", "blueprint": "project", "wait": true,
    });
    let deployed = amelia.post("/api/v1/deployments", &body).await.ok();
    assert_eq!(deployed["status"], "SUCCESS", "{deployed:#}");

    let promote = format!("/api/v1/projects/{project_id}/promote");
    let promotion = amelia
        .post(&promote, &json!({"targetEnvironment": "staging"}))
        .await
        .ok();
    let path = format!("/api/v1/promotions/{}", id_of(&promotion, "requestId"));
    let approval = until("it asks for an approval", async || {
        let seen = amelia.get(&path).await.ok();
        match seen["approvalId"].as_str() {
            Some(id) if !id.is_empty() => Ok(id.to_owned()),
            _ => Err(seen),
        }
    })
    .await;
    let approval = format!("/api/v1/approvals/{approval}");
    let asked = amelia.get(&approval).await.ok();
    assert_eq!(
        asked["message"], "Ready to promote to production?",
        "{asked}"
    );
    let staging = format!("/api/v1/projects/{project_id}/environments/staging");
    let staging = amelia.get(&staging).await.ok();
    assert_eq!(
        staging["status"], "READY",
        "staging comes before the gate: {staging}"
    );

    orville
        .post(&format!("{approval}:approve"), &json!({}))
        .await
        .ok();
    let done = mesh.until_field(&path, "status", "COMPLETED").await;
    let prod = format!("/api/v1/projects/{project_id}/environments/prod");
    let prod = amelia.get(&prod).await.ok();
    assert_eq!(prod["status"], "READY", "{prod}");
    assert_eq!(
        prod["digest"], staging["digest"],
        "what was approved is what is in prod"
    );

    let history = format!("/api/v1/executions/{}/history", id_of(&done, "executionId"));
    let events = amelia.all(&history, "events").await;
    let entered: Vec<&Value> = events
        .iter()
        .filter(|event| event["type"] == "TaskStateEntered")
        .map(|event| &event["details"]["name"])
        .collect();
    let states = [
        "ValidateSourceEnvironment",
        "DeployToStaging",
        "RunStagingTests",
        "ApprovalGate",
        "DeployToProduction",
        "VerifyDeployment",
        "NotifySuccess",
    ];
    assert_eq!(entered, states);
}
