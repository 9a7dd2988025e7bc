//! Requests that cross each other.

use datamesh_tests::{Mesh, id_of, until};
use futures::future::{join, join_all};
use http::Method;
use serde_json::{Value, json};

/// Waits until nothing of a list is on its way, and gives the list.
async fn at_rest(mesh: &Mesh, items: &str) -> Vec<Value> {
    until(&format!("no {items} are on their way"), async || {
        let seen = mesh.rest.all(&format!("/api/v1/{items}"), items).await;
        let still = |record: &Value| record["status"] == "ACTIVE" || record["status"] == "FAILED";
        if seen.iter().all(still) {
            Ok(seen)
        } else {
            Err(seen)
        }
    })
    .await
}

#[tokio::test]
async fn of_changes_that_were_meant_for_the_same_version_one_wins() {
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let path = format!("/api/v1/domains/{}", id_of(&domain, "domainId"));
    let etag = id_of(&domain, "etag");
    let bodies = (0..16).map(|n| json!({"description": format!("change {n}"), "etag": etag}));
    let bodies: Vec<Value> = bodies.collect();
    let answers = join_all(bodies.iter().map(|body| mesh.rest.patch(&path, body))).await;
    let mut won = Vec::new();
    for (answer, body) in answers.iter().zip(&bodies) {
        match answer.status {
            200 => won.push(&body["description"]),
            _ => assert!(matches!(answer.status, 409 | 412), "{answer}"),
        }
    }
    assert_eq!(won.len(), 1, "{answers:#?}");
    let now = mesh.until_field(&path, "status", "ACTIVE").await;
    assert_eq!(&now["description"], won[0]);
}

#[tokio::test]
async fn a_project_is_never_left_in_a_domain_that_is_gone() {
    let mesh = Mesh::start().await;
    for round in 0..6 {
        let domain = mesh.domain(&format!("domain-{round}")).await;
        let domain_path = format!("/api/v1/domains/{}", id_of(&domain, "domainId"));
        let body = json!({"domainId": domain["domainId"], "projectName": "ledger"});
        let (made, removed) = join(
            mesh.rest.post("/api/v1/projects", &body),
            mesh.rest.delete(&domain_path),
        )
        .await;
        for answer in [&made, &removed] {
            assert!(matches!(answer.status, 200 | 404 | 409), "{answer}");
        }
        let domains = at_rest(&mesh, "domains").await;
        let projects = at_rest(&mesh, "projects").await;
        let there = domains
            .iter()
            .any(|other| other["domainId"] == domain["domainId"]);
        for project in projects
            .iter()
            .filter(|project| project["domainId"] == domain["domainId"])
        {
            assert!(
                there || project["status"] == "FAILED",
                "without its domain: {project}"
            );
        }
        if !there {
            let data_zone = id_of(&domain, "dataZoneDomainId");
            let path = format!("/v2/domains/{data_zone}");
            let found = mesh.cloud.datazone(Method::GET, &path, None).await;
            assert!(
                found.status != 200 || found.json()["status"] == "DELETED",
                "{found}"
            );
        }
    }
}

#[tokio::test]
async fn an_asset_is_never_left_in_a_project_that_is_gone() {
    let mesh = Mesh::start().await;
    mesh.cloud
        .table("finance_db.transactions", &[("id", "bigint")])
        .await;
    let domain = mesh.domain("finance").await;
    for round in 0..6 {
        let project = mesh.project(&domain, &format!("project {round}")).await;
        let project_path = format!("/api/v1/projects/{}", id_of(&project, "projectId"));
        let body = json!({
            "projectId": project["projectId"], "assetName": "a", "format": "csv",
            "s3Location": "s3://files/a/", "glueTable": "finance_db.transactions",
        });
        let (made, removed) = join(
            mesh.rest.post("/api/v1/assets", &body),
            mesh.rest.delete(&project_path),
        )
        .await;
        for answer in [&made, &removed] {
            assert!(matches!(answer.status, 200 | 404 | 409), "{answer}");
        }
        let projects = at_rest(&mesh, "projects").await;
        let assets = at_rest(&mesh, "assets").await;
        let there = projects
            .iter()
            .any(|other| other["projectId"] == project["projectId"]);
        for asset in assets
            .iter()
            .filter(|asset| asset["projectId"] == project["projectId"])
        {
            assert!(
                there || asset["status"] == "FAILED",
                "without its project: {asset}"
            );
        }
    }
    until("what is published is shown", async || {
        let shown = mesh
            .cloud
            .listings(id_of(&domain, "dataZoneDomainId"))
            .await;
        let published = mesh
            .rest
            .all("/api/v1/assets?publishStatus=PUBLISHED", "assets")
            .await;
        if shown.len() == published.len() {
            Ok(())
        } else {
            Err((shown, published))
        }
    })
    .await;
}

#[tokio::test]
async fn a_removal_at_any_moment_of_a_creation_leaves_nothing() {
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let data_zone = id_of(&domain, "dataZoneDomainId");
    let before = mesh.cloud.projects(data_zone).await.len();
    for (round, commits) in (1..12).enumerate() {
        let body = json!({"domainId": domain["domainId"], "projectName": format!("p{round}")});
        let project = mesh.rest.post("/api/v1/projects", &body).await.ok();
        let path = format!("/api/v1/projects/{}", id_of(&project, "projectId"));
        let operator = mesh.node.operator().await;
        let actor = format!("/admin/v1/actors/project/{}", id_of(&project, "projectId"));
        until("it is that far, or done", async || {
            let seen = operator.get(&actor).await.ok();
            let sequence: u32 = id_of(&seen, "sequence").parse().unwrap();
            let done = seen["state"]["record"]["setupStatus"] == "COMPLETED";
            if done || sequence >= commits {
                Ok(())
            } else {
                Err(seen)
            }
        })
        .await;
        mesh.rest.delete(&path).await.ok();
        until("it is gone", async || {
            let seen = mesh.rest.get(&path).await;
            if seen.status == 404 {
                Ok(())
            } else {
                Err(seen)
            }
        })
        .await;
    }
    assert_eq!(mesh.cloud.projects(data_zone).await.len(), before);
    let bucket = id_of(&domain, "dataLakeBucket");
    until("nothing is left in the lake", async || {
        let keys = mesh.cloud.keys(bucket, "").await.unwrap();
        if keys.is_empty() { Ok(()) } else { Err(keys) }
    })
    .await;
    mesh.gone(&format!("/api/v1/domains/{}", id_of(&domain, "domainId")))
        .await;
}
