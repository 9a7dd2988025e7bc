//! AWS mode against ministack, an emulator that shares no code with ours. Slow to install, so it is not
//! among the tests that always run: `make ministack`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use datamesh_tests::{Cloud, Launch, Rest, id_of, program, run, target_dir, until};
use http::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Child;

/// The version whose ways are known.
const MINISTACK: &str = "ministack==1.5.33";

/// The installed program, from a virtual environment that the next run finds again.
async fn installed() -> PathBuf {
    let folder = target_dir().join("ministack");
    let binary = folder.join("bin/ministack");
    if !binary.is_file() {
        let mut venv = program("python3");
        let ended = run(
            venv.args(["-m", "venv"]).arg(&folder),
            Duration::from_secs(120),
        )
        .await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let mut pip = program(folder.join("bin/pip"));
        let ended = run(
            pip.args(["install", "--quiet", MINISTACK]),
            Duration::from_secs(600),
        )
        .await;
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
    binary
}

struct Ministack {
    url: String,
    _child: Child,
    _folder: TempDir,
}

async fn ministack() -> Ministack {
    let binary = installed().await;
    let folder = TempDir::new().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    drop(listener);
    let port = address.port().to_string();
    let log = std::fs::File::create(folder.path().join("log")).unwrap();
    let child = program(binary)
        .env("GATEWAY_PORT", &port)
        .env("EDGE_PORT", &port)
        .env("BIND_HOST", "127.0.0.1")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let url = format!("http://127.0.0.1:{port}");
    let rest = Rest::new(&url, None);
    until("ministack answers", async || {
        let answer = rest
            .try_send(Method::GET, "/_ministack/health", &[], None)
            .await;
        match answer {
            Ok(answer) if answer.status == 200 => Ok(()),
            other => Err(format!(
                "{other:?} {}",
                std::fs::read_to_string(folder.path().join("log")).unwrap()
            )),
        }
    })
    .await;
    Ministack {
        url,
        _child: child,
        _folder: folder,
    }
}

#[tokio::test]
#[ignore = "installs ministack: make ministack"]
async fn what_ministack_has_works_and_what_it_lacks_is_said() {
    let ministack = ministack().await;
    let folder = TempDir::new().unwrap();
    let launch = Launch::on(folder.path().join("data"))
        .in_aws(&ministack.url, "test")
        .env("DATAMESH_WORKERS_POISON_PAUSE_S", "1");
    let node = launch.start().await;
    let (rest, operator) = (node.rest("ada", &["admins"]).await, node.operator().await);
    let cloud = Cloud::new(&ministack.url, "test", "eu-central-1");

    let queues = until("the queue, its rule and its bus are made", async || {
        let queues = operator.get("/admin/v1/queues").await;
        if queues.status == 200 {
            Ok(queues.json())
        } else {
            Err(queues)
        }
    })
    .await;
    assert_eq!(queues["queues"][0]["queue"], "datamesh-project-setup");
    let rules = until("the rule has its target", async || {
        let input =
            json!({"EventBusName": "datamesh-events", "Rule": "project-creation-automation"});
        let targets = cloud.json("events", "ListTargetsByRule", &input).await;
        let found = targets.status == 200 && targets.json()["Targets"][0]["Arn"].is_string();
        if found {
            Ok(targets.json())
        } else {
            Err(targets)
        }
    })
    .await;
    assert!(
        id_of(&rules["Targets"][0], "Arn").ends_with(":datamesh-project-setup"),
        "{rules}"
    );

    // The way from the bus to the worker: an event about a project that does not exist is refused by the
    // worker and ends among the dead letters.
    let event = json!({
        "Source": "management-app.projects", "DetailType": "ProjectCreated",
        "EventBusName": "datamesh-events", "Detail": json!({"projectId": "proj-none"}).to_string(),
    });
    cloud
        .json("events", "PutEvents", &json!({"Entries": [event]}))
        .await
        .ok();
    until("the event is a dead letter", async || {
        let queues = operator.get("/admin/v1/queues").await.ok();
        let dead = queues["queues"][0]["deadLetters"] == "1";
        if dead { Ok(()) } else { Err(queues) }
    })
    .await;

    let body = json!({"domainName": "finance", "ownerGroups": ["team"]});
    let domain = rest.post("/api/v1/domains", &body).await.ok();
    let path = format!("/api/v1/domains/{}", id_of(&domain, "domainId"));
    let has_datazone = cloud
        .datazone(Method::GET, "/v2/domains", None)
        .await
        .status
        == 200;
    if has_datazone {
        until("the domain is made", async || {
            let seen = rest.get(&path).await.ok();
            if seen["status"] == "ACTIVE" {
                Ok(())
            } else {
                Err(seen)
            }
        })
        .await;
    } else {
        let said: Value = until("it is said why the domain is not made", async || {
            let effects = operator
                .all("/admin/v1/effects?kind=domain", "effects")
                .await;
            let seen = rest.get(&path).await.ok();
            let held = effects.iter().find(|effect| {
                effect["name"] == "CreateDataZoneDomain" && effect["lastError"] != ""
            });
            match (held, seen["status"] == "FAILED") {
                (Some(effect), _) => Ok(effect["lastError"].clone()),
                (None, true) => Ok(seen["statusReason"].clone()),
                (None, false) => Err((effects, seen)),
            }
        })
        .await;
        assert!(said.as_str().is_some_and(|said| !said.is_empty()), "{said}");
        eprintln!("ministack has no DataZone; the domain says: {said}");
    }
    let record = rest.get(&path).await.ok();
    let history = operator
        .get(&format!(
            "/admin/v1/actors/domain/{}/history",
            id_of(&domain, "domainId")
        ))
        .await;
    let made = history.ok().to_string().contains("BucketCreated");
    assert!(made, "S3 is there, so the bucket was made: {record}");
    node.stop().await;
}
