//! The operator's list of entities, and marks.

use crate::commit::WorkKind;
use crate::entity::{EntityHead, EntityKey, Mark, MarkKind};
use crate::journal::Journal;
use crate::query::EntityQuery;

use super::samples::{Writer, append, work};

fn mark(kind: MarkKind, reason: &str) -> Mark {
    Mark {
        kind,
        reason: reason.to_owned(),
        cause: None,
        at_ms: 3_000,
    }
}

async fn all(journal: &dyn Journal, mut query: EntityQuery) -> Vec<EntityHead> {
    let mut heads = Vec::new();
    loop {
        let page = journal.entities(&query).await.unwrap();
        heads.extend(page.items);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return heads,
        }
    }
}

fn names(heads: &[EntityHead]) -> Vec<String> {
    heads.iter().map(|head| head.key.to_string()).collect()
}

/// In the order of (kind, id), in pages, with what they have open.
pub async fn entities_are_listed_in_the_order_of_their_keys(journal: &dyn Journal) {
    let writer = Writer::new(1);
    for key in ["pear/b", "apple/2", "pear/a", "apple/10", "fig/x/y"] {
        let entity = EntityKey::parse(key).unwrap();
        let mut commit = writer.commit(&entity, 0);
        commit.at_ms = 7;
        append(journal, commit).await.unwrap();
    }
    let fig = EntityKey::parse("fig/x/y").unwrap();
    let mut commit = writer.commit(&fig, 1);
    commit.at_ms = 9;
    commit.work = vec![
        work("1", WorkKind::Effect, Some(1)),
        work("2", WorkKind::Effect, None),
        work("3", WorkKind::Timer, Some(1)),
        work("4", WorkKind::Timer, Some(1)),
        work("5", WorkKind::Timer, None),
    ];
    append(journal, commit).await.unwrap();

    let query = EntityQuery {
        limit: 2,
        ..EntityQuery::default()
    };
    let heads = all(journal, query.clone()).await;
    assert_eq!(
        names(&heads),
        ["apple/10", "apple/2", "fig/x/y", "pear/a", "pear/b"]
    );
    let expected = EntityHead {
        key: fig,
        seq: 2,
        updated_ms: 9,
        effects: 2,
        paused_effects: 1,
        timers: 3,
        mark: None,
    };
    assert_eq!(heads[2], expected);
    assert_eq!((heads[0].seq, heads[0].updated_ms), (1, 7));
    let pears = EntityQuery {
        kind: Some("pear".to_owned()),
        limit: 1,
        ..query
    };
    assert_eq!(names(&all(journal, pears).await), ["pear/a", "pear/b"]);
}

/// Each filter alone and together.
pub async fn entities_are_filtered_by_kind_mark_and_paused_effects(journal: &dyn Journal) {
    let writer = Writer::new(1);
    for kind in ["apple", "pear"] {
        for n in 0..4 {
            let entity = EntityKey::new(kind, n.to_string());
            let mut commit = writer.commit(&entity, 0);
            let due_ms = (n % 2 == 0).then_some(1);
            commit.work = vec![
                work("effect", WorkKind::Effect, due_ms),
                work("timer", WorkKind::Timer, None),
            ];
            append(journal, commit).await.unwrap();
        }
        for (id, held) in [("1", MarkKind::Paused), ("2", MarkKind::Quarantined)] {
            let entity = EntityKey::new(kind, id);
            journal
                .mark(&entity, Some(mark(held, "why")))
                .await
                .unwrap();
        }
    }
    let cases = [
        (Some("pear"), None, false, "pear/0 pear/1 pear/2 pear/3"),
        (None, Some(MarkKind::Paused), false, "apple/1 pear/1"),
        (None, Some(MarkKind::Quarantined), false, "apple/2 pear/2"),
        (None, None, true, "apple/1 apple/3 pear/1 pear/3"),
        (Some("apple"), Some(MarkKind::Paused), true, "apple/1"),
        (Some("apple"), Some(MarkKind::Quarantined), true, ""),
        (Some("fig"), None, false, ""),
    ];
    for (kind, held, paused_effects, expected) in cases {
        let query = EntityQuery {
            kind: kind.map(str::to_owned),
            mark: held,
            paused_effects,
            after: None,
            limit: 1,
        };
        let found = names(&all(journal, query.clone()).await).join(" ");
        assert_eq!(found, expected, "{query:?}");
    }
}

/// A mark neither fences nor is fenced; it can be put on an entity that has no commits.
pub async fn marks_are_set_replaced_and_lifted(journal: &dyn Journal) {
    let (writer, entity) = (Writer::new(1), EntityKey::new("marked", "1"));
    let unknown = EntityKey::new("marked", "unknown");
    journal.mark(&unknown, None).await.unwrap();
    assert!(all(journal, EntityQuery::default()).await.is_empty());

    append(journal, writer.commit(&entity, 0)).await.unwrap();
    let paused = mark(MarkKind::Paused, "an operator looks at it");
    let quarantined = Mark {
        cause: Some("command Write by ann".to_owned()),
        ..mark(MarkKind::Quarantined, "it panicked 5 times")
    };
    let again = Some(paused.clone());
    for set in [
        Some(paused),
        Some(quarantined.clone()),
        Some(quarantined),
        again,
    ] {
        journal.mark(&entity, set.clone()).await.unwrap();
        assert_eq!(journal.load(&entity).await.unwrap().mark, set);
        let heads = all(journal, EntityQuery::default()).await;
        assert_eq!(heads[0].mark, set);
    }
    append(journal, writer.commit(&entity, 1)).await.unwrap();
    assert!(journal.load(&entity).await.unwrap().mark.is_some());
    journal.mark(&entity, None).await.unwrap();
    journal.mark(&entity, None).await.unwrap();
    assert_eq!(journal.load(&entity).await.unwrap().mark, None);

    let early = mark(MarkKind::Paused, "before its first commit");
    journal.mark(&unknown, Some(early.clone())).await.unwrap();
    let loaded = journal.load(&unknown).await.unwrap();
    assert_eq!((loaded.seq, loaded.mark), (0, Some(early)));
    append(journal, writer.commit(&unknown, 0)).await.unwrap();
    assert_eq!(journal.load(&unknown).await.unwrap().seq, 1);
}
