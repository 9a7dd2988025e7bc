use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::query::{Page, ViewQuery, ViewRow};

use super::reader::{ReadError, Sql, Tried, json, limit, page_size};
use super::row_cache::LARGEST;
use super::token::{self, QueryDigest};

pub(super) fn view(
    db: &Connection,
    collection: &str,
    key: &str,
) -> Result<Option<ViewRow>, ReadError> {
    db.prepare_cached("SELECT key, sort, doc FROM views WHERE collection = ?1 AND key = ?2")?
        .query_row(params![collection, key], |row| Ok(read_row(row)))
        .optional()?
        .transpose()
}

/// The same if the document is small. Of a large one only the size is looked at, which is in the head of the
/// row: the pages behind it are not read.
pub(super) fn small_view(
    db: &Connection,
    collection: &str,
    key: &str,
) -> Result<Tried<Option<ViewRow>>, ReadError> {
    let found = db
        .prepare_cached(
            "SELECT key, sort, CASE WHEN octet_length(doc) <= ?3 THEN doc END FROM views
             WHERE collection = ?1 AND key = ?2",
        )?
        .query_row(params![collection, key, limit(LARGEST)], |row| {
            Ok(match row.get_ref(2)? {
                ValueRef::Null => None,
                _ => Some(read_row(row)),
            })
        })
        .optional()?;
    Ok(match found {
        Some(Some(row)) => Tried::Done(Some(row?)),
        Some(None) => Tried::TooLong,
        None => Tried::Done(None),
    })
}

/// The first field leads through the index in the order of the list; the others are looked up per row.
pub(super) fn views(db: &Connection, query: &ViewQuery) -> Result<Page<ViewRow>, ReadError> {
    let digest = digest(query);
    let size = page_size(query.limit);
    let collection = || query.collection.clone().into();
    let (mut sql, list) = match query.fields.split_first() {
        None => {
            let mut sql = Sql::new("SELECT v.key, v.sort, v.doc FROM views v");
            sql.add(" WHERE v.collection = ?", [collection()]);
            (sql, "v")
        }
        Some(((name, value), others)) => {
            let mut sql = Sql::new(
                "SELECT v.key, v.sort, v.doc FROM view_fields f
                 CROSS JOIN views v ON v.collection = f.collection AND v.key = f.key",
            );
            sql.add(
                " WHERE f.collection = ? AND f.name = ? AND f.value = ?",
                [collection(), name.clone().into(), value.clone().into()],
            );
            for (name, value) in others {
                sql.add(
                    " AND EXISTS (SELECT 1 FROM view_fields o WHERE o.collection = f.collection
                      AND o.name = ? AND o.value = ? AND o.sort = f.sort AND o.key = f.key)",
                    [name.clone().into(), value.clone().into()],
                );
            }
            (sql, "f")
        }
    };
    let (beyond, order) = if query.descending {
        ("<", "DESC")
    } else {
        (">", "ASC")
    };
    for (beyond, bound) in [(">=", &query.from), ("<", &query.until)] {
        if !bound.is_empty() {
            sql.add(
                &format!(" AND {list}.sort {beyond} ?"),
                [bound.clone().into()],
            );
        }
    }
    if let Some(after) = &query.after {
        let (sort, key): (String, String) = token::decode(digest, after)?;
        sql.add(
            &format!(" AND ({list}.sort, {list}.key) {beyond} (?, ?)"),
            [sort.into(), key.into()],
        );
    }
    sql.add(
        &format!(" ORDER BY {list}.sort {order}, {list}.key {order} LIMIT ?"),
        [limit(size + 1).into()],
    );
    let mut items = sql.rows(db, read_row)?;
    let more = items.len() > size;
    items.truncate(size);
    let next = match items.last() {
        Some(last) if more => Some(token::encode(digest, &(&last.sort, &last.key))?),
        _ => None,
    };
    Ok(Page { items, next })
}

fn read_row(row: &Row<'_>) -> Result<ViewRow, ReadError> {
    Ok(ViewRow {
        key: row.get(0)?,
        sort: row.get(1)?,
        doc: json(row, 2)?,
    })
}

fn digest(query: &ViewQuery) -> QueryDigest {
    query.fields.iter().fold(
        QueryDigest::new("views")
            .text(&query.collection)
            .text(&query.from)
            .text(&query.until)
            .flag(query.descending),
        |digest, (name, value)| digest.text(name).text(value),
    )
}
