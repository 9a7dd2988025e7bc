//! Views: collections of documents.

use crate::commit::ViewChange;
use crate::entity::EntityKey;
use crate::error::JournalError;
use crate::journal::Journal;
use crate::query::ViewQuery;

use super::samples::{Writer, append, document};

async fn show(journal: &dyn Journal, views: Vec<ViewChange>) {
    let entity = EntityKey::new("viewed", "1");
    let loaded = journal.load(&entity).await.unwrap();
    let mut commit = Writer::new(loaded.seq + 1).commit(&entity, loaded.seq);
    commit.parent = loaded.head;
    commit.views = views;
    append(journal, commit).await.unwrap();
}

/// The keys of all pages of a query.
async fn keys(journal: &dyn Journal, mut query: ViewQuery) -> Vec<String> {
    let mut keys = Vec::new();
    loop {
        let page = journal.views(&query).await.unwrap();
        keys.extend(page.items.into_iter().map(|row| row.key));
        match page.next {
            Some(next) => query.after = Some(next),
            None => return keys,
        }
    }
}

fn query(fields: &[(&str, &str)]) -> ViewQuery {
    ViewQuery {
        collection: "projects".to_owned(),
        fields: fields
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        limit: 2,
        ..ViewQuery::default()
    }
}

fn delete(key: &str) -> ViewChange {
    ViewChange::Delete {
        collection: "projects".to_owned(),
        key: key.to_owned(),
    }
}

/// A document is shown by the commit that puts it, with its newest content, until it is deleted.
pub async fn a_document_is_put_replaced_and_deleted(journal: &dyn Journal) {
    show(journal, vec![document("k", "a", &[], "{\"v\":1}")]).await;
    show(journal, vec![document("k", "a", &[], "{\"v\":2}")]).await;
    let row = journal.view("projects", "k").await.unwrap().unwrap();
    assert_eq!(
        (row.key.as_str(), row.sort.as_str(), row.doc.get()),
        ("k", "a", "{\"v\":2}")
    );
    assert!(journal.view("others", "k").await.unwrap().is_none());
    assert_eq!(keys(journal, query(&[])).await, ["k"]);
    let twice = vec![delete("k"), delete("k"), delete("never")];
    show(journal, twice).await;
    assert!(journal.view("projects", "k").await.unwrap().is_none());
    assert!(keys(journal, query(&[])).await.is_empty());
    let again = vec![delete("k"), document("k", "b", &[], "3")];
    show(journal, again).await;
    assert_eq!(keys(journal, query(&[])).await, ["k"]);
}

/// Ties of `sort` are broken by key; both directions; an empty sort and key are a place too.
pub async fn lists_are_in_the_order_of_sort_and_key(journal: &dyn Journal) {
    let rows = [
        ("", ""),
        ("b", "2"),
        ("a", "2"),
        ("c", "1"),
        ("é", "2"),
        ("Z", "2"),
    ];
    let put = rows
        .iter()
        .map(|(key, sort)| document(key, sort, &[("in", "yes")], "1"))
        .collect();
    show(journal, put).await;
    let expected = ["", "c", "Z", "a", "b", "é"];
    for fields in [&[][..], &[("in", "yes")]] {
        assert_eq!(keys(journal, query(fields)).await, expected);
        let down = ViewQuery {
            descending: true,
            ..query(fields)
        };
        let mut found = keys(journal, down).await;
        found.reverse();
        assert_eq!(found, expected);
    }
}

/// A range of places: its beginning is in it, its end is not; with and without fields, both directions.
pub async fn a_range_has_its_beginning_and_not_its_end(journal: &dyn Journal) {
    let put = ["1", "2", "3", "4", "5"]
        .map(|n| document(n, n, &[("in", "yes")], "1"))
        .to_vec();
    show(journal, put).await;
    type Case<'a> = (&'a str, &'a str, &'a [&'a str]);
    let cases: [Case<'_>; 5] = [
        ("2", "4", &["2", "3"]),
        ("", "3", &["1", "2"]),
        ("3", "", &["3", "4", "5"]),
        ("25", "45", &["3", "4"]),
        ("4", "2", &[]),
    ];
    for (from, until, expected) in cases {
        for fields in [&[][..], &[("in", "yes")]] {
            for descending in [false, true] {
                let asked = ViewQuery {
                    from: from.to_owned(),
                    until: until.to_owned(),
                    descending,
                    ..query(fields)
                };
                let mut found = keys(journal, asked).await;
                if descending {
                    found.reverse();
                }
                assert_eq!(found, expected, "{from}..{until} {fields:?}");
            }
        }
    }
}

/// Equality of all named fields; a field may have several values.
pub async fn every_field_of_a_query_must_match(journal: &dyn Journal) {
    show(
        journal,
        vec![
            document("1", "1", &[("owner", "x"), ("state", "on")], "1"),
            document("2", "2", &[("owner", "x"), ("state", "off")], "1"),
            document("3", "3", &[("owner", "y"), ("state", "on")], "1"),
            document(
                "4",
                "4",
                &[("owner", "x"), ("owner", "y"), ("state", "on")],
                "1",
            ),
            document("5", "5", &[], "1"),
            document(
                "6",
                "6",
                &[("state", "on"), ("owner", "x"), ("owner", "x")],
                "1",
            ),
        ],
    )
    .await;
    type Case<'a> = (&'a [(&'a str, &'a str)], &'a [&'a str]);
    let cases: [Case<'_>; 6] = [
        (&[], &["1", "2", "3", "4", "5", "6"]),
        (&[("owner", "x")], &["1", "2", "4", "6"]),
        (&[("owner", "x"), ("state", "on")], &["1", "4", "6"]),
        (&[("owner", "x"), ("owner", "y")], &["4"]),
        (&[("owner", "X")], &[]),
        (&[("other", "x")], &[]),
    ];
    for (fields, expected) in cases {
        assert_eq!(keys(journal, query(fields)).await, expected, "{fields:?}");
    }
}

