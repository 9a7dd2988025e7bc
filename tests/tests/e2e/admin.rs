//! The operator's door: what the runtime is doing, and steering it.

use datamesh_proto::v1;
use datamesh_tests::{Grpc, Mesh, Rest, id_of, until};
use serde_json::{Value, json};

const QUEUE: &str = "datamesh-project-setup";

async fn queue(operator: &Rest) -> Value {
    let queues = operator.get("/admin/v1/queues").await.ok();
    let found = queues["queues"]
        .as_array()
        .unwrap()
        .iter()
        .find(|queue| queue["queue"] == QUEUE);
    found.unwrap_or_else(|| panic!("{queues}")).clone()
}

/// Waits until the queue and its dead-letter queue hold this many messages (64-bit numbers are text in the
/// JSON of protobuf).
async fn until_queued(operator: &Rest, waiting: &str, dead: &str) {
    until(
        &format!("{waiting} messages wait and {dead} are dead"),
        async || {
            let seen = queue(operator).await;
            let so = seen["visible"] == waiting
                && seen["inFlight"] == "0"
                && seen["deadLetters"] == dead;
            if so { Ok(()) } else { Err(seen) }
        },
    )
    .await;
}

#[tokio::test]
async fn an_actor_is_listed_shown_and_its_history_told() {
    let mesh = Mesh::start().await;
    let operator = mesh.node.operator().await;
    let domain = mesh.domain("finance").await;
    let project = mesh.project(&domain, "ledger").await;
    let id = id_of(&project, "projectId");

    let actors = operator
        .all("/admin/v1/actors?kind=project", "actors")
        .await;
    assert_eq!(actors.len(), 1);
    assert_eq!(
        (&actors[0]["kind"], &actors[0]["id"]),
        (&json!("project"), &project["projectId"])
    );
    let all = operator.all("/admin/v1/actors", "actors").await;
    assert!(
        all.iter().any(|actor| actor["id"] == domain["domainId"]),
        "{all:?}"
    );
    let paused = operator
        .all("/admin/v1/actors?pausedEffects=true", "actors")
        .await;
    assert_eq!(paused, [] as [Value; 0]);

    let path = format!("/admin/v1/actors/project/{id}");
    let shown = until("no effect is under way", async || {
        let shown = operator.get(&path).await.ok();
        if shown["pendingEffects"] == 0 {
            Ok(shown)
        } else {
            Err(shown)
        }
    })
    .await;
    assert!(shown["state"].is_object(), "{shown}");
    assert_eq!(shown["lastError"], "", "{shown}");

    let history = operator.get(&format!("{path}/history")).await.ok();
    let entries = history["entries"].as_array().unwrap();
    assert_eq!(
        (&entries[0]["cause"], &entries[0]["by"]),
        (&json!("command CreateProject"), &json!("ada@example.com"))
    );
    let numbers: Vec<&str> = entries
        .iter()
        .map(|entry| id_of(entry, "sequence"))
        .collect();
    let counted: Vec<String> = (1..=entries.len()).map(|n| n.to_string()).collect();
    assert_eq!(numbers, counted, "without a gap");
    assert_eq!(shown["sequence"], counted.last().unwrap().as_str());
    let later = operator
        .get(&format!("{path}/history?after=1&pageSize=1"))
        .await
        .ok();
    assert_eq!(later["entries"], json!([entries[1]]));

    operator
        .get("/admin/v1/actors/project/proj-none")
        .await
        .problem(404, "ACTOR_NOT_FOUND");
    let mut admin = Grpc::new(
        &mesh.node.admin_url(),
        Some(&mesh.node.token("op", &["admins"]).await),
    )
    .admin();
    let request = v1::GetActorRequest {
        kind: "project".to_owned(),
        id: id.to_owned(),
    };
    assert_eq!(admin.get_actor(request).await.unwrap().into_inner().id, id);
}

#[tokio::test]
async fn a_paused_actor_says_so_also_after_a_crash_until_it_is_resumed() {
    let mesh = Mesh::start().await;
    let operator = mesh.node.operator().await;
    let domain = mesh.domain("finance").await;
    let project = mesh.project(&domain, "ledger").await;
    let path = format!("/api/v1/projects/{}", id_of(&project, "projectId"));
    let actor = format!("/admin/v1/actors/project/{}", id_of(&project, "projectId"));

    let paused = operator
        .post(&format!("{actor}:pause"), &json!({"reason": "an audit"}))
        .await
        .ok();
    assert_eq!(
        (&paused["status"], &paused["reason"]),
        (&json!("PAUSED"), &json!("paused by operator: an audit"))
    );
    let change = json!({"description": "new", "wait": true});
    let refused = mesh.rest.patch(&path, &change).await;
    let problem = refused.problem(409, "ACTOR_PAUSED");
    assert!(id_of(&problem, "detail").contains("an audit"), "{problem}");
    assert_eq!(
        mesh.rest.get(&path).await.status,
        200,
        "it can still be read"
    );
    let listed = operator
        .all("/admin/v1/actors?status=PAUSED", "actors")
        .await;
    assert_eq!(listed.len(), 1);

    let Mesh { node, folder, .. } = mesh;
    let node = node.kill().await.start().await;
    let (rest, operator) = (node.rest("ada", &["admins"]).await, node.operator().await);
    rest.patch(&path, &change)
        .await
        .problem(409, "ACTOR_PAUSED");
    let resumed = operator
        .post(&format!("{actor}:resume"), &json!({}))
        .await
        .ok();
    assert_ne!(resumed["status"], "PAUSED");
    assert_eq!(rest.patch(&path, &change).await.ok()["description"], "new");
    drop(folder);
}

