use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use datamesh_tests::{Node, id_of, until_within};
use serde_json::{Value, json};

use crate::model::{Model, Thing};

/// How long what is under way may take to end when the killing is over.
const QUIET: Duration = Duration::from_secs(100);

/// Waits until nothing is under way; nothing may be paused, quarantined, or among the dead letters.
pub async fn at_rest(node: &Node) {
    let (rest, operator) = (node.rest("ada", &["admins"]).await, node.operator().await);
    until_within(QUIET, "nothing is under way", async || {
        let effects = operator.all("/admin/v1/effects", "effects").await;
        let unready = rest.all("/api/v1/projects", "projects").await;
        let unready: Vec<Value> = unready
            .into_iter()
            .filter(|project| project["setupStatus"] != "COMPLETED")
            .collect();
        let queues = operator.get("/admin/v1/queues").await.ok();
        let queued = queues["queues"].as_array().unwrap().iter();
        let empty = queued
            .clone()
            .all(|queue| queue["visible"] == "0" && queue["inFlight"] == "0");
        if effects.is_empty() && unready.is_empty() && empty {
            return Ok(());
        }
        Err(json!({"effects": effects, "unready": unready, "queues": queues}))
    })
    .await;
    for filter in ["status=PAUSED", "status=QUARANTINED", "pausedEffects=true"] {
        let stuck = operator
            .all(&format!("/admin/v1/actors?{filter}"), "actors")
            .await;
        assert_eq!(stuck, [] as [Value; 0], "{filter}");
    }
    let queues = operator.get("/admin/v1/queues").await.ok();
    for queue in queues["queues"].as_array().unwrap() {
        assert_eq!(queue["deadLetters"], "0", "{queue}");
    }
}

/// Every answer was true: what is there is as it was answered, and nothing else is there.
pub async fn mesh(node: &Node, model: &Model) {
    let rest = node.rest("ada", &["admins"]).await;
    for (items, id, name, parent, expected) in [
        ("domains", "domainId", "domainName", "", &model.domains),
        (
            "projects",
            "projectId",
            "projectName",
            "domainId",
            &model.projects,
        ),
        ("assets", "assetId", "assetName", "projectId", &model.assets),
    ] {
        let mut found = BTreeMap::new();
        for record in rest.all(&format!("/api/v1/{items}"), items).await {
            assert_eq!(record["status"], "ACTIVE", "{record}");
            let text = |field: &str| record[field].as_str().unwrap_or_default().to_owned();
            let publish_status = ["DRAFT", "PUBLISHED", "UNPUBLISHED"]
                .into_iter()
                .find(|status| record["publishStatus"] == *status)
                .unwrap_or_default();
            let thing = Thing {
                name: text(name),
                description: text("description"),
                parent: text(parent),
                publish_status,
            };
            assert_eq!(
                found.insert(text(id), thing),
                None,
                "listed twice: {record}"
            );
        }
        assert_eq!(&found, expected, "{items}");
    }
    for id in &model.gone {
        let kind = id.split('-').next().unwrap();
        let items = match kind {
            "dom" => "domains",
            "proj" => "projects",
            _ => "assets",
        };
        assert_eq!(
            rest.get(&format!("/api/v1/{items}/{id}")).await.status,
            404,
            "{id}"
        );
    }
}