/// A document that moves or changes its fields is found where it is, and only there.
pub async fn a_change_of_sort_or_fields_leaves_no_trace_of_the_old(journal: &dyn Journal) {
    let other = document("other", "5", &[("owner", "x")], "1");
    show(
        journal,
        vec![document("k", "1", &[("owner", "x")], "1"), other],
    )
    .await;
    assert_eq!(
        keys(journal, query(&[("owner", "x")])).await,
        ["k", "other"]
    );
    show(journal, vec![document("k", "9", &[("owner", "x")], "1")]).await;
    assert_eq!(
        keys(journal, query(&[("owner", "x")])).await,
        ["other", "k"]
    );
    assert_eq!(keys(journal, query(&[])).await, ["other", "k"]);
    show(journal, vec![document("k", "9", &[("owner", "y")], "1")]).await;
    assert_eq!(keys(journal, query(&[("owner", "x")])).await, ["other"]);
    assert_eq!(keys(journal, query(&[("owner", "y")])).await, ["k"]);
    show(journal, vec![delete("k")]).await;
    assert!(keys(journal, query(&[("owner", "y")])).await.is_empty());
}

/// A token of another query, or no token at all, is refused rather than misread.
pub async fn a_page_token_is_good_for_its_own_query_only(journal: &dyn Journal) {
    let put = (0..5)
        .map(|n| document(&n.to_string(), "s", &[("owner", "x")], "1"))
        .collect();
    show(journal, put).await;
    let first = journal.views(&query(&[("owner", "x")])).await.unwrap();
    let token = first.next.expect("there is more");
    let text = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    assert!(token.chars().all(text), "{token} is not fit for a URL");
    let others = [
        query(&[]),
        query(&[("owner", "y")]),
        ViewQuery {
            descending: true,
            ..query(&[("owner", "x")])
        },
        ViewQuery {
            collection: "assets".to_owned(),
            ..query(&[("owner", "x")])
        },
    ];
    for other in others {
        let asked = ViewQuery {
            after: Some(token.clone()),
            ..other
        };
        let answer = journal.views(&asked).await;
        assert!(
            matches!(answer, Err(JournalError::BadToken)),
            "{asked:?} took a token that is not its own"
        );
    }
    for bad in ["", "x", "!!", "bm90IGpzb24", &token[1..]] {
        let asked = ViewQuery {
            after: Some(bad.to_owned()),
            ..query(&[("owner", "x")])
        };
        let answer = journal.views(&asked).await;
        assert!(matches!(answer, Err(JournalError::BadToken)), "{bad:?}");
    }
}

/// 50 rows unless told, and never more than 1,000.
pub async fn page_sizes_have_a_default_and_a_limit(journal: &dyn Journal) {
    let put = (0..1001)
        .map(|n| document(&format!("{n:04}"), "s", &[], "1"))
        .collect();
    show(journal, put).await;
    for (limit, expected, more) in [
        (0, 50, true),
        (1, 1, true),
        (1000, 1000, true),
        (100_000, 1000, true),
    ] {
        let page = journal
            .views(&ViewQuery {
                limit,
                ..query(&[])
            })
            .await
            .unwrap();
        assert_eq!((page.items.len(), page.next.is_some()), (expected, more));
    }
    show(journal, vec![delete("0000")]).await;
    let page = journal
        .views(&ViewQuery {
            limit: 1000,
            ..query(&[])
        })
        .await
        .unwrap();
    assert_eq!((page.items.len(), page.next), (1000, None));
}
