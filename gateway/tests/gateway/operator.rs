//! The operator's door, and the gateway as a whole.

use std::net::SocketAddr;
use std::time::Duration;

use datamesh_actor::SystemClock;
use datamesh_gateway::auth::{AuthOptions, Issuer};
use datamesh_gateway::server::{Metrics, ServerOptions};
use datamesh_gateway::{Gateway, GatewayParts};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::canned::fill;
use super::mesh::{self, Mesh};

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_come_in() {
    let mesh = Mesh::open().await;
    for path in ["/admin/v1/actors", "/admin/v1/pools", "/admin/v1/queues"] {
        let answer = mesh.send(&["sales"], "GET", path, Value::Null).await;
        assert_eq!(answer.status, 403, "{path}");
        assert_eq!(answer.json()["code"], "NOT_ADMIN");
        mesh.good("GET", path, Value::Null).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn actors_are_listed_and_opened() {
    let mesh = Mesh::held().await;
    let body = json!({"domainName": "sales", "ownerGroups": ["sales"]});
    let domain = mesh.good("POST", "/api/v1/domains", body).await;
    let id = domain["domainId"].as_str().unwrap();
    let list = mesh
        .good("GET", "/admin/v1/actors?kind=domain", Value::Null)
        .await;
    assert_eq!(list["actors"][0]["id"], id);
    assert_eq!(list["actors"][0]["status"], "RESIDENT");
    assert_eq!(list["actors"][0]["pendingEffects"], 1);
    let resident = mesh
        .good("GET", "/admin/v1/actors?status=RESIDENT", Value::Null)
        .await;
    assert_eq!(resident["actors"].as_array().unwrap().len(), 1);

    let actor = mesh
        .good("GET", &format!("/admin/v1/actors/domain/{id}"), Value::Null)
        .await;
    assert_eq!(actor["sequence"], "1");
    assert_eq!(actor["state"]["record"]["domainName"], "sales");
    assert_eq!(actor["effects"][0]["name"], "ClaimName");
    assert_eq!(actor["effects"][0]["idempotency"], "NATURAL_KEY");
    assert_eq!(actor["updatedAt"], "2027-01-15T08:00:00Z");
    let history = format!("/admin/v1/actors/domain/{id}/history");
    let history = mesh.good("GET", &history, Value::Null).await;
    let entry = &history["entries"][0];
    assert_eq!(entry["cause"], "command CreateDomain");
    assert_eq!(entry["by"], "ann@example.com");
    assert_eq!(entry["events"][0]["type"], "DomainRequested");
    let effects = mesh.good("GET", "/admin/v1/effects", Value::Null).await;
    assert_eq!(effects["effects"][0]["kind"], "domain");

    for path in [
        "/admin/v1/actors/domain/none",
        "/admin/v1/actors/nothing/none/history",
    ] {
        let answer = mesh.send(&["admins"], "GET", path, Value::Null).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.text);
    }
    let path = "/admin/v1/actors?status=LOADING";
    let answer = mesh.send(&["admins"], "GET", path, Value::Null).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_actor_refuses_commands_until_it_is_resumed() {
    let mesh = Mesh::open().await;
    let id = mesh.domain("sales").await;
    let actor = format!("/admin/v1/actors/domain/{id}");
    let reason = json!({"reason": "the lake is being moved"});
    let paused = mesh.good("POST", &format!("{actor}:pause"), reason).await;
    assert_eq!(paused["status"], "PAUSED");
    let path = format!("/api/v1/domains/{id}");
    let change = json!({"ownerGroups": ["finance"]});
    let answer = mesh.send(&["admins"], "PATCH", &path, change.clone()).await;
    assert_eq!(answer.status, 409);
    assert_eq!(answer.json()["code"], "ACTOR_PAUSED");
    let detail = answer.json()["detail"].to_string();
    assert!(detail.contains("the lake is being moved"), "{detail}");
    assert_eq!(
        mesh.good("GET", &path, Value::Null).await["ownerGroups"],
        json!(["sales"])
    );
    let list = mesh
        .good("GET", "/admin/v1/actors?status=PAUSED", Value::Null)
        .await;
    assert_eq!(list["actors"][0]["id"], json!(id));

    mesh.good("POST", &format!("{actor}:resume"), Value::Null)
        .await;
    mesh.good("PATCH", &path, change).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_say_what_they_are_for() {
    let mesh = Mesh::open().await;
    let id = mesh.domain("sales").await;
    let retry = "/admin/v1/effects:retry";
    let none = mesh.good("POST", retry, json!({"kind": "domain"})).await;
    assert_eq!(none["retried"], 0);
    let none = mesh
        .good("POST", retry, json!({"kind": "domain", "id": id}))
        .await;
    assert_eq!(none["retried"], 0);
    for (body, status) in [
        (json!({}), 400),
        (json!({"kind": "domain", "effectId": "1"}), 400),
        (json!({"kind": "domain", "id": id, "effectId": "none"}), 404),
    ] {
        let answer = mesh.send(&["admins"], "POST", retry, body).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pools_and_queues_are_shown() {
    let mesh = Mesh::open().await;
    let pools = mesh.good("GET", "/admin/v1/pools", Value::Null).await;
    assert_eq!(pools["pools"][0]["service"], "datazone");
    let queues = mesh.good("GET", "/admin/v1/queues", Value::Null).await;
    assert_eq!(queues["queues"][0]["deadLetters"], "2");
    let path = "/admin/v1/queues/project-set-up:redrive";
    assert_eq!(mesh.good("POST", path, Value::Null).await["messages"], "2");
    let path = "/admin/v1/queues/another:redrive";
    assert_eq!(
        mesh.send(&["admins"], "POST", path, Value::Null)
            .await
            .status,
        404
    );
}

async fn get(addr: SocketAddr, path: &str, token: &str) -> (u16, String) {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let request = http::Request::get(format!("http://{addr}{path}"))
        .header("authorization", format!("Bearer {token}"))
        .body(Empty::<bytes::Bytes>::new())
        .unwrap();
    let response = client.request(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_serves_both_ports_and_stops() {
    let folder = tempfile::tempdir().unwrap();
    let (_gate, receiver) = watch::channel(true);
    let runtime = mesh::runtime(&folder, std::sync::Arc::new(SystemClock), receiver).await;
    let auth = AuthOptions::default();
    let issuer = Issuer::open(folder.path(), &auth, fill(3)).unwrap();
    let now_ms = runtime.clock().now_ms();
    let token = issuer
        .token(
            "ann",
            &["admins".to_owned()],
            Duration::from_secs(60),
            now_ms,
        )
        .unwrap();
    let any = "127.0.0.1:0".parse().unwrap();
    let server = ServerOptions {
        listen: any,
        admin_listen: any,
        ..ServerOptions::default()
    };
    let parts = GatewayParts {
        server: server.clone(),
        auth,
        issuer: Some(issuer),
        runtime: runtime.clone(),
        home: mesh::home(),
        workflows: std::sync::Arc::default(),
        access: datamesh_actors::access::AccessOptions::default(),
        infrastructure: mesh::no_infrastructure(),
        metrics: Metrics::new(),
    };
    let ports = Gateway::bind(&server).await.unwrap();
    let gateway = Gateway::start(ports, parts).await.unwrap();
    let (public, admin) = (gateway.public_addr(), gateway.admin_addr());
    assert_eq!(get(public, "/health", "").await.0, 200);
    assert_eq!(get(public, "/api/domains", &token).await.0, 200);
    assert_eq!(get(public, "/admin/v1/actors", &token).await.0, 404);
    assert_eq!(get(public, "/metrics", &token).await.0, 404);
    assert_eq!(get(admin, "/admin/v1/actors", &token).await.0, 200);
    assert_eq!(get(admin, "/api/domains", &token).await.0, 404);
    let (status, metrics) = get(admin, "/metrics", "").await;
    assert_eq!(status, 200);
    for line in [
        "datamesh_effects_paused 0",
        "datamesh_actors_stopped{status=\"quarantined\"} 0",
        "datamesh_pool_circuit_open{service=\"datazone\",account=\"\",region=\"\",role=\"\"} 0",
    ] {
        assert!(metrics.contains(line), "{line}\n{metrics}");
    }
    gateway.stop(Duration::from_secs(5)).await;
    assert!(tokio::net::TcpStream::connect(public).await.is_err());
    runtime.drain(Duration::from_secs(5)).await;
}
