use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use datamesh_tests::{Node, id_of, until_within};
use serde_json::{Value, json};

use crate::findings::Findings;
use crate::model::{Model, Thing};

/// What an event can be about.
const ABOUT: [&str; 6] = [
    "subscriptionId",
    "shareId",
    "assetId",
    "projectId",
    "domainId",
    "approvalId",
];

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
pub async fn mesh(node: &Node, model: &Model, findings: &mut Findings) {
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
            if record["status"] != "ACTIVE" {
                findings.wrong.push(format!("not ACTIVE: {record}"));
            }
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
            if found.insert(text(id), thing).is_some() {
                findings.duplicates.push(format!("listed twice: {record}"));
            }
        }
        findings.compare(items, &found, expected);
    }
    for id in &model.gone {
        let kind = id.split('-').next().unwrap();
        let items = match kind {
            "dom" => "domains",
            "proj" => "projects",
            _ => "assets",
        };
        let seen = rest.get(&format!("/api/v1/{items}/{id}")).await;
        if seen.status != 404 {
            findings.losses.push(format!("the removal of {id}: {seen}"));
        }
    }
}

/// The embedded AWS has each thing once, and nothing that nobody asked for.
pub async fn cloud(node: &Node, model: &Model, findings: &mut Findings) {
    let rest = node.rest("ada", &["admins"]).await;
    let mut found_domains: BTreeMap<String, u64> = BTreeMap::new();
    let mut accounts = BTreeSet::new();
    let projects = rest.all("/api/v1/projects", "projects").await;
    let assets = rest.all("/api/v1/assets", "assets").await;
    for domain in rest.all("/api/v1/domains", "domains").await {
        let of_domain = |record: &&Value| record["domainId"] == domain["domainId"];
        let data_zone = id_of(&domain, "dataZoneDomainId");
        let account = id_of(&domain, "awsAccountId");
        let cloud = node.cloud().with_key(&format!("LKIA{account}"));
        accounts.insert(account.to_owned());

        let found = named(&cloud.projects(data_zone).await, "id", "name", findings);
        let projects: Vec<Value> = projects.iter().filter(of_domain).cloned().collect();
        let expected = named(&projects, "dataZoneProjectId", "projectName", findings);
        findings.compare("DataZone project", &found, &expected);

        let assets: Vec<Value> = assets.iter().filter(of_domain).cloned().collect();
        let known: Vec<Value> = assets
            .iter()
            .filter(|asset| asset["dataZoneAssetId"] != "")
            .cloned()
            .collect();
        let found = named(
            &cloud.assets(data_zone).await,
            "identifier",
            "name",
            findings,
        );
        let expected = named(&known, "dataZoneAssetId", "assetName", findings);
        findings.compare("DataZone asset", &found, &expected);

        let shown: Vec<Value> = assets
            .into_iter()
            .filter(|asset| asset["publishStatus"] == "PUBLISHED")
            .collect();
        let found = named(
            &cloud.listings(data_zone).await,
            "listingId",
            "name",
            findings,
        );
        let expected = named(&shown, "listingId", "assetName", findings);
        findings.compare("DataZone listing", &found, &expected);

        let keys = cloud
            .keys(id_of(&domain, "dataLakeBucket"), "")
            .await
            .unwrap();
        let expected = projects.iter().flat_map(|project| {
            let id = id_of(project, "projectId");
            ["metadata", "processed", "raw"].map(|folder| format!("projects/{id}/{folder}/"))
        });
        let expected: BTreeMap<String, ()> = expected.map(|key| (key, ())).collect();
        let found = keys.into_iter().map(|key| (key, ())).collect();
        findings.compare("S3 key", &found, &expected);
    }
    for account in accounts {
        let cloud = node.cloud().with_key(&format!("LKIA{account}"));
        let path = "/v2/domains?maxResults=25";
        let listed = cloud.datazone(http::Method::GET, path, None).await.ok();
        for domain in listed["items"].as_array().unwrap() {
            let name = id_of(domain, "name").to_owned();
            *found_domains.entry(name).or_default() += 1;
        }
    }
    let names = model.domains.values().map(|domain| domain.name.clone());
    let expected = names.map(|name| (name, 1)).collect();
    findings.compare("DataZone domain", &found_domains, &expected);
}

/// The names, by id. An id or a name that comes twice is a finding.
fn named(
    records: &[Value],
    id: &str,
    name: &str,
    findings: &mut Findings,
) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut names = BTreeSet::new();
    for record in records {
        let (id, name) = (id_of(record, id).to_owned(), id_of(record, name).to_owned());
        if !names.insert(name.clone()) || found.insert(id, name).is_some() {
            findings.duplicates.push(format!("twice: {record}"));
        }
    }
    found
}

/// What is told is told once, and every event has been on the bus, at least once and always the same.
pub async fn events(node: &Node, model: &Model, findings: &mut Findings) {
    let rest = node.rest("ada", &["admins"]).await;
    let told = rest.all("/api/v1/events", "events").await;
    let mut by_id = BTreeMap::new();
    let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
    for event in &told {
        if by_id.insert(id_of(event, "eventId"), event).is_some() {
            findings.duplicates.push(format!("listed twice: {event}"));
        }
        let detail_type = id_of(event, "detailType");
        let about = ABOUT
            .iter()
            .find_map(|field| event["detail"][field].as_str())
            .unwrap_or_default();
        *counts
            .entry((detail_type.to_owned(), about.to_owned()))
            .or_default() += 1;
    }
    let mut once = |detail_type: &str, id: &str| {
        let count = counts.get(&(detail_type.to_owned(), id.to_owned()));
        let what = format!("the event {detail_type} of {id}");
        findings.count(&what, count.copied().unwrap_or(0), 1);
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
        if count.is_none() {
            let lost = format!("the event AssetPublished of {id}");
            findings.losses.push(lost);
        }
    }

    let mut on_the_bus = BTreeSet::new();
    for message in node.cloud().take_messages("tap").await {
        let envelope: Value = serde_json::from_str(&message).unwrap();
        let resources = envelope["resources"].as_array().unwrap();
        let id = resources
            .iter()
            .find_map(|r| r.as_str()?.strip_prefix("datamesh:event:"));
        let id = id.unwrap_or_else(|| panic!("no id in {envelope}"));
        match by_id.get(id) {
            Some(listed)
                if envelope["detail"] == listed["detail"]
                    && envelope["detail-type"] == listed["detailType"] => {}
            listed => findings.wrong.push(format!(
                "on the bus is {envelope}, and in the list {listed:?}"
            )),
        }
        on_the_bus.insert(id.to_owned());
    }
    for id in by_id.keys().filter(|id| !on_the_bus.contains(**id)) {
        findings
            .losses
            .push(format!("the event {id} was never on the bus"));
    }
}
