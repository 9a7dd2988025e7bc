//! Days on which it cannot start: one clear sentence, an exit code that is not 0, and soon.

use std::net::TcpListener;
use std::path::Path;
use std::time::Duration;

use datamesh_tests::{Launch, StartFailure, datameshd, id_of, program, run, until};
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

/// Starts what cannot start, and takes the sentence.
async fn sentence(launch: &Launch) -> String {
    let failure = match launch.try_start().await {
        Err(failure) => failure,
        Ok(node) => panic!("it started: {}", node.out()),
    };
    let StartFailure {
        status, err, took, ..
    } = &failure;
    let code = status.and_then(|status| status.code());
    assert!(code.is_some_and(|code| code != 0), "{failure}");
    assert!(*took < Duration::from_secs(10), "{failure}");
    assert!(!err.contains("panicked"), "{failure}");
    let said: Vec<&str> = err
        .lines()
        .filter(|line| line.starts_with("datameshd: "))
        .collect();
    assert_eq!(said.len(), 1, "one sentence: {failure}");
    said[0].trim_start_matches("datameshd: ").to_owned()
}

#[track_caller]
fn says(sentence: &str, words: &[&str]) {
    for word in words {
        assert!(sentence.contains(word), "no {word:?} in: {sentence}");
    }
}

fn folder() -> TempDir {
    TempDir::new().unwrap()
}

/// A data folder on which a node has run.
async fn used(folder: &Path) -> Launch {
    let launch = Launch::on(folder.join("data"));
    launch.start().await.stop().await
}

#[tokio::test]
async fn a_port_in_use() {
    let folder = folder();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (variable, flag) in [
        ("DATAMESH_LISTEN_PUBLIC", "--listen"),
        ("DATAMESH_LISTEN_ADMIN", "--listen-admin"),
        ("DATAMESH_LOCALCLOUD_LISTEN", "--localcloud-listen"),
    ] {
        let launch = Launch::on(folder.path().join(variable)).env(variable, &address);
        let sentence = sentence(&launch).await;
        says(&sentence, &[&address, "in use", flag]);
    }
}

#[tokio::test]
async fn a_data_folder_that_is_a_file() {
    let folder = folder();
    let file = folder.path().join("data");
    std::fs::write(&file, "not a folder").unwrap();
    let sentence = sentence(&Launch::on(&file)).await;
    says(&sentence, &[file.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "not a folder");
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_written() {
    let folder = folder();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let mut permissions = std::fs::metadata(&data).unwrap().permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&data, permissions).unwrap();
    if std::fs::write(data.join("probe"), "").is_ok() {
        eprintln!(
            "SKIPPED a_data_folder_that_cannot_be_written: this user may write everywhere (root)"
        );
        return;
    }
    let sentence = sentence(&Launch::on(&data)).await;
    says(&sentence, &[data.to_str().unwrap()]);
}

#[tokio::test]
async fn a_disk_that_is_full() {
    let folder = folder();
    let launch = Launch::on(folder.path().join("data")).largest_file(Some(0));
    let sentence = sentence(&launch).await;
    says(&sentence, &[launch.data().to_str().unwrap(), "space"]);
    launch.largest_file(None).start().await.stop().await;
}

#[tokio::test]
async fn a_disk_that_fills_up_takes_nothing_more_and_loses_nothing() {
    let folder = folder();
    let launch = Launch::on(folder.path().join("data")).largest_file(Some(800));
    let node = launch.start().await;
    let rest = node.rest("ada", &["admins"]).await;
    let mut made = Vec::new();
    let refused = loop {
        let name = format!("domain-{}", made.len());
        let body = json!({"domainName": name, "ownerGroups": ["team"], "requestId": name});
        let answer = rest.post("/api/v1/domains", &body).await;
        if answer.status != 200 {
            break answer;
        }
        made.push(id_of(&answer.json(), "domainId").to_owned());
        assert!(made.len() < 1_000, "the disk does not fill up");
    };
    assert!(matches!(refused.status, 500 | 503), "{refused}");
    let made_then = made.len();
    assert!(made_then > 0);
    node.kill().await;

    let node = launch.largest_file(None).start().await;
    let rest = node.rest("ada", &["admins"]).await;
    for id in made {
        let path = format!("/api/v1/domains/{id}");
        until(&format!("{path} is made"), async || {
            let seen = rest.get(&path).await;
            if seen.status == 200 && seen.json()["status"] == "ACTIVE" {
                Ok(())
            } else {
                Err(seen)
            }
        })
        .await;
    }
    node.stop().await;
}

#[tokio::test]
async fn a_journal_that_is_damaged() {
    let folder = folder();
    let launch = used(folder.path()).await;
    let journal = launch.data().join("journal.db");
    for damage in ["this is no database at all, and it is longer than a header of SQLite is: 100 bytes, or so\n".repeat(40), "SQLite format 3\0".to_owned() + &"garbage".repeat(1_000)] {
        for beside in ["journal.db-wal", "journal.db-shm"] {
            let _ = std::fs::remove_file(launch.data().join(beside));
        }
        std::fs::write(&journal, &damage).unwrap();
        let sentence = sentence(&launch).await;
        says(&sentence, &[journal.to_str().unwrap()]);
        assert_eq!(std::fs::read_to_string(&journal).unwrap(), damage, "it was left as it was");
    }
}

#[tokio::test]
async fn a_file_of_a_newer_format() {
    for file in ["journal.db", "localcloud.db"] {
        let folder = folder();
        let launch = used(folder.path()).await;
        let path = launch.data().join(file);
        let db = Connection::open(&path).unwrap();
        db.pragma_update(None, "user_version", 999).unwrap();
        drop(db);
        let sentence = sentence(&launch).await;
        says(&sentence, &[path.to_str().unwrap(), "999"]);
    }
}

#[tokio::test]
async fn a_file_of_another_program() {
    let folder = folder();
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let path = data.join("journal.db");
    let db = Connection::open(&path).unwrap();
    db.execute_batch("CREATE TABLE recipes (name TEXT)")
        .unwrap();
    drop(db);
    let sentence = sentence(&Launch::on(&data)).await;
    says(&sentence, &[path.to_str().unwrap(), "another program"]);
    let db = Connection::open(&path).unwrap();
    let tables: i64 = db
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tables, 1, "it was left as it was");
}

