//! Deployments over REST and gRPC, over real actors; only CloudFormation is pretended.

use serde_json::{Value, json};

use super::canned::Answer;
use super::mesh::Mesh;

const OWNER: &[&str] = &["sales"];
const STRANGER: &[&str] = &["marketing"];
const TEMPLATE: &str = "
Parameters:
  Environment: { Type: String }
  Size: { Type: Number, Default: 1, MaxValue: 9 }
  Password: { Type: String, NoEcho: true, Default: '' }
Resources:
  Topic: { Type: AWS::SNS::Topic }
";

#[track_caller]
fn refused(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.json()["code"], code, "{}", answer.text);
}

async fn project(mesh: &Mesh) -> String {
    let domain_id = mesh.domain("sales").await;
    mesh.project(&domain_id, "Orders").await
}

fn deployment(project_id: &str, environment: &str) -> Value {
    json!({
        "projectId": project_id,
        "targetEnvironment": environment,
        "cfnTemplate": TEMPLATE,
        "parameters": {"Size": "3"},
        "wait": true,
    })
}

/// Deploys to dev, and waits for it.
async fn deployed(mesh: &Mesh) -> (String, Value) {
    let project_id = project(mesh).await;
    let body = deployment(&project_id, "dev");
    let done = mesh.good("POST", "/api/v1/deployments", body).await;
    assert_eq!(done["status"], "SUCCESS", "{done}");
    (project_id, done)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_is_followed_to_its_end_and_can_be_read_and_found() {
    let mesh = Mesh::open().await;
    let (project_id, done) = deployed(&mesh).await;
    assert_eq!(done["change"], "CREATE");
    assert_eq!(done["changes"][0]["logicalResourceId"], "Topic");
    assert_eq!(done["events"][0]["resourceStatus"], "CREATE_COMPLETE");
    assert_eq!(done["outputs"]["TopicArn"], "arn:aws:sns:::t");
    assert_eq!(done["deployedBy"], "ann@example.com");
    let id = done["deploymentId"].as_str().unwrap();
    let path = format!("/api/v1/deployments/{id}");
    assert_eq!(mesh.good("GET", &path, Value::Null).await, done);

    let found = async |query: String| {
        let path = format!("/api/v1/deployments?{query}");
        let list = mesh.good("GET", &path, Value::Null).await;
        list["deployments"].as_array().unwrap().len()
    };
    let here = format!("projectId={project_id}&environment=dev&status=SUCCESS");
    assert_eq!(found(here.clone()).await, 1);
    assert_eq!(found("environment=prod".to_owned()).await, 0);
    assert_eq!(
        found(format!("{here}&startTime=2027-01-15T08:00:00Z")).await,
        1
    );
    assert_eq!(
        found(format!("{here}&startTime=2027-01-15T08:00:01Z")).await,
        0
    );
    assert_eq!(
        found(format!("{here}&endTime=2027-01-15T08:00:00Z")).await,
        0
    );

    let path = format!("/api/v1/projects/{project_id}/environments/dev");
    let environment = mesh.good("GET", &path, Value::Null).await;
    assert_eq!(environment["status"], "READY");
    assert_eq!(environment["deploymentId"], id);
    let list = mesh.good("GET", "/api/v1/environments", Value::Null).await;
    assert_eq!(list["environments"][0], environment);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_of_a_deployment_ends_with_it() {
    let mesh = Mesh::open().await;
    let (_, done) = deployed(&mesh).await;
    let id = done["deploymentId"].as_str().unwrap();
    let path = format!("/api/v1/deployments/{id}:watch");
    let watch = mesh.send(STRANGER, "GET", &path, Value::Null);
    let seen = tokio::time::timeout(std::time::Duration::from_secs(20), watch);
    let seen = seen.await.expect("the stream goes on after the end");
    assert_eq!(seen.status, 200);
    assert!(seen.text.contains(r#""status":"SUCCESS""#), "{}", seen.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_out_comes_from_the_environment_before() {
    let mesh = Mesh::open().await;
    let (project_id, done) = deployed(&mesh).await;
    let bare = json!({"projectId": project_id, "targetEnvironment": "staging", "wait": true});
    let staging = mesh.good("POST", "/api/v1/deployments", bare).await;
    assert_eq!(staging["digest"], done["digest"]);
    assert_eq!(staging["parameters"]["Size"], "3");
    let bare = json!({"projectId": project_id, "targetEnvironment": "dev"});
    let answer = mesh.send(OWNER, "POST", "/api/v1/deployments", bare).await;
    refused(&answer, 400, "INVALID_FIELDS");
    assert_eq!(answer.json()["errors"][0]["field"], "cfnTemplate");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_with_the_same_request_id_is_one_deployment() {
    let mesh = Mesh::held().await;
    mesh.let_through();
    let project_id = project(&mesh).await;
    mesh.hold();
    let mut body = deployment(&project_id, "dev");
    body["wait"] = json!(false);
    body["requestId"] = json!("r-1");
    let first = mesh.good("POST", "/api/v1/deployments", body.clone()).await;
    assert_eq!(first["status"], "IN_PROGRESS");
    let second = mesh.good("POST", "/api/v1/deployments", body.clone()).await;
    assert_eq!(first["deploymentId"], second["deploymentId"]);

    body["requestId"] = json!("r-2");
    let answer = mesh
        .send(OWNER, "POST", "/api/v1/deployments", body.clone())
        .await;
    refused(&answer, 409, "DEPLOYMENT_RUNNING");
    assert!(
        answer
            .text
            .contains(first["deploymentId"].as_str().unwrap())
    );
    mesh.let_through();
    let id = first["deploymentId"].as_str().unwrap();
    mesh.until(&format!("/api/v1/deployments/{id}"), "status", "SUCCESS")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_owners_and_admins_deploy_and_everybody_reads() {
    let mesh = Mesh::open().await;
    let (project_id, done) = deployed(&mesh).await;
    let id = done["deploymentId"].as_str().unwrap();
    let body = deployment(&project_id, "dev");
    let answer = mesh
        .send(STRANGER, "POST", "/api/v1/deployments", body)
        .await;
    refused(&answer, 403, "NOT_OWNER");
    let path = format!("/api/v1/deployments/{id}:rollback");
    let answer = mesh.send(STRANGER, "POST", &path, json!({})).await;
    refused(&answer, 403, "NOT_OWNER");
    let path = format!("/api/v1/projects/{project_id}/environments/dev");
    let answer = mesh.send(STRANGER, "DELETE", &path, Value::Null).await;
    refused(&answer, 403, "NOT_OWNER");
    for path in [
        format!("/api/v1/deployments/{id}"),
        path,
        "/api/v1/blueprints".to_owned(),
    ] {
        assert_eq!(
            mesh.send(STRANGER, "GET", &path, Value::Null).await.status,
            200
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_request_says_what_is_wrong_and_begins_nothing() {
    let mesh = Mesh::open().await;
    let project_id = project(&mesh).await;
    for (change, field) in [
        (json!({"targetEnvironment": "moon"}), "targetEnvironment"),
        (json!({"cfnTemplate": "{"}), "cfnTemplate"),
        (json!({"cfnTemplate": 7}), "cfnTemplate"),
        (json!({"blueprint": "project"}), "blueprint"),
        (
            json!({"parameters": {"Colour": "red"}}),
            "parameters[\"Colour\"]",
        ),
        (
            json!({"parameters": {"Size": "12"}}),
            "parameters[\"Size\"]",
        ),
    ] {
        let mut body = deployment(&project_id, "dev");
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = mesh.send(OWNER, "POST", "/api/v1/deployments", body).await;
        refused(&answer, 400, "INVALID_FIELDS");
        assert_eq!(
            answer.json()["errors"][0]["field"],
            field,
            "{}",
            answer.text
        );
    }
    let body = deployment("proj-none", "dev");
    let answer = mesh.send(OWNER, "POST", "/api/v1/deployments", body).await;
    refused(&answer, 404, "PROJECT_NOT_FOUND");
    let list = mesh.good("GET", "/api/v1/deployments", Value::Null).await;
    assert_eq!(list["deployments"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_preview_changes_nothing() {
    let mesh = Mesh::open().await;
    let project_id = project(&mesh).await;
    let mut body = deployment(&project_id, "dev");
    body["dryRun"] = json!(true);
    let preview = mesh.good("POST", "/api/v1/deployments", body).await;
    assert_eq!(preview["status"], "PREVIEWED");
    assert_eq!(preview["changes"][0]["action"], "Add");
    let delete = format!("/api/v1/projects/{project_id}/environments/dev");
    let answer = mesh.send(OWNER, "DELETE", &delete, Value::Null).await;
    refused(&answer, 404, "ENVIRONMENT_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_deployment_is_undone_and_the_environment_is_gone() {
    let mesh = Mesh::open().await;
    let (project_id, done) = deployed(&mesh).await;
    let id = done["deploymentId"].as_str().unwrap();
    let path = format!("/api/v1/deployments/{id}:rollback");
    let body = json!({"reason": "it was wrong", "requestId": "r-1", "wait": true});
    let undoing = mesh.good("POST", &path, body.clone()).await;
    assert_eq!(undoing["status"], "SUCCESS", "{undoing}");
    assert_eq!(
        (&undoing["change"], &undoing["rollsBack"]),
        (&json!("DELETE"), &json!(id))
    );
    assert_eq!(
        mesh.good("POST", &path, body).await["deploymentId"],
        undoing["deploymentId"]
    );
    let undone = mesh
        .good("GET", &format!("/api/v1/deployments/{id}"), Value::Null)
        .await;
    assert_eq!(undone["rollbackReason"], "it was wrong");
    let path = format!("/api/v1/projects/{project_id}/environments/dev");
    let answer = mesh.send(OWNER, "GET", &path, Value::Null).await;
    refused(&answer, 404, "ENVIRONMENT_NOT_FOUND");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_environment_is_deleted_and_waited_for() {
    let mesh = Mesh::open().await;
    let (project_id, _) = deployed(&mesh).await;
    let path = format!("/api/v1/projects/{project_id}/environments/dev?wait=true");
    let gone = mesh.good("DELETE", &path, Value::Null).await;
    assert_eq!(gone["status"], "EMPTY");
}

#[tokio::test(flavor = "multi_thread")]
async fn checks_answer_what_was_seen_and_fail_with_a_reason() {
    let mesh = Mesh::open().await;
    let (project_id, done) = deployed(&mesh).await;
    let about = json!({"projectId": project_id, "environment": "dev", "requestId": "c-1"});
    let valid = mesh.good("POST", "/api/validate", about.clone()).await;
    assert_eq!(valid["status"], "PASSED");
    assert_eq!(valid["cfnTemplate"], TEMPLATE);
    assert_eq!(valid["digest"], done["digest"]);
    assert_eq!(
        mesh.good("POST", "/api/validate", about.clone()).await,
        valid
    );
    assert_eq!(
        mesh.good("POST", "/api/v1/tests/run", about.clone()).await["status"],
        "PASSED"
    );
    let path = format!("/api/verify?projectId={project_id}&environment=dev");
    assert_eq!(
        mesh.good("GET", &path, Value::Null).await["status"],
        "PASSED"
    );

    let path = format!("{path}&digest=abc");
    let answer = mesh.send(OWNER, "GET", &path, Value::Null).await;
    refused(&answer, 409, "VERIFICATION_FAILED");
    assert_eq!(answer.json()["errors"][0]["field"], "digest-as-expected");

    let path = format!("/api/v1/projects/{project_id}/environments/dev:detectDrift");
    let drift = mesh.good("POST", &path, json!({})).await;
    assert_eq!(
        (&drift["status"], &drift["driftStatus"]),
        (&json!("COMPLETED"), &json!("IN_SYNC"))
    );

    let nothing = json!({"projectId": project_id, "environment": "prod"});
    let answer = mesh.send(OWNER, "POST", "/api/v1/tests/run", nothing).await;
    refused(&answer, 409, "NOTHING_DEPLOYED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hidden_value_is_shown_to_nobody_while_it_is_on_its_way() {
    let mesh = Mesh::held().await;
    mesh.let_through();
    let project_id = project(&mesh).await;
    mesh.hold();
    let mut body = deployment(&project_id, "dev");
    body["wait"] = json!(false);
    body["parameters"]["Password"] = json!("hunter2");
    let first = mesh.good("POST", "/api/v1/deployments", body).await;
    assert_eq!(first["parameters"]["Password"], "****");
    let actor = format!("/admin/v1/actors/environment/{project_id}.dev");
    for path in [
        actor.clone(),
        format!("{actor}/history"),
        "/admin/v1/effects".to_owned(),
    ] {
        let shown = mesh.send(&["admins"], "GET", &path, Value::Null).await;
        assert_eq!(shown.status, 200, "{path}: {}", shown.text);
        assert!(!shown.text.contains("hunter2"), "{path}: {}", shown.text);
    }
    let effects = mesh.good("GET", "/admin/v1/effects", Value::Null).await;
    assert!(
        effects.to_string().contains(r#""Password":"****""#),
        "{effects}"
    );
    mesh.let_through();
    let id = first["deploymentId"].as_str().unwrap();
    mesh.until(&format!("/api/v1/deployments/{id}"), "status", "SUCCESS")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn blueprints_are_listed_and_described() {
    let mesh = Mesh::open().await;
    let list = mesh.good("GET", "/api/v1/blueprints", Value::Null).await;
    let names: Vec<&str> = list["blueprints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|blueprint| blueprint["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["domain", "project"]);
    let page = mesh
        .good("GET", "/api/v1/blueprints?pageSize=1", Value::Null)
        .await;
    assert_eq!(page["nextPageToken"], "domain");
    let one = mesh
        .good("GET", "/api/v1/blueprints/project", Value::Null)
        .await;
    assert!(one["template"].as_str().unwrap().contains("AWS::KMS::Key"));
    assert_eq!(one["parameters"][0]["name"], "TrustedPrincipalArn");
    let answer = mesh
        .send(OWNER, "GET", "/api/v1/blueprints/castle", Value::Null)
        .await;
    refused(&answer, 404, "BLUEPRINT_NOT_FOUND");
}
