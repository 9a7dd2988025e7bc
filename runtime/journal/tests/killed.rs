//! A process that is killed while it appends has written whatever it was told is durable.
//!
//! The test starts this test binary again as the process to kill; it prints a line for every commit that
//! is answered.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use datamesh_journal::conformance::{Writer, json};
use datamesh_journal::sqlite::{Options, SqliteJournal};
use datamesh_journal::{
    CommitId, EntityKey, Journal, Receipt, ViewChange, Work, WorkChange, WorkKind,
};

const FILE: &str = "DATAMESH_JOURNAL_TO_KILL";
const ROUND: &str = "DATAMESH_JOURNAL_ROUND";
const ENTITIES: u64 = 7;

fn key(n: u64) -> EntityKey {
    EntityKey::new("killed", n.to_string())
}

/// Not a test of its own: the process that is killed. Appends until then, as fast as it can.
#[tokio::test]
#[ignore = "started by the other test"]
async fn appends_until_it_is_killed() {
    let Some(path) = std::env::var_os(FILE) else {
        return;
    };
    let round: u64 = std::env::var(ROUND).unwrap().parse().unwrap();
    let journal = SqliteJournal::open(Options::new(PathBuf::from(path))).unwrap();
    let writer = Writer::new(round);
    let mut heads: HashMap<u64, (u64, Option<CommitId>)> = HashMap::new();
    for n in 0..ENTITIES {
        let loaded = journal.load(&key(n)).await.unwrap();
        heads.insert(n, (loaded.seq, loaded.head));
    }
    let (free, wait) = std::sync::mpsc::sync_channel::<()>(1000);
    for _ in 0..500 {
        free.send(()).unwrap();
    }
    for turn in 0.. {
        wait.recv().unwrap();
        let n = turn % ENTITIES;
        let (expected, parent) = heads[&n];
        let mut commit = writer.commit(&key(n), expected);
        let id = commit.commit_id;
        commit.parent = parent;
        heads.insert(n, (expected + 1, Some(id)));
        let name = format!("{n}-{expected}");
        commit.receipt = Some(Receipt {
            command_id: name.clone(),
            fingerprint: 1,
            reply: json("1"),
            at_ms: 1,
        });
        commit.work = vec![
            WorkChange::Remove(
                expected
                    .checked_sub(3)
                    .map_or("none".to_owned(), |n| format!("w{n}")),
            ),
            WorkChange::Put(Work {
                id: format!("w{expected}"),
                kind: WorkKind::Effect,
                due_ms: Some(1),
                rank: Work::NORMAL,
                data: json("1"),
            }),
        ];
        commit.views = vec![ViewChange::Put {
            collection: "killed".to_owned(),
            key: n.to_string(),
            sort: "s".to_owned(),
            fields: Vec::new(),
            doc: json(&(expected + 1).to_string()),
        }];
        commit.snapshot = (expected % 10 == 0).then(|| json(&(expected + 1).to_string()));
        let free = free.clone();
        journal.append(
            commit,
            Box::new(move |fate| {
                let seq = fate.unwrap().seq;
                // One write a line, so that a line is there whole or not at all.
                let line = format!("durable {n} {seq} {id}\n");
                std::io::stdout().write_all(line.as_bytes()).unwrap();
                free.send(()).unwrap();
            }),
        );
    }
}

/// Starts the process, kills it after so many answers, and returns all that it was told.
fn kill_after(answers: usize, path: &Path, round: u64) -> Vec<(u64, u64, String)> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "appends_until_it_is_killed",
            "--ignored",
            "--nocapture",
        ])
        .env(FILE, path)
        .env(ROUND, round.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut told = Vec::new();
    for line in lines.map_while(Result::ok) {
        let Some((_, line)) = line.split_once("durable ") else {
            continue;
        };
        let mut words = line.split(' ');
        let mut word = || words.next().unwrap().to_owned();
        told.push((word().parse().unwrap(), word().parse().unwrap(), word()));
        if told.len() == answers {
            child.kill().unwrap();
        }
    }
    let status = child.wait().unwrap();
    assert!(!status.success());
    assert!(told.len() >= answers, "it ended by itself: {status}");
    told
}

#[tokio::test]
async fn every_commit_that_was_answered_survives() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let mut told: HashMap<(u64, u64), String> = HashMap::new();
    // Early kills meet an open or a recovery, late ones a checkpoint.
    for (answers, round) in [1, 2, 40, 333, 1500, 3, 6000, 700].into_iter().zip(1..) {
        for (entity, seq, id) in kill_after(answers, &path, round) {
            let before = told.insert((entity, seq), id);
            assert_eq!(before, None, "one number was given twice");
        }
        let journal = SqliteJournal::open(Options::new(&path)).unwrap();
        let mut total = 0;
        for n in 0..ENTITIES {
            let loaded = journal.load(&key(n)).await.unwrap();
            let history = journal.history(&key(n), 0, usize::MAX).await.unwrap();
            let numbers: Vec<_> = history.iter().map(|c| c.seq).collect();
            assert_eq!(numbers, (1..=loaded.seq).collect::<Vec<_>>());
            total += loaded.seq;
            for commit in &history {
                if let Some(id) = told.get(&(n, commit.seq)) {
                    assert_eq!(commit.commit_id.to_string(), *id);
                }
            }
            let last = told.keys().filter(|(entity, _)| *entity == n).map(|t| t.1);
            assert!(loaded.seq >= last.max().unwrap_or(0));

            assert_eq!(loaded.head, history.last().map(|c| c.commit_id));
            assert_eq!(loaded.work.len() as u64, loaded.seq.min(3));
            assert_eq!(loaded.receipts.len() as u64, loaded.seq.min(512));
            if let Some(newest) = loaded.receipts.last() {
                assert_eq!(newest.command_id, format!("{n}-{}", loaded.seq - 1));
            }
            let snapshot = loaded.snapshot.map_or(0, |s| s.seq);
            assert_eq!(loaded.commits.len() as u64, loaded.seq - snapshot);
            let view = journal.view("killed", &n.to_string()).await.unwrap();
            assert_eq!(
                view.map(|v| v.doc.get().to_owned()),
                (loaded.seq > 0).then(|| loaded.seq.to_string()),
                "the view is of the last commit"
            );
        }
        assert_eq!(journal.end().await.unwrap().0, total);
        journal.close().await;
    }
}
