//! More requests than are worked on at once: who is refused at the port, and who is not.

use axum::body::Body;
use datamesh_gateway::server::{HealthState, ServerOptions};
use datamesh_gateway::services::PUBLIC;
use futures::FutureExt;
use futures::future::BoxFuture;
use http::Request;
use serde_json::json;

use super::canned::{Answer, Bench};
use super::mesh::{self, Mesh};

fn places(max_requests: usize) -> ServerOptions {
    ServerOptions {
        max_requests,
        ..ServerOptions::default()
    }
}

fn send<'a>(bench: &'a Bench, user: &str, verb: &str, path: &str) -> BoxFuture<'a, Answer> {
    let token = bench.token_of(user, &["admins"]);
    let body = match verb {
        "GET" => Body::empty(),
        _ => Body::from("{}"),
    };
    let request = Request::builder()
        .method(verb)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    bench.send(request.body(body).unwrap()).boxed()
}

/// Sends what will not be answered, as far as it is not refused at once.
fn hang<'a>(bench: &'a Bench, user: &str, path: &str) -> BoxFuture<'a, Answer> {
    let mut request = send(bench, user, "GET", path);
    assert!((&mut request).now_or_never().is_none(), "it is answered");
    request
}

#[tokio::test]
async fn one_user_does_not_take_all_places() {
    let bench = Bench::with(&places(4));
    let slow = "/api/v1/domains/slow";
    let anns = [hang(&bench, "ann", slow), hang(&bench, "ann", slow)];
    let third = send(&bench, "ann", "GET", slow).await;
    assert_eq!(third.status, 429, "{}", third.text);
    assert_eq!(third.json()["code"], "USER_BUSY");
    assert_eq!(third.header("retry-after"), "1");

    // Another is answered, and may wait as well.
    let bob = send(&bench, "bob", "GET", "/api/v1/domains/dom-1").await;
    assert_eq!(bob.status, 200, "{}", bob.text);
    let bobs = hang(&bench, "bob", slow);
    let carl = send(&bench, "carl", "GET", "/api/v1/domains/dom-1").await;
    assert_eq!(carl.status, 200, "{}", carl.text);

    // Whoever hangs up leaves no place behind.
    drop((anns, bobs));
    let again: Vec<_> = (0..2).map(|_| hang(&bench, "ann", slow)).collect();
    assert_eq!(again.len(), 2);
}

#[tokio::test]
async fn health_is_told_when_all_places_are_taken() {
    let bench = Bench::with(&places(1));
    bench.health.set(HealthState::Up, &[]).await;
    let _slow = hang(&bench, "ann", "/api/v1/domains/slow");
    let busy = send(&bench, "bob", "GET", "/api/v1/domains/dom-1").await;
    assert_eq!(busy.status, 503);
    let health = send(&bench, "bob", "GET", "/health").await;
    assert_eq!(health.status, 200, "{}", health.text);
    let metrics = send(&bench, "bob", "GET", "/metrics").await;
    assert_eq!(metrics.status, 503, "it is work");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoke_finds_a_place_when_there_is_none_for_others() {
    let mesh = Mesh::held().await;
    let services = datamesh_gateway::services::Services::new(
        mesh.runtime.clone(),
        mesh::home(),
        mesh::no_infrastructure(),
        mesh.drain.clone(),
        8,
    );
    let routes = services.public_routes(mesh::MAX_BYTES);
    let bench = Bench::over(&places(1), &PUBLIC, routes, mesh.clock.clone());
    // It waits for AWS, which does not answer.
    let body = json!({"domainName": "sales", "ownerGroups": ["sales"], "wait": true});
    let waiting = bench.request("POST", "/api/v1/domains");
    let token = bench.token_of("ann", &["admins"]);
    let waiting = waiting
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let (mut parts, body) = waiting.into_parts();
    let bearer = format!("Bearer {token}").parse().unwrap();
    parts.headers.insert("authorization", bearer);
    let mut waiting = bench.send(Request::from_parts(parts, body)).boxed();
    assert!((&mut waiting).now_or_never().is_none());

    let read = send(&bench, "bob", "GET", "/api/v1/domains").await;
    assert_eq!(read.json()["code"], "TOO_BUSY", "{}", read.text);
    assert_eq!(read.header("retry-after"), "1");
    let write = send(&bench, "bob", "POST", "/api/v1/shares/share-none:verify").await;
    assert_eq!(write.json()["code"], "TOO_BUSY", "{}", write.text);
    for path in [
        "/api/v1/shares/share-none:revoke",
        "/api/shares/share-none:revoke",
        "/api/v1/subscriptions/sub-none:revoke",
    ] {
        let revoke = send(&bench, "bob", "POST", path).await;
        assert_eq!(revoke.status, 404, "{path}: {}", revoke.text);
    }
    // Also of the user who has the share of all other work.
    let own = send(&bench, "ann", "POST", "/api/v1/shares/share-none:revoke").await;
    assert_eq!(own.status, 404, "{}", own.text);
}
