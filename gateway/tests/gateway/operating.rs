//! One deed for many, why an actor is stuck, and its timeline, through the operator's door.

use serde_json::{Value, json};

use super::mesh::Mesh;

const PAUSE: &str = "/admin/v1/actors:pause";
const RESUME: &str = "/admin/v1/actors:resume";
const RETRY: &str = "/admin/v1/effects:retry";
const CANCEL: &str = "/admin/v1/effects:cancel";

async fn report(mesh: &Mesh, path: &str, body: Value) -> Value {
    mesh.good("POST", path, body).await["report"].clone()
}

/// The ids of the actors that are paused.
async fn paused(mesh: &Mesh) -> Vec<String> {
    let list = mesh
        .good("GET", "/admin/v1/actors?status=PAUSED", Value::Null)
        .await;
    let ids = list["actors"].as_array().unwrap().iter();
    ids.map(|actor| actor["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_filter_is_refused_and_touches_nothing() {
    let mesh = Mesh::open().await;
    mesh.domain("sales").await;
    for path in [PAUSE, RESUME, RETRY, CANCEL] {
        let answer = mesh
            .send(&["admins"], "POST", path, json!({"reason": "x"}))
            .await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["field"], "all");
        let answer = mesh
            .send(&["sales"], "POST", path, json!({"all": true}))
            .await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text);
    }
    for (path, body, field) in [
        (
            PAUSE,
            json!({"kind": "domain", "status": "LOADING"}),
            "status",
        ),
        (RESUME, json!({"status": "RESIDENT"}), "status"),
        (PAUSE, json!({"ids": ["dom-1"]}), "ids[0]"),
        (
            CANCEL,
            json!({"effectId": "1.0-Put", "kind": "domain"}),
            "id",
        ),
        (CANCEL, json!({"id": "dom-1"}), "kind"),
        (RETRY, json!({"olderThan": "-1s"}), "olderThan"),
    ] {
        let answer = mesh.send(&["admins"], "POST", path, body.clone()).await;
        assert_eq!(answer.status, 400, "{path} {body}: {}", answer.text);
        assert_eq!(answer.json()["errors"][0]["field"], field, "{body}");
    }
    assert!(paused(&mesh).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn actors_are_paused_and_resumed_by_filter_after_a_dry_run() {
    let mesh = Mesh::open().await;
    let mut domains = Vec::new();
    for name in ["sales", "finance", "ops"] {
        domains.push(mesh.domain(name).await);
    }
    mesh.project(&domains[0], "ledger").await;
    domains.sort();

    let dry = json!({"kind": "domain", "dryRun": true});
    let would = report(&mesh, PAUSE, dry).await;
    assert_eq!(
        (&would["matched"], &would["touched"]),
        (&json!(3), &json!(3))
    );
    assert_eq!(would["dryRun"], true);
    assert_eq!(
        would["counts"],
        json!([{"kind": "domain", "name": "", "count": 3}])
    );
    let names: Vec<String> = domains.iter().map(|id| format!("domain/{id}")).collect();
    assert_eq!(would["names"], json!(names));
    assert!(paused(&mesh).await.is_empty(), "nothing was touched");

    let two = json!({"ids": &names[..2], "reason": "an audit"});
    assert_eq!(report(&mesh, PAUSE, two).await["touched"], 2);
    assert_eq!(paused(&mesh).await, domains[..2]);
    let all = json!({"kind": "domain", "reason": "an audit"});
    let done = report(&mesh, PAUSE, all).await;
    assert_eq!((&done["matched"], &done["touched"]), (&json!(3), &json!(1)));
    let skipped = json!([{"reason": "it is paused already", "count": 2, "names": &names[..2]}]);
    assert_eq!(done["skipped"], skipped);
    assert_eq!(paused(&mesh).await, domains);

    let young = json!({"kind": "domain", "olderThan": "3600s"});
    assert_eq!(report(&mesh, RESUME, young).await["matched"], 0);
    let all = json!({"kind": "domain", "reason": "it is over"});
    assert_eq!(report(&mesh, RESUME, all).await["touched"], 3);
    assert!(paused(&mesh).await.is_empty());
    let unknown = json!({"ids": ["domain/none", &names[0]]});
    let done = report(&mesh, PAUSE, unknown).await;
    assert_eq!(done["touched"], 1);
    assert_eq!(done["skipped"][0]["reason"], "there is no such actor");

    let history = format!("/admin/v1/actors/{}/history?pageSize=1000", names[2]);
    let history = mesh.good("GET", &history, Value::Null).await;
    let entries = history["entries"].as_array().unwrap();
    let noted: Vec<_> = entries
        .iter()
        .map(|entry| {
            let text = |field: &str| entry[field].as_str().unwrap();
            (text("cause"), text("by"))
        })
        .filter(|(cause, _)| cause.starts_with("operator"))
        .collect();
    let ann = "ann@example.com";
    assert_eq!(
        noted,
        [
            ("operator pause: an audit", ann),
            ("operator resume: it is over", ann)
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_actors_effect_is_cancelled_by_filter_and_its_actor_is_told() {
    let mesh = Mesh::held().await;
    let body = json!({"domainName": "sales", "ownerGroups": ["sales"]});
    let domain = mesh.good("POST", "/api/v1/domains", body).await;
    let id = domain["domainId"].as_str().unwrap();
    let actor = format!("/admin/v1/actors/domain/{id}");
    let stuck = mesh.good("GET", &actor, Value::Null).await["stuck"].to_string();
    assert!(
        stuck.contains("ClaimName is under way, attempt 1"),
        "{stuck}"
    );

    let running = json!({"kind": "domain", "status": "RUNNING", "reason": "too long"});
    let done = report(&mesh, CANCEL, running.clone()).await;
    assert_eq!((&done["matched"], &done["touched"]), (&json!(1), &json!(0)));
    let reason = done["skipped"][0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("it is being tried just now"), "{reason}");

    // Its try ends well, which is too late for the wish.
    mesh.let_through();
    mesh.until(&format!("/api/v1/domains/{id}"), "status", "ACTIVE")
        .await;
    let none = report(&mesh, CANCEL, running).await;
    assert_eq!(none["matched"], 0);
    mesh.until(&actor, "stuck", "it is not stuck: it has nothing to do")
        .await;

    let gone = json!({"kind": "domain", "id": id, "effectId": "1.0-ClaimName"});
    let answer = mesh.send(&["admins"], "POST", CANCEL, gone).await;
    assert_eq!(answer.status, 404, "{}", answer.text);
    assert_eq!(answer.json()["code"], "EFFECT_NOT_FOUND");
    for path in [RETRY, CANCEL] {
        let unknown = json!({"kind": "domain", "id": "none"});
        let answer = mesh.send(&["admins"], "POST", path, unknown).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_timeline_tells_in_order_what_happened_and_what_is_open() {
    let mesh = Mesh::held().await;
    let body = json!({"domainName": "sales", "ownerGroups": ["sales"]});
    let domain = mesh.good("POST", "/api/v1/domains", body).await;
    let id = domain["domainId"].as_str().unwrap();
    let path = format!("/admin/v1/actors/domain/{id}/timeline");
    let told = mesh.good("GET", &path, Value::Null).await;
    let entries = told["entries"].as_array().unwrap();
    let lines: Vec<_> = entries
        .iter()
        .map(|entry| {
            let text = |field: &str| entry[field].as_str().unwrap_or_default();
            (text("sequence"), text("kind"), text("name"))
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("1", "COMMAND", "CreateDomain"),
            ("1", "EVENT", "DomainRequested"),
            ("1", "EVENT", "StepTaken"),
            ("1", "EFFECT_ASKED", "ClaimName"),
            ("0", "EFFECT_PENDING", "ClaimName"),
        ]
    );
    assert_eq!(entries[0]["by"], "ann@example.com");
    assert_eq!(entries[3]["effectId"], "1.0-ClaimName");
    assert_eq!(entries[4]["attempts"], 1);
    assert_eq!(told["nextAfter"], "0");

    mesh.let_through();
    mesh.until(&format!("/api/v1/domains/{id}"), "status", "ACTIVE")
        .await;
    let told = mesh
        .good("GET", &format!("{path}?after=1&pageSize=1"), Value::Null)
        .await;
    let done = &told["entries"][0];
    assert_eq!(
        (&done["kind"], &done["name"], &done["effectId"]),
        (
            &json!("EFFECT_DONE"),
            &json!("ClaimName"),
            &json!("1.0-ClaimName")
        )
    );
    assert_eq!(done["attempts"], 1);
    assert!(done["took"].as_str().unwrap().ends_with('s'), "{done}");
    assert_eq!(told["nextAfter"], "2");
    let none = "/admin/v1/actors/domain/none/timeline";
    let answer = mesh.send(&["admins"], "GET", none, Value::Null).await;
    assert_eq!(answer.status, 404);
}
