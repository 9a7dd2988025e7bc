//! Reading entities and the log back.

use crate::commit::{Settled, Trace};
use crate::entity::EntityKey;
use crate::journal::Journal;
use crate::query::Position;

use super::RECEIPTS_KEPT;
use super::samples::{Writer, append, event, json, receipt, submit};

/// Nothing is known of it, and asking does not create it.
pub async fn an_unknown_entity_is_empty(journal: &dyn Journal) {
    let entity = EntityKey::new("nobody", "here");
    let loaded = journal.load(&entity).await.unwrap();
    assert_eq!((loaded.seq, loaded.head), (0, None));
    assert!(loaded.snapshot.is_none() && loaded.mark.is_none());
    assert!(loaded.commits.is_empty() && loaded.receipts.is_empty() && loaded.work.is_empty());
    assert!(journal.history(&entity, 0, 10).await.unwrap().is_empty());
    assert!(journal.view("nothing", "here").await.unwrap().is_none());
    let all = journal.entities(&Default::default()).await.unwrap();
    assert!(all.items.is_empty() && all.next.is_none());
    assert_eq!(journal.end().await.unwrap(), Position(0));
    assert!(journal.tail(Position(0), 10).await.unwrap().is_empty());
}

/// Only the newest snapshot counts, and only what came after it is replayed.
pub async fn replay_starts_at_the_newest_snapshot(journal: &dyn Journal) {
    let (writer, entity) = (Writer::new(1), EntityKey::new("snap", "1"));
    for expected in 0..10 {
        let mut commit = writer.commit(&entity, expected);
        if expected == 3 || expected == 6 {
            commit.snapshot = Some(json(&format!("{{\"after\":{}}}", expected + 1)));
        }
        append(journal, commit).await.unwrap();
    }
    let loaded = journal.load(&entity).await.unwrap();
    let snapshot = loaded.snapshot.unwrap();
    assert_eq!((snapshot.seq, snapshot.data.get()), (7, "{\"after\":7}"));
    let replayed: Vec<_> = loaded.commits.iter().map(|c| c.seq).collect();
    assert_eq!(replayed, [8, 9, 10]);
    assert_eq!(loaded.seq, 10);

    let mut last = writer.commit(&entity, 10);
    last.snapshot = Some(json("{\"after\":11}"));
    append(journal, last).await.unwrap();
    let loaded = journal.load(&entity).await.unwrap();
    assert_eq!(loaded.snapshot.unwrap().seq, 11);
    assert!(loaded.commits.is_empty());
    assert_eq!(loaded.seq, 11);
}

/// The receipts of the last commands, each entity its own.
pub async fn receipts_come_back_oldest_first(journal: &dyn Journal) {
    let writer = Writer::new(1);
    let (entity, other) = (EntityKey::new("inbox", "1"), EntityKey::new("inbox", "2"));
    for n in 0..RECEIPTS_KEPT {
        for key in [&entity, &other] {
            let mut commit = writer.commit(key, n as u64);
            commit.receipt = Some(receipt(&format!("{}-{n}", key.id)));
            append(journal, commit).await.unwrap();
        }
    }
    let loaded = journal.load(&entity).await.unwrap();
    let ids: Vec<_> = loaded
        .receipts
        .iter()
        .map(|r| r.command_id.as_str())
        .collect();
    let expected: Vec<_> = (0..RECEIPTS_KEPT).map(|n| format!("1-{n}")).collect();
    assert_eq!(ids, expected);
    let first = &loaded.receipts[0];
    assert_eq!(first.fingerprint, u64::MAX - 7);
    assert_eq!(first.reply.get(), "{\"ok\":true}");
    assert_eq!(first.at_ms, 2_000);
}

/// History goes on after a number, whatever snapshots there are.
pub async fn history_is_read_in_pages(journal: &dyn Journal) {
    let (writer, entity) = (Writer::new(1), EntityKey::new("history", "1"));
    for expected in 0..7 {
        let mut commit = writer.commit(&entity, expected);
        commit.snapshot = Some(json("{}"));
        append(journal, commit).await.unwrap();
    }
    let mut seen = Vec::new();
    loop {
        let after = seen.last().copied().unwrap_or(0);
        let page = journal.history(&entity, after, 3).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 3);
        seen.extend(page.iter().map(|c| c.seq));
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7]);
    let beyond = journal.history(&entity, u64::MAX, 3).await.unwrap();
    assert!(beyond.is_empty());
}

/// What ties commits together comes back as it was written, also where there is nothing.
pub async fn the_trace_of_a_commit_comes_back(journal: &dyn Journal) {
    let (writer, entity) = (Writer::new(1), EntityKey::new("trace", "1"));
    let traces = [
        Trace {
            effects: vec!["1.0-Create".to_owned(), "1.1-Tell".to_owned()],
            timers: vec![("poll".to_owned(), -5), ("end".to_owned(), i64::MAX)],
            command_id: Some("c-1".to_owned()),
            settled: None,
        },
        Trace::default(),
        Trace {
            settled: Some(Settled {
                effect_id: "1.0-Create".to_owned(),
                attempts: 3,
                took_ms: 1_234,
            }),
            ..Trace::default()
        },
    ];
    for (expected, trace) in (0_u64..).zip(&traces) {
        let mut commit = writer.commit(&entity, expected);
        commit.cause.trace = trace.clone();
        append(journal, commit).await.unwrap();
    }
    let loaded = journal.load(&entity).await.unwrap().commits;
    let history = journal.history(&entity, 0, 10).await.unwrap();
    let tail = journal.tail(Position(0), 10).await.unwrap();
    let tail = tail.into_iter().map(|entry| entry.commit).collect();
    for commits in [loaded, history, tail] {
        let found: Vec<_> = commits.into_iter().map(|c| c.cause.trace).collect();
        assert_eq!(found, traces);
    }
}

