//! The real process, with few seats for connections and few actors in memory.

use std::time::Duration;

use datamesh_tests::{Mesh, Rest, id_of, until};
use http::Method;
use serde_json::json;
use tokio::net::TcpStream;

const LIST: &str = "/api/v1/domains?pageSize=1";

#[tokio::test(flavor = "multi_thread")]
async fn who_says_nothing_keeps_nobody_out_and_who_finds_no_connection_is_told_so() {
    let few = |launch: datamesh_tests::Launch| launch.env("DATAMESH_LISTEN_MAX_CONNECTIONS", "4");
    let mesh = Mesh::start_with(few).await;
    let operator = mesh.node.operator().await;
    let mut silent = Vec::new();
    for _ in 0..64 {
        silent.push(TcpStream::connect(mesh.node.public()).await.unwrap());
    }
    until("somebody who asks is answered", async || {
        // A client whose connection was closed before it was used may wait for ever.
        let ask = mesh.rest.try_send(Method::GET, LIST, &[], None);
        let answer = tokio::time::timeout(Duration::from_secs(5), ask).await;
        match answer.map_err(|error| error.to_string())? {
            Ok(answer) if answer.status == 200 => Ok(()),
            Ok(answer) => Err(answer.to_string()),
            Err(error) => Err(error),
        }
    })
    .await;
    drop(silent);

    // Four who follow what happens have all seats.
    let mut tails = Vec::new();
    for _ in 0..4 {
        tails.push(mesh.rest.stream("/api/v1/events:tail").await);
    }
    let refused = mesh.rest.get(LIST).await;
    refused.problem(503, "TOO_BUSY");
    assert_eq!(refused.header("retry-after"), "1", "{refused}");
    let health = Rest::new(&mesh.node.url(), None).get("/health").await;
    assert_eq!(health.status, 200, "{health}");
    let actors = operator.get("/admin/v1/actors?pageSize=1").await;
    assert_eq!(actors.status, 200, "{actors}");

    drop(tails);
    until("there is a seat again", async || {
        let answer = mesh.rest.get(LIST).await;
        match answer.status {
            200 => Ok(()),
            _ => Err(answer.to_string()),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_domains_come_to_life_and_few_stay_in_memory() {
    const MOST: usize = 16;
    const ALL: usize = 60;
    let mesh = Mesh::start_with(|launch| {
        launch
            .env("DATAMESH_RUNTIME_RESIDENTS", &MOST.to_string())
            .env("DATAMESH_RUNTIME_PASSIVATE_AFTER_S", "3600")
            .env("DATAMESH_RUNTIME_SHARDS", "2")
    })
    .await;
    let body = |n: usize| json!({"domainName": format!("d{n}"), "ownerGroups": ["team"]});
    let mut domains = Vec::new();
    for n in 0..ALL {
        let domain = mesh.rest.post("/api/v1/domains", &body(n)).await.ok();
        domains.push(format!("/api/v1/domains/{}", id_of(&domain, "domainId")));
    }
    for path in &domains {
        mesh.until_field(path, "status", "ACTIVE").await;
    }
    let admin = Rest::new(&mesh.node.admin_url(), None);
    until("only as many actors are in memory as may be", async || {
        let metrics = admin.get("/metrics").await;
        let name = "datamesh_actors_resident ";
        let line = metrics.text.lines().find(|line| line.starts_with(name));
        let resident: usize = line.unwrap()[name.len()..].parse().unwrap();
        if resident <= MOST {
            Ok(())
        } else {
            Err(resident)
        }
    })
    .await;
    // Who left is there as before.
    for path in &domains {
        let change = json!({"description": "known"});
        mesh.rest.patch(path, &change).await.ok();
    }
    for path in &domains {
        mesh.until_field(path, "description", "known").await;
    }
}
