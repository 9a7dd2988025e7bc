//! `make demo`: the sample mesh, played through the public API.

use std::time::Duration;

use datamesh_tests::{Launch, repository, run};
use serde_json::{Value, json};
use tempfile::TempDir;
use toml::Table;

/// The paths of the assets that the sample has: published ones and drafts.
fn assets_of_the_sample() -> Vec<(String, bool)> {
    let text = std::fs::read_to_string(repository().join("samples/mesh.toml")).unwrap();
    let sample: Table = text.parse().unwrap();
    let several = |table: &Table, name: &str| -> Vec<Table> {
        let items = table
            .get(name)
            .and_then(|items| items.as_array())
            .cloned()
            .unwrap_or_default();
        items
            .into_iter()
            .filter_map(|item| item.as_table().cloned())
            .collect()
    };
    let mut found = Vec::new();
    for domain in several(&sample, "domains") {
        for project in several(&domain, "projects") {
            for asset in several(&project, "assets") {
                let draft = asset
                    .get("draft")
                    .is_some_and(|draft| draft.as_bool() == Some(true));
                found.push((asset["name"].as_str().unwrap().to_owned(), draft));
            }
        }
    }
    assert!(!found.is_empty());
    found.sort();
    found
}

#[tokio::test]
async fn the_sample_is_played_and_a_second_time_found_as_it_was_left() {
    let folder = TempDir::new().unwrap();
    let samples = repository().join("samples");
    let launch = Launch::on(folder.path().join("data"));
    let play = launch
        .clone()
        .args(&["--sample", samples.to_str().unwrap(), "--exit-after-sample"]);
    let first = run(&mut play.command(), Duration::from_secs(120)).await;
    assert_eq!(first.code, Some(0), "{}\n{}", first.out, first.err);
    for word in ["aviation", "Domains", "Events", "Pools", "made in"] {
        assert!(first.out.contains(word), "no {word} in:\n{}", first.out);
    }
    let second = run(&mut play.command(), Duration::from_secs(120)).await;
    assert_eq!(second.code, Some(0), "{}\n{}", second.out, second.err);
    assert!(
        second.out.contains("found as it was left"),
        "{}",
        second.out
    );
    assert!(!second.out.contains("made in"), "{}", second.out);

    let node = launch.start().await;
    let rest = node.rest("ada", &["admins"]).await;
    let mut found: Vec<(String, bool)> = Vec::new();
    for asset in rest.all("/api/v1/assets", "assets").await {
        assert_eq!(asset["status"], "ACTIVE", "{asset}");
        let draft = asset["publishStatus"] == "DRAFT";
        assert!(draft || asset["publishStatus"] == "PUBLISHED", "{asset}");
        found.push((asset["assetName"].as_str().unwrap().to_owned(), draft));
    }
    found.sort();
    assert_eq!(found, assets_of_the_sample());
    let failed = rest.all("/api/v1/projects?status=FAILED", "projects").await;
    assert_eq!(json!(failed), Value::Array(Vec::new()));
    node.stop().await;
}
