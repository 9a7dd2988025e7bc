//! What the mesh tells the world: the specification's JSON, on the bus and in the list.

use datamesh_tests::{Mesh, id_of, until};
use serde_json::{Value, json};

/// The only event of its type, as the list shows it.
async fn the(mesh: &Mesh, detail_type: &str) -> Value {
    let path = format!("/api/v1/events?detailType={detail_type}");
    let events = mesh.rest.all(&path, "events").await;
    assert_eq!(events.len(), 1, "{events:#?}");
    events[0].clone()
}

/// An instant with whole seconds, as the specification writes it.
fn whole_seconds(instant: &Value) -> String {
    let instant = instant.as_str().unwrap();
    format!(
        "{}Z",
        instant.trim_end_matches('Z').split('.').next().unwrap()
    )
}

#[tokio::test]
async fn events_have_the_specifications_json() {
    let mesh = Mesh::start().await;
    mesh.cloud.tap("datamesh-events", "tap").await;
    let domain = mesh.domain("finance").await;
    let project = mesh.project(&domain, "Finance Analytics").await;
    let asset = mesh
        .published(&project, "Transactions Table", "finance_db.transactions")
        .await;

    let expected = [
        (
            "management-app.projects",
            "ProjectCreated",
            json!({
                "projectId": project["projectId"],
                "projectName": "Finance Analytics",
                "domainId": domain["domainId"],
                "createdBy": "ada@example.com",
                "createdAt": whole_seconds(&project["createdAt"]),
            }),
        ),
        (
            "management-app.lambda",
            "ProjectSetupCompleted",
            json!({"projectId": project["projectId"], "status": "success"}),
        ),
        (
            "management-app.assets",
            "AssetPublished",
            json!({
                "assetId": asset["assetId"],
                "assetName": "Transactions Table",
                "s3Location": asset["s3Location"],
                "format": "csv",
                "glueTable": "finance_db.transactions",
            }),
        ),
    ];
    let mut on_the_bus: Vec<Value> = Vec::new();
    for (source, detail_type, detail) in expected {
        let listed = the(&mesh, detail_type).await;
        assert_eq!(listed["source"], source);
        assert_eq!(listed["detail"], detail);
        let id = id_of(&listed, "eventId");

        let envelope = until(&format!("{detail_type} is on the bus"), async || {
            let messages = mesh.cloud.take_messages("tap").await;
            on_the_bus.extend(
                messages
                    .iter()
                    .map(|text| serde_json::from_str::<Value>(text).unwrap()),
            );
            let found = on_the_bus
                .iter()
                .find(|event| event["detail-type"] == detail_type);
            found.cloned().ok_or_else(|| on_the_bus.clone())
        })
        .await;
        assert_eq!(envelope["source"], source);
        assert_eq!(envelope["detail"], detail);
        let resources = envelope["resources"].to_string();
        assert!(
            resources.contains(id),
            "the event's id goes along, for repeats: {resources}"
        );
    }
}

#[tokio::test]
async fn events_are_listed_in_both_directions_and_tailed() {
    let mesh = Mesh::start().await;
    let domain = mesh.domain("finance").await;
    let mut tail = mesh.rest.stream("/api/v1/events:tail?last=1").await;
    let last = tail.next().await.unwrap();
    assert_eq!(
        last["detailType"], "DomainCreated",
        "the newest comes first"
    );
    mesh.project(&domain, "ledger").await;
    let mut told = Vec::new();
    while !told.contains(&"ProjectSetupCompleted".to_owned()) {
        told.push(id_of(&tail.next().await.unwrap(), "detailType").to_owned());
    }
    assert!(told.contains(&"ProjectCreated".to_owned()), "{told:?}");

    let oldest_first = mesh.rest.all("/api/v1/events", "events").await;
    let mut newest_first = mesh
        .rest
        .all("/api/v1/events?newestFirst=true", "events")
        .await;
    newest_first.reverse();
    assert_eq!(oldest_first, newest_first);
    assert_eq!(oldest_first[0]["detailType"], "DomainCreated");
    let of_projects = mesh
        .rest
        .all("/api/v1/events?source=management-app.projects", "events")
        .await;
    assert!(!of_projects.is_empty() && of_projects.len() < oldest_first.len());
    assert!(
        of_projects
            .iter()
            .all(|event| event["source"] == "management-app.projects")
    );
}
