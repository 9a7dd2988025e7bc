use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::commit::{Work, WorkKind};
use crate::entity::EntityKey;
use crate::query::{DueWork, Page, WorkQuery, WorkRow};

use super::reader::{ReadError, Sql, json, limit, page_size};
use super::token::{self, QueryDigest};

/// Due work of a kind in the order of (`due_ms`, entity's number, id), which is the order of its index.
pub(super) fn due(
    db: &Connection,
    kind: WorkKind,
    until_ms: i64,
    after: Option<&DueWork>,
    rows: usize,
) -> Result<Vec<DueWork>, ReadError> {
    let mut sql = Sql::new(
        "SELECT e.kind, e.key, w.id, w.kind, w.due_ms FROM work w INDEXED BY work_due
         CROSS JOIN entities e ON e.id = w.entity WHERE w.kind = ? AND w.due_ms <= ?",
    );
    sql.values = vec![kind_text(kind).to_owned().into(), until_ms.into()];
    if let Some(after) = after {
        sql.add(
            " AND (w.due_ms, w.entity, w.id) > (?, ?, ?)",
            [
                after.due_ms.into(),
                entity_number(db, &after.entity)?.into(),
                after.work_id.clone().into(),
            ],
        );
    }
    sql.add(
        " ORDER BY w.due_ms, w.entity, w.id LIMIT ?",
        [limit(rows).into()],
    );
    sql.rows(db, |row| {
        Ok(DueWork {
            entity: read_key(row, 0)?,
            work_id: row.get(2)?,
            kind: read_kind(row, 3)?,
            due_ms: row.get(4)?,
        })
    })
}

/// Work in the order of (entity's number, id).
pub(super) fn work(db: &Connection, query: &WorkQuery) -> Result<Page<WorkRow>, ReadError> {
    let digest = QueryDigest::new("work")
        .option(query.kind.map(kind_text))
        .option(query.entity_kind.as_deref())
        .flag(query.paused);
    let size = page_size(query.limit);
    let mut sql = Sql::new(
        "SELECT e.kind, e.key, w.id, w.kind, w.due_ms, w.data, w.entity FROM work w
         CROSS JOIN entities e ON e.id = w.entity WHERE true",
    );
    if query.paused {
        sql.add(" AND w.due_ms IS NULL", []);
    }
    if let Some(kind) = query.kind {
        sql.add(" AND w.kind = ?", [Value::from(kind_text(kind).to_owned())]);
    }
    if let Some(kind) = &query.entity_kind {
        sql.add(" AND e.kind = ?", [kind.clone().into()]);
    }
    if let Some(after) = &query.after {
        let (entity, id): (i64, String) = token::decode(digest, after)?;
        sql.add(" AND (w.entity, w.id) > (?, ?)", [entity.into(), id.into()]);
    }
    sql.add(" ORDER BY w.entity, w.id LIMIT ?", [limit(size + 1).into()]);
    let mut rows: Vec<(i64, WorkRow)> = sql.rows(db, |row| {
        let entity = read_key(row, 0)?;
        let work = read_work(row, 2)?;
        Ok((row.get(6)?, WorkRow { entity, work }))
    })?;
    let more = rows.len() > size;
    rows.truncate(size);
    let next = match rows.last() {
        Some((entity, last)) if more => Some(token::encode(digest, &(entity, &last.work.id))?),
        _ => None,
    };
    Ok(Page {
        items: rows.into_iter().map(|(_, row)| row).collect(),
        next,
    })
}

/// The columns `id`, `kind`, `due_ms` and `data`, from column `at` on.
pub(super) fn read_work(row: &Row<'_>, at: usize) -> Result<Work, ReadError> {
    Ok(Work {
        id: row.get(at)?,
        kind: read_kind(row, at + 1)?,
        due_ms: row.get(at + 2)?,
        data: json(row, at + 3)?,
    })
}

/// The columns `kind` and `key` of an entity, from column `at` on.
pub(super) fn read_key(row: &Row<'_>, at: usize) -> Result<EntityKey, ReadError> {
    Ok(EntityKey::new(
        row.get_ref(at)?.as_str()?,
        row.get_ref(at + 1)?.as_str()?,
    ))
}

pub(super) fn kind_text(kind: WorkKind) -> &'static str {
    match kind {
        WorkKind::Effect => "EFFECT",
        WorkKind::Timer => "TIMER",
    }
}

fn read_kind(row: &Row<'_>, column: usize) -> Result<WorkKind, ReadError> {
    match row.get_ref(column)?.as_str()? {
        "EFFECT" => Ok(WorkKind::Effect),
        "TIMER" => Ok(WorkKind::Timer),
        other => Err(ReadError::Unknown {
            what: "a kind of work",
            found: other.to_owned(),
        }),
    }
}

/// 0, which is before every entity, for one that is not known.
fn entity_number(db: &Connection, entity: &EntityKey) -> Result<i64, ReadError> {
    let found = db
        .prepare_cached("SELECT id FROM entities WHERE kind = ?1 AND key = ?2")?
        .query_row(params![entity.kind, entity.id], |row| row.get(0))
        .optional()?;
    Ok(found.unwrap_or(0))
}
