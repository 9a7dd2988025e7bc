use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::commit::{Work, WorkKind};
use crate::entity::EntityKey;
use crate::query::{DueWork, Page, WorkQuery, WorkRow};

use super::reader::{ReadError, Sql, json, limit, page_size};
use super::token::{self, QueryDigest};

/// Due work of a kind in the order of its index: effects of (`rank`, `due_ms`, entity's number, id), timers of
/// (`due_ms`, entity's number, id).
pub(super) fn due(
    db: &Connection,
    kind: WorkKind,
    until_ms: i64,
    after: Option<&DueWork>,
    rows: usize,
) -> Result<Vec<DueWork>, ReadError> {
    let (from, order) = match kind {
        WorkKind::Effect => (
            "SELECT e.kind, e.key, w.id, w.kind, w.due_ms, w.rank FROM work w INDEXED BY effects_due
             CROSS JOIN entities e ON e.id = w.entity WHERE w.kind = 'EFFECT' AND w.due_ms <= ?",
            " ORDER BY w.rank, w.due_ms, w.entity, w.id LIMIT ?",
        ),
        WorkKind::Timer => (
            "SELECT e.kind, e.key, w.id, w.kind, w.due_ms, w.rank FROM work w INDEXED BY timers_due
             CROSS JOIN entities e ON e.id = w.entity WHERE w.kind = 'TIMER' AND w.due_ms <= ?",
            " ORDER BY w.due_ms, w.entity, w.id LIMIT ?",
        ),
    };
    let mut sql = Sql::new(from);
    sql.values.push(until_ms.into());
    if let Some(after) = after {
        let entity = entity_number(db, &after.entity)?.into();
        let (due_ms, id) = (after.due_ms.into(), after.work_id.clone().into());
        match kind {
            WorkKind::Effect => sql.add(
                " AND (w.rank, w.due_ms, w.entity, w.id) > (?, ?, ?, ?)",
                [i64::from(after.rank).into(), due_ms, entity, id],
            ),
            WorkKind::Timer => sql.add(
                " AND (w.due_ms, w.entity, w.id) > (?, ?, ?)",
                [due_ms, entity, id],
            ),
        }
    }
    sql.add(order, [limit(rows).into()]);
    sql.rows(db, |row| {
        Ok(DueWork {
            entity: read_key(row, 0)?,
            work_id: row.get(2)?,
            kind: read_kind(row, 3)?,
            due_ms: row.get(4)?,
            rank: row.get(5)?,
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
        "SELECT e.kind, e.key, w.id, w.kind, w.due_ms, w.rank, w.data, w.entity FROM work w
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
        Ok((row.get(7)?, WorkRow { entity, work }))
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

/// The columns `id`, `kind`, `due_ms`, `rank` and `data`, from column `at` on.
pub(super) fn read_work(row: &Row<'_>, at: usize) -> Result<Work, ReadError> {
    Ok(Work {
        id: row.get(at)?,
        kind: read_kind(row, at + 1)?,
        due_ms: row.get(at + 2)?,
        rank: row.get(at + 3)?,
        data: json(row, at + 4)?,
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
