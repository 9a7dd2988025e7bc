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

/// The control API of the mesh's embedded AWS.
fn aws_control(mesh: &Mesh) -> Rest {
    let file = mesh.node.data().join("localcloud-control.json");
    let door: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let base = format!("http://{}", id_of(&door, "address"));
    Rest::new(&base, Some(id_of(&door, "token")))
}

/// AWS answers CreateProject with status 500, always; the first try and one more are made.
async fn mesh_without_projects() -> Mesh {
    let mesh = Mesh::start_with(|launch| {
        launch
            .env("DATAMESH_LOCALCLOUD_CONTROL", "127.0.0.1:0")
            .env("DATAMESH_RUNTIME_RETRY_ATTEMPTS", "2")
            .env("DATAMESH_RUNTIME_RETRY_INITIAL_MS", "10")
    })
    .await;
    let fault = json!({
        "service": "datazone", "operation": "CreateProject", "effect": "500", "times": "always",
    });
    let injected = aws_control(&mesh).post("/control/faults", &fault).await;
    assert_eq!(injected.status, 201, "{injected}");
    mesh
}

#[tokio::test]
async fn a_paused_effect_is_cancelled_and_its_project_undone() {
    let mesh = mesh_without_projects().await;
    let operator = mesh.node.operator().await;
    let domain = mesh.domain("finance").await;
    let body = json!({"domainId": domain["domainId"], "projectName": "ledger"});
    let project = mesh.rest.post("/api/v1/projects", &body).await.ok();
    let id = id_of(&project, "projectId");
    let actor = format!("/admin/v1/actors/project/{id}");
    let shown = until("its effect is paused", async || {
        let shown = operator.get(&actor).await.ok();
        if shown["pausedEffects"] == 1 {
            Ok(shown)
        } else {
            Err(shown)
        }
    })
    .await;
    let stuck = id_of(&shown, "stuck");
    assert!(
        stuck.starts_with("CreateDataZoneProject waits for an operator: 2 tries failed, because"),
        "{stuck}"
    );

    let mut cancel = json!({
        "kind": "project", "status": "PAUSED", "error": "internal", "reason": "no such luck",
        "dryRun": true,
    });
    let would = operator
        .post("/admin/v1/effects:cancel", &cancel)
        .await
        .ok();
    assert_eq!(
        (&would["cancelled"], &would["report"]["touched"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(
        operator.get(&actor).await.ok()["pausedEffects"],
        1,
        "untouched"
    );
    cancel["dryRun"] = json!(false);
    let done = operator
        .post("/admin/v1/effects:cancel", &cancel)
        .await
        .ok();
    assert_eq!(done["cancelled"], 1, "{done}");
    assert_eq!(done["report"]["mayBeDone"], 1, "{done}");

    let path = format!("/api/v1/projects/{id}");
    let failed = mesh.until_field(&path, "status", "FAILED").await;
    assert!(
        id_of(&failed, "statusReason").contains("an operator cancelled it: no such luck"),
        "{failed}"
    );
    let told = operator
        .get(&format!("{actor}/timeline?pageSize=1000"))
        .await
        .ok();
    let entries = told["entries"].as_array().unwrap();
    let cancelled = entries
        .iter()
        .find(|entry| entry["kind"] == "EFFECT_CANCELLED")
        .unwrap_or_else(|| panic!("{told}"));
    assert_eq!(
        (&cancelled["name"], &cancelled["by"], &cancelled["detail"]),
        (
            &json!("CreateDataZoneProject"),
            &json!("operator"),
            &json!("no such luck")
        )
    );

    // The name is free again, and after a crash the effect is still given up.
    let faults = aws_control(&mesh).delete("/control/faults").await;
    assert_eq!(faults.status, 200, "{faults}");
    mesh.project(&domain, "ledger").await;
    let Mesh { node, folder, .. } = mesh;
    let node = node.kill().await.start().await;
    let shown = node.operator().await.get(&actor).await.ok();
    assert_eq!(shown["pendingEffects"], 0, "{shown}");
    drop(folder);
}

#[tokio::test]
async fn three_of_five_are_paused_by_filter_and_resumed() {
    let mesh = Mesh::start().await;
    let operator = mesh.node.operator().await;
    let mut ids = Vec::new();
    for name in ["finance", "sales", "ops"] {
        ids.push(id_of(&mesh.domain(name).await, "domainId").to_owned());
    }
    let domain = mesh
        .rest
        .get(&format!("/api/v1/domains/{}", ids[0]))
        .await
        .ok();
    for name in ["ledger", "taxes"] {
        mesh.project(&domain, name).await;
    }
    let paused = async || {
        let listed = operator
            .all("/admin/v1/actors?status=PAUSED", "actors")
            .await;
        listed.len()
    };
    let mut wish = json!({"kind": "domain", "reason": "a move", "dryRun": true});
    let would = operator.post("/admin/v1/actors:pause", &wish).await.ok();
    assert_eq!(would["report"]["touched"], 3, "{would}");
    assert_eq!(paused().await, 0);
    wish["dryRun"] = json!(false);
    let done = operator.post("/admin/v1/actors:pause", &wish).await.ok();
    assert_eq!(done["report"]["touched"], 3, "{done}");
    assert_eq!(paused().await, 3);
    let change = json!({"description": "new"});
    for id in &ids {
        let refused = mesh
            .rest
            .patch(&format!("/api/v1/domains/{id}"), &change)
            .await;
        refused.problem(409, "ACTOR_PAUSED");
    }
    let again = operator.post("/admin/v1/actors:pause", &wish).await.ok();
    assert_eq!(again["report"]["skipped"][0]["count"], 3, "{again}");
    let resumed = operator
        .post("/admin/v1/actors:resume", &json!({"kind": "domain"}))
        .await
        .ok();
    assert_eq!(resumed["report"]["touched"], 3, "{resumed}");
    assert_eq!(paused().await, 0);
    let path = format!("/api/v1/domains/{}", ids[1]);
    mesh.rest.patch(&path, &change).await.ok();
}