#[tokio::test]
async fn work_of_a_paused_actor_waits_and_goes_on() {
    let mesh = Mesh::start().await;
    let operator = mesh.node.operator().await;
    let domain = mesh.domain("finance").await;
    let path = format!("/api/v1/domains/{}", id_of(&domain, "domainId"));
    let actor = format!("/admin/v1/actors/domain/{}", id_of(&domain, "domainId"));
    operator
        .post(&format!("{actor}:pause"), &json!({}))
        .await
        .ok();
    let body = json!({"domainId": domain["domainId"], "projectName": "ledger"});
    let project = mesh.rest.post("/api/v1/projects", &body).await.ok();
    let project_path = format!("/api/v1/projects/{}", id_of(&project, "projectId"));
    let waits = format!("/admin/v1/actors/project/{}", id_of(&project, "projectId"));
    let error = until("its effect has met the pause", async || {
        let effects = operator.get(&waits).await.ok()["effects"].clone();
        match effects[0]["lastError"].as_str() {
            Some(error) if !error.is_empty() => Ok(error.to_owned()),
            _ => Err(effects),
        }
    })
    .await;
    assert!(error.starts_with("ActorPaused"), "{error}");
    assert_eq!(
        mesh.rest.get(&project_path).await.ok()["status"],
        "CREATING"
    );
    assert_eq!(mesh.rest.get(&path).await.ok()["status"], "ACTIVE");
    operator
        .post(&format!("{actor}:resume"), &json!({}))
        .await
        .ok();
    mesh.until_field(&project_path, "setupStatus", "COMPLETED")
        .await;
}

#[tokio::test]
async fn pools_show_what_was_called() {
    let mesh = Mesh::start().await;
    let operator = mesh.node.operator().await;
    let domain = mesh.domain("finance").await;
    mesh.project(&domain, "ledger").await;
    let pools = operator.get("/admin/v1/pools").await.ok();
    let pools = pools["pools"].as_array().unwrap();
    let pool = pools
        .iter()
        .find(|pool| pool["service"] == "datazone")
        .unwrap();
    assert_eq!(pool["circuit"], "CLOSED");
    assert_eq!(
        (&pool["account"], &pool["region"]),
        (&json!("000000000000"), &json!("eu-central-1"))
    );
    let operations = pool["operations"].as_array().unwrap();
    let called = operations
        .iter()
        .find(|operation| operation["operation"] == "CreateProject");
    assert_eq!(called.unwrap()["calls"], "1", "{operations:?}");
    for service in ["s3", "sqs", "events"] {
        assert!(
            pools.iter().any(|pool| pool["service"] == service),
            "{pools:?}"
        );
    }
}

#[tokio::test]
async fn a_poisoned_message_ends_among_the_dead_letters_and_can_be_put_back() {
    // The id of a project follows from who asked and the request id: a first mesh tells it.
    let id = {
        let first = Mesh::start().await;
        let domain = first.domain("finance").await;
        let body = json!({"domainId": domain["domainId"], "projectName": "ledger"});
        let project = first
            .post_once("/api/v1/projects", "known-before", &body)
            .await
            .ok();
        id_of(&project, "projectId").to_owned()
    };
    let mesh = Mesh::start_with(|launch| {
        launch
            .env("DATAMESH_WORKERS_POISON_PAUSE_S", "1")
            .env("DATAMESH_WORKERS_MAX_RECEIVES", "2")
    })
    .await;
    let operator = mesh.node.operator().await;
    let domain = mesh.domain("finance").await;
    until_queued(&operator, "0", "0").await;
    mesh.cloud.send_message(QUEUE, "this is no event").await;
    until_queued(&operator, "0", "1").await;
    let put_back = operator
        .post(&format!("/admin/v1/queues/{QUEUE}:redrive"), &json!({}))
        .await
        .ok();
    assert_eq!(put_back["messages"], "1");
    until_queued(&operator, "0", "1").await;
    assert_eq!(
        mesh.cloud.take_messages("datamesh-project-setup-dlq").await,
        ["this is no event"]
    );

    let event = json!({
        "version": "0", "id": "by-hand", "detail-type": "ProjectCreated",
        "source": "management-app.projects", "resources": [], "detail": {"projectId": id},
    });
    mesh.cloud.send_message(QUEUE, &event.to_string()).await;
    until_queued(&operator, "0", "1").await;
    let body = json!({"domainId": domain["domainId"], "projectName": "ledger", "wait": true});
    let project = mesh
        .post_once("/api/v1/projects", "known-before", &body)
        .await
        .ok();
    assert_eq!(project["projectId"], id.as_str());
    operator
        .post(&format!("/admin/v1/queues/{QUEUE}:redrive"), &json!({}))
        .await
        .ok();
    until_queued(&operator, "0", "0").await;
    let unknown = operator
        .post("/admin/v1/queues/none:redrive", &json!({}))
        .await;
    assert_eq!(unknown.status, 404, "{unknown}");
}

#[tokio::test]
async fn metrics_count_requests_actors_and_effects() {
    let mesh = Mesh::start().await;
    mesh.domain("finance").await;
    let metrics = Rest::new(&mesh.node.admin_url(), None)
        .get("/metrics")
        .await;
    assert_eq!(metrics.status, 200);
    let requests = r#"datamesh_requests_total{transport="rest",method="DomainService/CreateDomain",code="OK"} 1"#;
    let public = Rest::new(&mesh.node.url(), None).get("/metrics").await;
    let both = format!("{}{}", metrics.text, public.text);
    assert!(both.contains(requests), "{both}");
    assert!(metrics.text.ends_with("# EOF\n"), "OpenMetrics");
}