/// Digests are taken of what is stored, so nothing is reordered, shortened or rounded.
pub async fn json_comes_back_byte_for_byte(journal: &dyn Journal) {
    const TEXT: &str = r#"{"b":1, "a" : 1.0e10,"n":123456789012345678901234567890.10,
        "twice":1,"twice":2,"escaped":"\u00e9\ud83d\ude00\/\u0000\n","empty":{ },"-0":-0.0}"#;
    let (writer, entity) = (Writer::new(1), EntityKey::new("json", "1"));
    let mut commit = writer.commit(&entity, 0);
    commit.events = vec![event(TEXT), event("null"), event("\"\"")];
    let mut answer = receipt("c1");
    answer.reply = json(TEXT);
    commit.receipt = Some(answer);
    commit.views = vec![super::samples::document("json", "a", &[], TEXT)];
    commit.work = vec![crate::commit::WorkChange::Put(crate::commit::Work {
        id: "w".to_owned(),
        kind: crate::commit::WorkKind::Effect,
        due_ms: Some(1),
        rank: crate::commit::Work::NORMAL,
        data: json(TEXT),
    })];
    append(journal, commit).await.unwrap();
    let mut commit = writer.commit(&entity, 1);
    commit.snapshot = Some(json(TEXT));
    append(journal, commit).await.unwrap();

    let loaded = journal.load(&entity).await.unwrap();
    assert_eq!(loaded.snapshot.unwrap().data.get(), TEXT);
    assert_eq!(loaded.receipts[0].reply.get(), TEXT);
    assert_eq!(loaded.work[0].data.get(), TEXT);
    let history = journal.history(&entity, 0, 1).await.unwrap();
    let events: Vec<_> = history[0].events.iter().map(|e| e.data.get()).collect();
    assert_eq!(events, [TEXT, "null", "\"\""]);
    let view = journal.view("projects", "json").await.unwrap().unwrap();
    assert_eq!(view.doc.get(), TEXT);
}

/// Ids, names, reasons and keys are any text.
pub async fn text_in_any_script_comes_back(journal: &dyn Journal) {
    let writer = Writer::new(1);
    for id in [
        "Größe/中文/ключ",
        "🦀 e\u{301}",
        "a'b\"c;--",
        "%_\\",
        "\u{feff}bom",
    ] {
        let entity = EntityKey::new("text", id);
        let mut commit = writer.commit(&entity, 0);
        commit.cause.what = format!("command {id}");
        commit.cause.by = Some(id.to_owned());
        commit.receipt = Some(receipt(id));
        commit.events[0].name = id.to_owned();
        commit.views = vec![super::samples::document(id, id, &[(id, id)], "1")];
        append(journal, commit).await.unwrap();

        let loaded = journal.load(&entity).await.unwrap();
        let first = &loaded.commits[0];
        assert_eq!(first.cause.what, format!("command {id}"));
        assert_eq!(first.cause.by.as_deref(), Some(id));
        assert_eq!(first.events[0].name, id);
        assert_eq!(loaded.receipts[0].command_id, id);
        let view = journal.view("projects", id).await.unwrap().unwrap();
        assert_eq!((view.key.as_str(), view.sort.as_str()), (id, id));
    }
}

/// Large events, several in flight.
pub async fn an_event_of_one_mebibyte_comes_back(journal: &dyn Journal) {
    let writer = Writer::new(1);
    let text = format!("\"{}\"", "é".repeat(1 << 19));
    let keys: Vec<_> = (0..12)
        .map(|n| EntityKey::new("big", n.to_string()))
        .collect();
    let fates: Vec<_> = keys
        .iter()
        .map(|key| {
            let mut commit = writer.commit(key, 0);
            commit.events = vec![event(&text)];
            submit(journal, commit)
        })
        .collect();
    for fate in fates {
        fate.await.unwrap().unwrap();
    }
    for key in &keys {
        let loaded = journal.load(key).await.unwrap();
        assert_eq!(loaded.commits[0].events[0].data.get(), text);
    }
}

/// Positions grow with every commit of any entity; a reader goes on from the last one it saw.
pub async fn tail_shows_all_commits_in_the_order_they_were_written(journal: &dyn Journal) {
    let writer = Writer::new(1);
    let keys: Vec<_> = (0..3)
        .map(|n| EntityKey::new("tail", n.to_string()))
        .collect();
    let mut written = Vec::new();
    for expected in 0..4 {
        for key in &keys {
            append(journal, writer.commit(key, expected)).await.unwrap();
            written.push((key.clone(), expected + 1));
        }
    }
    let mut seen = Vec::new();
    let mut at = Position(0);
    loop {
        let page = journal.tail(at, 5).await.unwrap();
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 5);
        at = last.position;
        for entry in &page {
            let before = seen.last().map_or(Position(0), |(position, _)| *position);
            assert!(entry.position > before, "positions grow");
            seen.push((entry.position, (entry.entity.clone(), entry.commit.seq)));
        }
    }
    let order: Vec<_> = seen.into_iter().map(|(_, commit)| commit).collect();
    assert_eq!(order, written);
    assert_eq!(journal.end().await.unwrap(), at);
}
