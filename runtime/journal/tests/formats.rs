//! A journal that an earlier program wrote is brought up to date when it is opened, and nothing of it is lost.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use datamesh_journal::conformance::{Writer, append, json};
use datamesh_journal::sqlite::{Options, SqliteJournal};
use datamesh_journal::{
    CommitId, EntityKey, EntityQuery, Journal, Mark, MarkKind, Trace, ViewQuery, Work, WorkChange,
    WorkKind,
};

const FORMAT_1: &str = include_str!("format_1.sql");

fn version(path: &std::path::Path) -> i64 {
    let db = rusqlite::Connection::open(path).unwrap();
    db.pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap()
}

#[tokio::test]
async fn a_journal_of_format_1_goes_on_as_format_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch(FORMAT_1)
        .unwrap();
    assert_eq!(version(&path), 1);

    let (key, other) = (
        EntityKey::new("project", "p-1"),
        EntityKey::new("project", "p-2"),
    );
    let second = CommitId(2_u128.to_be_bytes());
    let writer = Writer::new(1);
    for time in ["migrated", "opened again"] {
        let journal = SqliteJournal::open(Options::new(&path)).unwrap();
        let loaded = journal.load(&key).await.unwrap();
        assert_eq!((loaded.seq, loaded.head), (2, Some(second)), "{time}");
        assert_eq!(loaded.snapshot.unwrap().data.get(), "{\"n\":1}");
        assert_eq!(loaded.receipts[0].command_id, "c-1");
        let quarantined = Mark {
            kind: MarkKind::Quarantined,
            reason: "5 panics".to_owned(),
            cause: None,
            at_ms: 2_500,
        };
        assert_eq!(loaded.mark, Some(quarantined));
        let work: Vec<_> = loaded.work.iter().map(|w| (&*w.id, w.rank)).collect();
        assert_eq!(
            work,
            [("1.0-Make", 1), ("1.1-Tell", 1), ("timer:poll", 1)],
            "what has no rank is normal"
        );
        let history = journal.history(&key, 0, 10).await.unwrap();
        assert_eq!(history[0].cause.by.as_deref(), Some("ann"));
        assert_eq!(history[1].cause.trace, Trace::default());
        let due = |kind| journal.due(kind, i64::MAX, None, 10);
        assert_eq!(due(WorkKind::Effect).await.unwrap()[0].work_id, "1.0-Make");
        assert_eq!(due(WorkKind::Timer).await.unwrap()[0].due_ms, 3_000);
        let marked = EntityQuery {
            mark: Some(MarkKind::Paused),
            ..EntityQuery::default()
        };
        let heads = journal.entities(&marked).await.unwrap().items;
        assert_eq!(heads[0].key, other);
        let owned = ViewQuery {
            collection: "projects".to_owned(),
            fields: vec![("owner".to_owned(), "ann".to_owned())],
            ..ViewQuery::default()
        };
        assert_eq!(journal.views(&owned).await.unwrap().items.len(), 1);
        journal.close().await;
        assert_eq!(version(&path), 2);
    }

    let journal = SqliteJournal::open(Options::new(&path)).unwrap();
    let mut third = writer.commit(&key, 2);
    third.parent = Some(second);
    third.cause.trace.command_id = Some("c-2".to_owned());
    third.work = vec![WorkChange::Put(Work {
        id: "3.0-Revoke".to_owned(),
        kind: WorkKind::Effect,
        due_ms: Some(5_000),
        rank: 0,
        data: json("{}"),
    })];
    assert_eq!(append(&journal, third).await.unwrap().seq, 3);
    let due = journal
        .due(WorkKind::Effect, i64::MAX, None, 10)
        .await
        .unwrap();
    let ids: Vec<_> = due.iter().map(|w| &*w.work_id).collect();
    assert_eq!(ids, ["3.0-Revoke", "1.0-Make"]);
}
