//! The real process, with few places and a crowd before it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use datamesh_tests::{Mesh, Rest};
use serde_json::json;

/// Requests that are worked on at once.
const PLACES: usize = 8;
/// Callers, each with a connection of its own.
const CROWD: usize = 200;
/// What each of them asks at most: the crowd ends by itself.
const EACH: usize = 200;

#[derive(Default)]
struct Seen {
    done: AtomicUsize,
    refused: AtomicUsize,
    over: AtomicBool,
}

/// Asks again and again, whatever it is told, and looks at what it is told.
async fn crowd(rest: Rest, seen: Arc<Seen>, name: String) {
    for n in 0..EACH {
        if seen.over.load(Ordering::Relaxed) {
            return;
        }
        let body = json!({"domainName": format!("{name}-{n}"), "ownerGroups": ["team"]});
        let answer = rest.post("/api/v1/domains", &body).await;
        match answer.status {
            200 => seen.done.fetch_add(1, Ordering::Relaxed),
            429 | 503 => {
                let seconds: u64 = answer.header("retry-after").parse().unwrap_or(0);
                assert!((1..=5).contains(&seconds), "{answer}");
                let code = if answer.status == 503 {
                    "TOO_BUSY"
                } else {
                    "USER_BUSY"
                };
                answer.problem(answer.status, code);
                seen.refused.fetch_add(1, Ordering::Relaxed)
            }
            _ => panic!("{answer}"),
        };
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_is_refused_with_a_time_to_come_again_and_operators_and_revokes_get_through() {
    let mesh =
        Mesh::start_with(|launch| launch.env("DATAMESH_LISTEN_MAX_REQUESTS", &PLACES.to_string()))
            .await;
    let operator = mesh.node.operator().await;
    let revoker = mesh.node.rest("rev@example.com", &["admins"]).await;
    let health = Rest::new(&mesh.node.url(), None);
    let seen = Arc::new(Seen::default());
    let mut callers = Vec::new();
    for user in 0..4 {
        let mail = format!("user-{user}@example.com");
        let rest = mesh.node.rest(&mail, &["admins"]).await;
        for caller in 0..CROWD / 4 {
            let name = format!("d{user}-{caller}");
            callers.push(tokio::spawn(crowd(rest.clone(), seen.clone(), name)));
        }
    }
    datamesh_tests::until("the crowd is too much", async || {
        let refused = seen.refused.load(Ordering::Relaxed);
        if refused > CROWD {
            Ok(())
        } else {
            Err(refused)
        }
    })
    .await;
    for n in 0..20 {
        let path = format!("/api/v1/shares/share-{n}:revoke");
        let revoke = revoker.post(&path, &json!({})).await;
        revoke.problem(404, "SHARE_NOT_FOUND");
        let actors = operator.get("/admin/v1/actors?pageSize=1").await;
        assert_eq!(actors.status, 200, "{actors}");
        assert_eq!(health.get("/health").await.status, 200);
    }
    let metrics = Rest::new(&mesh.node.admin_url(), None)
        .get("/metrics")
        .await;
    let counted = "datamesh_requests_refused_total{code=";
    assert!(metrics.text.contains(counted), "{metrics}");
    assert!(
        metrics.text.contains("datamesh_shard_letters{"),
        "{metrics}"
    );
    seen.over.store(true, Ordering::Relaxed);
    for caller in callers {
        caller.await.expect("a caller saw what it should not");
    }
    let (done, refused) = (&seen.done, &seen.refused);
    println!("{done:?} done, {refused:?} refused");
    assert!(done.load(Ordering::Relaxed) > 0);
    // The crowd is gone, and who comes now is answered.
    let after = mesh.rest.get("/api/v1/domains?pageSize=1").await;
    assert_eq!(after.status, 200, "{after}");
}
