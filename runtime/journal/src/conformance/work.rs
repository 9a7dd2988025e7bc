//! Work that outlives the process.

use crate::commit::{Commit, WorkChange, WorkKind};
use crate::entity::EntityKey;
use crate::journal::Journal;
use crate::query::{DueWork, WorkQuery};

use super::samples::{Writer, append, ranked, work};

fn asking(writer: &Writer, entity: &EntityKey, expected: u64, work: Vec<WorkChange>) -> Commit {
    let mut commit = writer.commit(entity, expected);
    commit.work = work;
    commit
}

/// Work is known by its id within the entity; removing what is not there is nothing.
pub async fn work_is_replaced_and_removed(journal: &dyn Journal) {
    let writer = Writer::new(1);
    let (entity, other) = (EntityKey::new("work", "1"), EntityKey::new("work", "2"));
    let first = vec![
        work("a", WorkKind::Effect, Some(10)),
        work("b", WorkKind::Timer, Some(20)),
    ];
    for key in [&entity, &other] {
        append(journal, asking(&writer, key, 0, first.clone()))
            .await
            .unwrap();
    }
    let second = vec![
        work("b", WorkKind::Timer, Some(5)),
        WorkChange::Remove("a".to_owned()),
        WorkChange::Remove("never".to_owned()),
        work("c", WorkKind::Effect, Some(7)),
    ];
    append(journal, asking(&writer, &entity, 1, second))
        .await
        .unwrap();

    let mut found: Vec<_> = journal.load(&entity).await.unwrap().work;
    found.sort_by(|x, y| x.id.cmp(&y.id));
    let found: Vec<_> = found
        .iter()
        .map(|w| (w.id.as_str(), w.kind, w.due_ms, w.data.get()))
        .collect();
    assert_eq!(
        found,
        [
            ("b", WorkKind::Timer, Some(5), "{\"do\":\"it\"}"),
            ("c", WorkKind::Effect, Some(7), "{\"do\":\"it\"}"),
        ]
    );
    assert_eq!(journal.load(&other).await.unwrap().work.len(), 2);
    for (kind, expected) in [
        (WorkKind::Effect, [("1", "c", 7), ("2", "a", 10)]),
        (WorkKind::Timer, [("1", "b", 5), ("2", "b", 20)]),
    ] {
        let due = journal.due(kind, 100, None, 10).await.unwrap();
        assert!(due.iter().all(|w| w.kind == kind));
        let due: Vec<_> = due
            .iter()
            .map(|w| (w.entity.id.as_ref(), w.work_id.as_str(), w.due_ms))
            .collect();
        assert_eq!(due, expected);
    }
}

/// Many at the same moment, over many entities: no page repeats or skips any.
pub async fn due_work_comes_earliest_first_in_pages(journal: &dyn Journal) {
    let writer = Writer::new(1);
    let mut asked = Vec::new();
    for n in 0..6 {
        let entity = EntityKey::new("due", n.to_string());
        let changes: Vec<_> = (0..5)
            .map(|w| {
                let due = if w < 3 { 50 } else { 100 - n * 10 };
                asked.push((due, n.to_string(), format!("w{w}")));
                work(&format!("w{w}"), WorkKind::Effect, Some(due))
            })
            .collect();
        let timer = work("timer", WorkKind::Timer, Some(50));
        let changes = changes.into_iter().chain([timer]).collect();
        append(journal, asking(&writer, &entity, 0, changes))
            .await
            .unwrap();
    }
    asked.retain(|(due, _, _)| *due <= 90);

    let mut seen: Vec<DueWork> = Vec::new();
    loop {
        let page = journal
            .due(WorkKind::Effect, 90, seen.last(), 4)
            .await
            .unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 4);
        seen.extend(page);
        assert!(seen.len() <= asked.len(), "a page repeats what was seen");
    }
    assert!(seen.is_sorted_by_key(|w| w.due_ms), "earliest first");
    let mut found: Vec<_> = seen
        .into_iter()
        .map(|w| (w.due_ms, w.entity.id.to_string(), w.work_id))
        .collect();
    found.sort();
    asked.sort();
    assert_eq!(found, asked);
    assert!(
        journal
            .due(WorkKind::Effect, 90, None, 0)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        journal
            .due(WorkKind::Effect, 9, None, 10)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        journal
            .due(WorkKind::Effect, 50, None, 100)
            .await
            .unwrap()
            .len(),
        20
    );
}

