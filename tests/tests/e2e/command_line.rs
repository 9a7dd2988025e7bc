//! `datamesh`, the command line, against a real server.

use std::time::Duration;

use datamesh_tests::{Ended, Mesh, datamesh, id_of, program, run};
use serde_json::Value;

async fn type_in(mesh: &Mesh, line: &str) -> Ended {
    let mut command = program(datamesh());
    command
        .args(line.split_whitespace())
        .env("DATAMESH_SERVER", mesh.node.url())
        .env("DATAMESH_ADMIN_SERVER", mesh.node.admin_url())
        .env("DATAMESH_DATA_DIR", mesh.node.data())
        .env("HOME", mesh.folder.path())
        .env("USER", "ada");
    run(&mut command, Duration::from_secs(60)).await
}

#[tokio::test]
async fn a_mesh_is_made_and_seen_from_the_command_line() {
    let mesh = Mesh::start().await;
    mesh.cloud
        .table("finance_db.transactions", &[("id", "bigint")])
        .await;
    for line in [
        "domain create finance --owner-group team --wait",
        "project create ledger --domain finance --wait",
        "asset create transactions --project ledger --s3-location s3://files/t/ --glue-table finance_db.transactions --format csv --wait",
    ] {
        let ended = type_in(&mesh, line).await;
        assert_eq!(ended.code, Some(0), "datamesh {line}: {ended:?}");
    }
    let ended = type_in(&mesh, "asset list -o json").await;
    let assets: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(
        assets["assets"][0]["publishStatus"], "PUBLISHED",
        "{assets}"
    );

    let project = id_of(&assets["assets"][0], "projectId");
    for (line, words) in [
        ("domain list", &["finance", "ACTIVE"][..]),
        ("project get ledger", &["ledger", "COMPLETED"]),
        ("event list", &["ProjectCreated", "AssetPublished"]),
        ("actor list", &["project/proj-", "domain/dom-"]),
        (
            &*format!("actor history project/{project}"),
            &["CreateProject"],
        ),
        ("pool list", &["datazone", "CLOSED"]),
        ("queue list", &["datamesh-project-setup"]),
    ] {
        let ended = type_in(&mesh, line).await;
        assert_eq!(ended.code, Some(0), "datamesh {line}: {ended:?}");
        for word in words {
            assert!(
                ended.out.contains(word),
                "datamesh {line} does not say {word}: {}",
                ended.out
            );
        }
    }
    for (line, code) in [
        ("domain get nothing", 3),
        ("domain create finance --owner-group team", 5),
        ("domain create Not_A_Name --owner-group team", 6),
        ("domain list --token nonsense", 4),
        ("domain list --server http://127.0.0.1:1", 7),
        ("domain", 2),
    ] {
        let ended = type_in(&mesh, line).await;
        assert_eq!(ended.code, Some(code), "datamesh {line}: {ended:?}");
        assert!(!ended.err.is_empty(), "datamesh {line} says why");
    }
}