/// The embedded AWS has each thing once, and nothing that nobody asked for.
pub async fn cloud(node: &Node, model: &Model) {
    let (rest, cloud) = (node.rest("ada", &["admins"]).await, node.cloud());
    let projects = rest.all("/api/v1/projects", "projects").await;
    let assets = rest.all("/api/v1/assets", "assets").await;
    for domain in rest.all("/api/v1/domains", "domains").await {
        let of_domain = |record: &&Value| record["domainId"] == domain["domainId"];
        let data_zone = id_of(&domain, "dataZoneDomainId");

        let found = named(&cloud.projects(data_zone).await, "id", "name");
        let projects: Vec<Value> = projects.iter().filter(of_domain).cloned().collect();
        assert_eq!(
            found,
            named(&projects, "dataZoneProjectId", "projectName"),
            "projects of {domain}"
        );

        let assets: Vec<Value> = assets.iter().filter(of_domain).cloned().collect();
        let known: Vec<Value> = assets
            .iter()
            .filter(|asset| asset["dataZoneAssetId"] != "")
            .cloned()
            .collect();
        let found = named(&cloud.assets(data_zone).await, "identifier", "name");
        assert_eq!(
            found,
            named(&known, "dataZoneAssetId", "assetName"),
            "assets of {domain}"
        );

        let shown: Vec<Value> = assets
            .into_iter()
            .filter(|asset| asset["publishStatus"] == "PUBLISHED")
            .collect();
        let found = named(&cloud.listings(data_zone).await, "listingId", "name");
        assert_eq!(
            found,
            named(&shown, "listingId", "assetName"),
            "listings of {domain}"
        );

        let keys = cloud
            .keys(id_of(&domain, "dataLakeBucket"), "")
            .await
            .unwrap();
        let expected = projects.iter().flat_map(|project| {
            let id = id_of(project, "projectId");
            ["metadata", "processed", "raw"].map(|folder| format!("projects/{id}/{folder}/"))
        });
        let expected: BTreeSet<String> = expected.collect();
        assert_eq!(
            keys.iter().cloned().collect::<BTreeSet<_>>(),
            expected,
            "keys of {domain}"
        );
    }
    let domains = cloud
        .datazone(http::Method::GET, "/v2/domains?maxResults=25", None)
        .await
        .ok();
    let mut listed: Vec<&str> = domains["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| id_of(d, "name"))
        .collect();
    listed.sort_unstable();
    let mut expected: Vec<&str> = model.domains.values().map(|domain| &*domain.name).collect();
    expected.sort_unstable();
    assert_eq!(listed, expected, "DataZone domains");
}

/// The names, by id; an id that comes twice fails the test.
fn named(records: &[Value], id: &str, name: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for record in records {
        let twice = found.insert(id_of(record, id).to_owned(), id_of(record, name).to_owned());
        assert_eq!(twice, None, "twice: {record}");
    }
    let names: BTreeSet<&String> = found.values().collect();
    assert_eq!(names.len(), found.len(), "a name comes twice: {found:?}");
    found
}

/// What is told is told once, and every event has been on the bus, at least once and always the same.
pub async fn events(node: &Node, model: &Model) {
    let rest = node.rest("ada", &["admins"]).await;
    let told = rest.all("/api/v1/events", "events").await;
    let mut by_id = BTreeMap::new();
    let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
    for event in &told {
        assert!(
            by_id.insert(id_of(event, "eventId"), event).is_none(),
            "listed twice: {event}"
        );
        let detail_type = id_of(event, "detailType");
        let about = ["assetId", "projectId", "domainId"]
            .iter()
            .find_map(|field| event["detail"][field].as_str())
            .unwrap_or_else(|| panic!("{event} is about nothing"));
        *counts
            .entry((detail_type.to_owned(), about.to_owned()))
            .or_default() += 1;
    }
    let once = |detail_type: &str, id: &str| {
        let count = counts.get(&(detail_type.to_owned(), id.to_owned()));
        assert_eq!(count, Some(&1), "{detail_type} of {id}");
    };
    for id in model.domains.keys() {
        once("DomainCreated", id);
    }
    for id in model.projects.keys() {
        once("ProjectCreated", id);
        once("ProjectSetupCompleted", id);
    }
    for id in &model.gone {
        match id.split('-').next() {
            Some("dom") => once("DomainDeleted", id),
            Some("proj") => once("ProjectDeleted", id),
            _ => once("AssetDeleted", id),
        }
    }
    for (id, _) in model
        .assets
        .iter()
        .filter(|(_, asset)| asset.publish_status != "DRAFT")
    {
        let count = counts.get(&("AssetPublished".to_owned(), id.clone()));
        assert!(
            count.is_some_and(|&count| count >= 1),
            "AssetPublished of {id}: {count:?}"
        );
    }

    let mut on_the_bus = BTreeSet::new();
    for message in node.cloud().take_messages("tap").await {
        let envelope: Value = serde_json::from_str(&message).unwrap();
        let resources = envelope["resources"].as_array().unwrap();
        let id = resources
            .iter()
            .find_map(|r| r.as_str()?.strip_prefix("datamesh:event:"));
        let id = id.unwrap_or_else(|| panic!("no id in {envelope}"));
        let listed = by_id
            .get(id)
            .unwrap_or_else(|| panic!("on the bus and not in the list: {envelope}"));
        assert_eq!(envelope["detail"], listed["detail"]);
        assert_eq!(envelope["detail-type"], listed["detailType"]);
        on_the_bus.insert(id.to_owned());
    }
    let missing: Vec<&&str> = by_id
        .keys()
        .filter(|id| !on_the_bus.contains(**id))
        .collect();
    assert!(missing.is_empty(), "never on the bus: {missing:?}");
}