/// Effects of a lower rank come first, however late they were asked for, and a page goes on within a rank. A
/// change of rank moves them. Timers know no rank.
pub async fn due_effects_come_in_the_order_of_their_rank(journal: &dyn Journal) {
    let writer = Writer::new(1);
    let mut asked = Vec::new();
    for n in 0..4 {
        let entity = EntityKey::new("rank", n.to_string());
        let changes: Vec<_> = (0..6_u8)
            .map(|w| {
                let (rank, due_ms) = (w % 3, 50 - i64::from(w) - n);
                asked.push((rank, due_ms, n.to_string(), format!("w{w}")));
                ranked(&format!("w{w}"), rank, due_ms)
            })
            .chain([work("timer", WorkKind::Timer, Some(n))])
            .collect();
        append(journal, asking(&writer, &entity, 0, changes))
            .await
            .unwrap();
    }
    let moved = EntityKey::new("rank", "0");
    append(
        journal,
        asking(&writer, &moved, 1, vec![ranked("w5", 0, 1)]),
    )
    .await
    .unwrap();
    asked.retain(|(_, _, entity, id)| (entity.as_str(), id.as_str()) != ("0", "w5"));
    asked.push((0, 1, "0".to_owned(), "w5".to_owned()));
    asked.sort();

    let mut seen: Vec<DueWork> = Vec::new();
    loop {
        let page = journal
            .due(WorkKind::Effect, i64::MAX, seen.last(), 5)
            .await
            .unwrap();
        if page.is_empty() {
            break;
        }
        seen.extend(page);
        assert!(seen.len() <= asked.len(), "a page repeats what was seen");
    }
    assert!(seen.is_sorted_by_key(|w| (w.rank, w.due_ms)));
    let mut found: Vec<_> = seen
        .iter()
        .map(|w| (w.rank, w.due_ms, w.entity.id.to_string(), w.work_id.clone()))
        .collect();
    found.sort();
    assert_eq!(found, asked);
    let loaded = journal.load(&moved).await.unwrap().work;
    let rank = loaded.iter().find(|w| w.id == "w5").map(|w| w.rank);
    assert_eq!(rank, Some(0));
    let timers = journal.due(WorkKind::Timer, 2, None, 9).await.unwrap();
    assert_eq!(timers.len(), 3);
}

/// Paused work waits for an operator, whatever the time; resumed, it is due again.
pub async fn paused_work_is_never_due(journal: &dyn Journal) {
    let (writer, entity) = (Writer::new(1), EntityKey::new("paused", "1"));
    let steps = [(Some(1), 1), (None, 0), (Some(2), 1)];
    for ((due_ms, expected), seq) in steps.into_iter().zip(0..) {
        let change = vec![work("a", WorkKind::Effect, due_ms)];
        append(journal, asking(&writer, &entity, seq, change))
            .await
            .unwrap();
        let due = journal
            .due(WorkKind::Effect, i64::MAX, None, 10)
            .await
            .unwrap();
        assert_eq!(due.len(), expected, "due at {due_ms:?}");
        assert_eq!(journal.load(&entity).await.unwrap().work.len(), 1);
    }
}

/// The operator's list, with each filter, in pages.
pub async fn work_is_listed_by_kind_entity_and_pause(journal: &dyn Journal) {
    let writer = Writer::new(1);
    for kind in ["apple", "pear"] {
        for n in 0..4 {
            let entity = EntityKey::new(kind, n.to_string());
            let changes = vec![
                work("effect", WorkKind::Effect, Some(10)),
                work("paused", WorkKind::Effect, None),
                work("timer", WorkKind::Timer, Some(10)),
            ];
            append(journal, asking(&writer, &entity, 0, changes))
                .await
                .unwrap();
        }
    }
    let cases = [
        (WorkQuery::default(), 24),
        (
            WorkQuery {
                kind: Some(WorkKind::Timer),
                ..WorkQuery::default()
            },
            8,
        ),
        (
            WorkQuery {
                entity_kind: Some("pear".to_owned()),
                ..WorkQuery::default()
            },
            12,
        ),
        (
            WorkQuery {
                paused: true,
                ..WorkQuery::default()
            },
            8,
        ),
        (
            WorkQuery {
                kind: Some(WorkKind::Effect),
                entity_kind: Some("apple".to_owned()),
                paused: true,
                ..WorkQuery::default()
            },
            4,
        ),
    ];
    for (mut query, expected) in cases {
        query.limit = 3;
        let mut seen = Vec::new();
        loop {
            let page = journal.work(&query).await.unwrap();
            assert!(page.items.len() <= 3);
            for row in page.items {
                assert!(query.kind.is_none_or(|kind| kind == row.work.kind));
                assert!(!query.paused || row.work.due_ms.is_none());
                if let Some(kind) = &query.entity_kind {
                    assert_eq!(*kind, *row.entity.kind);
                }
                seen.push((row.entity, row.work.id));
            }
            let Some(next) = page.next else { break };
            query.after = Some(next);
        }
        let rows = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((seen.len(), rows), (expected, expected), "{query:?}");
    }
}