#[tokio::test]
async fn a_second_process_on_the_same_folder() {
    let folder = folder();
    let launch = Launch::on(folder.path().join("data"));
    let first = launch.start().await;
    let sentence = sentence(&launch).await;
    says(&sentence, &[launch.data().to_str().unwrap()]);
    let rest = first.rest("ada", &["admins"]).await;
    assert_eq!(
        rest.get("/health").await.status,
        200,
        "the first does not notice"
    );
    first.stop().await;
}

#[tokio::test]
async fn settings_that_are_none_or_wrong() {
    let folder = folder();
    let file = folder.path().join("mesh.toml");
    let path = file.to_str().unwrap();
    let launch = Launch::on(folder.path().join("data")).args(&["--config", path]);
    for (text, words) in [
        (
            "[listen]\npubilc = \"127.0.0.1:0\"\n",
            &["listen.pubilc", "listen.public", path][..],
        ),
        ("colour = \"red\"\n", &["colour", path]),
        ("[runtime]\nshards = \"many\"\n", &["runtime.shards", path]),
        ("[log]\nlevel = \"\"\n", &["log.level", path]),
        ("[listen\n", &[path, "line 1"]),
    ] {
        std::fs::write(&file, text).unwrap();
        says(&sentence(&launch).await, words);
    }
    std::fs::remove_file(&file).unwrap();
    says(&sentence(&launch).await, &[path, "cannot be read"]);

    let launch =
        Launch::on(folder.path().join("data")).env("DATAMESH_LISTEN_PUBILC", "127.0.0.1:0");
    says(
        &sentence(&launch).await,
        &["DATAMESH_LISTEN_PUBILC", "DATAMESH_LISTEN_PUBLIC"],
    );
    let launch = Launch::on(folder.path().join("data")).env("DATAMESH_AWS_ACCOUNT", "12");
    says(&sentence(&launch).await, &["account"]);
    assert!(
        !launch.data().join("journal.db").exists(),
        "nothing was begun"
    );
}

#[tokio::test]
async fn the_configuration_is_printed_and_its_example_can_be_used() {
    let folder = folder();
    let mut command = program(datameshd());
    command
        .arg("config")
        .current_dir(folder.path())
        .env("DATAMESH_LISTEN_PUBLIC", "127.0.0.1:4711");
    let ended = run(&mut command, Duration::from_secs(10)).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    says(
        &ended.out,
        &["127.0.0.1:4711", "DATAMESH_LISTEN_PUBLIC", "drain_timeout"],
    );

    let mut command = program(datameshd());
    let ended = run(
        command.args(["config", "--example"]),
        Duration::from_secs(10),
    )
    .await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let file = folder.path().join("example.toml");
    std::fs::write(&file, &ended.out).unwrap();
    let mut command = program(datameshd());
    command.args(["config", "--config"]).arg(&file);
    let ended = run(&mut command, Duration::from_secs(10)).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
}
