//! Stopping and starting again.

use std::time::{Duration, Instant};

use datamesh_tests::{Launch, Mesh, Rest, id_of, until};
use serde_json::{Value, json};
use tempfile::TempDir;

async fn everything(rest: &Rest) -> Value {
    let mut all = json!({});
    for items in ["domains", "projects", "assets", "events"] {
        all[items] = json!(rest.all(&format!("/api/v1/{items}"), items).await);
    }
    all
}

#[tokio::test]
async fn a_stop_is_quick_and_the_next_start_finds_everything() {
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let project = mesh.project(&domain, "ledger").await;
    mesh.published(&project, "Transactions", "finance_db.transactions")
        .await;
    let before = everything(&mesh.rest).await;
    let token = mesh.node.token("ada@example.com", &["admins"]).await;

    let started = Instant::now();
    let Mesh { node, folder, .. } = mesh;
    let launch = node.stop().await;
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "within the grace of drain_timeout"
    );

    let node = launch.start().await;
    let rest = Rest::new(&node.url(), Some(&token));
    assert_eq!(
        everything(&rest).await,
        before,
        "and yesterday's token is still good"
    );
    let listings = node
        .cloud()
        .listings(id_of(&domain, "dataZoneDomainId"))
        .await;
    assert_eq!(listings.len(), 1);
    node.stop().await;
    drop(folder);
}

#[tokio::test]
async fn what_is_under_way_when_it_is_stopped_goes_on_after_the_next_start() {
    let data = TempDir::new().unwrap();
    let launch = Launch::on(data.path().join("data"));
    let node = launch.start().await;
    let rest = node.rest("ada", &["admins"]).await;
    for name in ["a", "b", "c", "d"] {
        rest.post(
            "/api/v1/domains",
            &json!({"domainName": name, "ownerGroups": ["team"]}),
        )
        .await
        .ok();
    }
    node.stop().await;
    let node = launch.start().await;
    let rest = node.rest("ada", &["admins"]).await;
    until("all four are there", async || {
        let active = rest.all("/api/v1/domains?status=ACTIVE", "domains").await;
        if active.len() == 4 {
            Ok(())
        } else {
            Err(rest.all("/api/v1/domains", "domains").await)
        }
    })
    .await;
    node.stop().await;
}

#[tokio::test]
async fn a_stop_ends_streams_and_waits_and_lets_requests_end() {
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let path = format!("/api/v1/domains/{}", id_of(&domain, "domainId"));
    let mut stream = mesh.rest.stream(&format!("{path}:watch")).await;
    assert_eq!(stream.next().await.unwrap()["status"], "ACTIVE");
    let body = json!({"domainId": domain["domainId"], "projectName": "ledger", "wait": true});
    let started = Instant::now();
    let (answer, ()) = futures::join!(mesh.rest.post("/api/v1/projects", &body), async {
        until("the project is on its way", async || {
            let projects = mesh.rest.all("/api/v1/projects", "projects").await;
            if projects.is_empty() {
                Err(projects)
            } else {
                Ok(())
            }
        })
        .await;
        mesh.node.terminate().await;
    });
    assert_eq!(
        answer.status, 200,
        "a request under way is answered: {answer}"
    );
    let Mesh {
        mut node,
        folder: _folder,
        ..
    } = mesh;
    let status = node.ended(Duration::from_secs(40)).await;
    assert_eq!(status.code(), Some(0));
    assert!(
        started.elapsed() < Duration::from_secs(20),
        "an open stream does not hold it"
    );
}

#[tokio::test]
async fn nothing_that_was_answered_is_lost_when_it_is_killed() {
    let data = TempDir::new().unwrap();
    let launch = Launch::on(data.path().join("data"));
    let mut made: Vec<Value> = Vec::new();
    for round in 0..3 {
        let node = launch.start().await;
        let rest = node.rest("ada", &["admins"]).await;
        let known = rest.all("/api/v1/domains", "domains").await;
        let ids = |records: &[Value]| -> Vec<String> {
            records
                .iter()
                .map(|record| id_of(record, "domainId").to_owned())
                .collect()
        };
        assert_eq!(ids(&known), ids(&made), "round {round}");
        let body = json!({"domainName": format!("domain-{round}"), "ownerGroups": ["team"]});
        made.push(rest.post("/api/v1/domains", &body).await.ok());
        node.kill().await;
    }
    let node = launch.start().await;
    let rest = node.rest("ada", &["admins"]).await;
    until("all domains are made", async || {
        let active = rest.all("/api/v1/domains?status=ACTIVE", "domains").await;
        if active.len() == made.len() {
            Ok(())
        } else {
            Err(active)
        }
    })
    .await;
}

#[tokio::test]
async fn killed_in_its_first_moments_it_comes_up_the_next_time() {
    let data = TempDir::new().unwrap();
    let launch = Launch::on(data.path().join("data"));
    for moment in [1, 5, 10, 20, 30, 40, 60, 80, 100, 150] {
        let mut child = launch.command().spawn().unwrap();
        tokio::time::sleep(Duration::from_millis(moment)).await;
        child.kill().await.unwrap();
    }
    let node = launch.start().await;
    let rest = node.rest("ada", &["admins"]).await;
    let body = json!({"domainName": "finance", "ownerGroups": ["team"], "wait": true});
    assert_eq!(
        rest.post("/api/v1/domains", &body).await.ok()["status"],
        "ACTIVE"
    );
    node.stop().await;
}
