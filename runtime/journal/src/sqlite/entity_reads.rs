use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::commit::{Cause, CommitId, Committed, Loaded, Receipt, Record, Snapshot};
use crate::entity::{EntityHead, EntityKey, Mark, MarkKind};
use crate::query::{EntityQuery, Page, Position, TailEntry};

use super::reader::{ReadError, Sql, json, limit, page_size, signed, unsigned};
use super::token::{self, QueryDigest};
use super::work_reads::{read_key, read_work};

pub(super) fn load(db: &Connection, entity: &EntityKey) -> Result<Loaded, ReadError> {
    let found = db
        .prepare_cached(
            "SELECT e.id, e.seq, e.mark, e.mark_reason, e.mark_at_ms, e.mark_cause, c.commit_id
             FROM entities e LEFT JOIN commits c ON c.entity = e.id AND c.seq = e.seq
             WHERE e.kind = ?1 AND e.key = ?2",
        )?
        .query_row(params![entity.kind, entity.id], |row| {
            Ok(read_head(row).and_then(|head| Ok((head, read_newest(row)?))))
        })
        .optional()?
        .transpose()?;
    let Some(((id, seq, mark), head)) = found else {
        return Ok(Loaded::default());
    };
    let snapshot = db
        .prepare_cached("SELECT seq, state FROM snapshots WHERE entity = ?1")?
        .query_row([id], |row| Ok(read_snapshot(row)))
        .optional()?
        .transpose()?;
    let from = snapshot.as_ref().map_or(0, |s| s.seq);
    Ok(Loaded {
        seq,
        head,
        commits: commits(db, id, from, usize::MAX)?,
        snapshot,
        receipts: receipts(db, id)?,
        work: work(db, id)?,
        mark,
    })
}

pub(super) fn history(
    db: &Connection,
    entity: &EntityKey,
    after: u64,
    rows: usize,
) -> Result<Vec<Committed>, ReadError> {
    let id = db
        .prepare_cached("SELECT id FROM entities WHERE kind = ?1 AND key = ?2")?
        .query_row(params![entity.kind, entity.id], |row| row.get(0))
        .optional()?;
    match id {
        Some(id) => commits(db, id, after, rows),
        None => Ok(Vec::new()),
    }
}

pub(super) fn tail(
    db: &Connection,
    after: Position,
    rows: usize,
) -> Result<Vec<TailEntry>, ReadError> {
    let mut sql = Sql::new(
        "SELECT c.seq, c.commit_id, c.at_ms, c.cause, c.caused_by, c.trace, c.events,
                c.position, e.kind, e.key
         FROM commits c CROSS JOIN entities e ON e.id = c.entity
         WHERE c.position > ? ORDER BY c.position LIMIT ?",
    );
    sql.values = vec![signed(after.0).into(), limit(rows).into()];
    sql.rows(db, |row| {
        Ok(TailEntry {
            position: Position(unsigned(row, 7)?),
            entity: read_key(row, 8)?,
            commit: read_commit(row)?,
        })
    })
}

pub(super) fn end(db: &Connection) -> Result<Position, ReadError> {
    db.prepare_cached("SELECT coalesce(max(position), 0) FROM commits")?
        .query_row([], |row| Ok(unsigned(row, 0)))?
        .map(Position)
}

pub(super) fn entities(
    db: &Connection,
    query: &EntityQuery,
) -> Result<Page<EntityHead>, ReadError> {
    let digest = QueryDigest::new("entities")
        .option(query.kind.as_deref())
        .option(query.mark.map(mark_text))
        .flag(query.paused_effects);
    let size = page_size(query.limit);
    let mut sql = Sql::new(
        "SELECT e.id, e.seq, e.mark, e.mark_reason, e.mark_at_ms, e.mark_cause,
            e.kind, e.key, e.updated_ms,
            (SELECT count(*) FROM work w WHERE w.entity = e.id AND w.kind = 'EFFECT'),
            (SELECT count(*) FROM work w
             WHERE w.entity = e.id AND w.kind = 'EFFECT' AND w.due_ms IS NULL),
            (SELECT count(*) FROM work w WHERE w.entity = e.id AND w.kind = 'TIMER')
         FROM entities e WHERE true",
    );
    if let Some(kind) = &query.kind {
        sql.add(" AND e.kind = ?", [kind.clone().into()]);
    }
    if let Some(mark) = query.mark {
        sql.add(" AND e.mark = ?", [Value::from(mark_text(mark).to_owned())]);
    }
    if query.paused_effects {
        sql.add(
            " AND e.id IN (SELECT entity FROM work WHERE due_ms IS NULL AND kind = 'EFFECT')",
            [],
        );
    }
    if let Some(after) = &query.after {
        let (kind, key): (String, String) = token::decode(digest, after)?;
        if query.kind.is_some() {
            sql.add(" AND e.key > ?", [key.into()]);
        } else {
            sql.add(" AND (e.kind, e.key) > (?, ?)", [kind.into(), key.into()]);
        }
    }
    sql.add(" ORDER BY e.kind, e.key LIMIT ?", [limit(size + 1).into()]);
    let mut items = sql.rows(db, |row| {
        let (_, seq, mark) = read_head(row)?;
        Ok(EntityHead {
            key: read_key(row, 6)?,
            seq,
            updated_ms: row.get(8)?,
            effects: row.get(9)?,
            paused_effects: row.get(10)?,
            timers: row.get(11)?,
            mark,
        })
    })?;
    let more = items.len() > size;
    items.truncate(size);
    let next = match items.last() {
        Some(last) if more => Some(token::encode(digest, &(&last.key.kind, &last.key.id))?),
        _ => None,
    };
    Ok(Page { items, next })
}

pub(super) fn mark_text(kind: MarkKind) -> &'static str {
    match kind {
        MarkKind::Paused => "PAUSED",
        MarkKind::Quarantined => "QUARANTINED",
    }
}

fn commits(
    db: &Connection,
    entity: i64,
    after: u64,
    rows: usize,
) -> Result<Vec<Committed>, ReadError> {
    let mut sql = Sql::new(
        "SELECT seq, commit_id, at_ms, cause, caused_by, trace, events FROM commits
         WHERE entity = ? AND seq > ? ORDER BY seq LIMIT ?",
    );
    sql.values = vec![entity.into(), signed(after).into(), limit(rows).into()];
    sql.rows(db, read_commit)
}

fn receipts(db: &Connection, entity: i64) -> Result<Vec<Receipt>, ReadError> {
    let mut sql = Sql::new(
        "SELECT command_id, fingerprint, at_ms, reply FROM receipts
         WHERE entity = ? ORDER BY position",
    );
    sql.values.push(entity.into());
    sql.rows(db, |row| {
        let fingerprint: i64 = row.get(1)?;
        Ok(Receipt {
            command_id: row.get(0)?,
            fingerprint: fingerprint.cast_unsigned(),
            at_ms: row.get(2)?,
            reply: json(row, 3)?,
        })
    })
}

fn work(db: &Connection, entity: i64) -> Result<Vec<crate::commit::Work>, ReadError> {
    let mut sql =
        Sql::new("SELECT id, kind, due_ms, rank, data FROM work WHERE entity = ? ORDER BY id");
    sql.values.push(entity.into());
    sql.rows(db, |row| read_work(row, 0))
}

/// The columns `seq`, `commit_id`, `at_ms`, `cause`, `caused_by`, `trace` and `events`.
fn read_commit(row: &Row<'_>) -> Result<Committed, ReadError> {
    let events: Vec<Record> = serde_json::from_str(row.get_ref(6)?.as_str()?)?;
    let trace = row.get_ref(5)?.as_str_or_null()?;
    Ok(Committed {
        seq: unsigned(row, 0)?,
        commit_id: commit_id(row.get_ref(1)?.as_str()?)?,
        at_ms: row.get(2)?,
        cause: Cause {
            what: row.get(3)?,
            by: row.get(4)?,
            trace: trace
                .map(serde_json::from_str)
                .transpose()?
                .unwrap_or_default(),
        },
        events,
    })
}

fn commit_id(text: &str) -> Result<CommitId, ReadError> {
    CommitId::parse(text).ok_or_else(|| ReadError::Unknown {
        what: "a commit id",
        found: text.to_owned(),
    })
}

/// The id of an entity's newest commit, in column 6.
fn read_newest(row: &Row<'_>) -> Result<Option<CommitId>, ReadError> {
    row.get_ref(6)?.as_str_or_null()?.map(commit_id).transpose()
}

fn read_snapshot(row: &Row<'_>) -> Result<Snapshot, ReadError> {
    Ok(Snapshot {
        seq: unsigned(row, 0)?,
        data: json(row, 1)?,
    })
}

/// The columns `id`, `seq`, `mark`, `mark_reason`, `mark_at_ms` and `mark_cause`.
fn read_head(row: &Row<'_>) -> Result<(i64, u64, Option<Mark>), ReadError> {
    let mark = match row.get_ref(2)?.as_str_or_null()? {
        None => None,
        Some(text) => Some(Mark {
            kind: match text {
                "PAUSED" => MarkKind::Paused,
                "QUARANTINED" => MarkKind::Quarantined,
                other => {
                    return Err(ReadError::Unknown {
                        what: "a mark",
                        found: other.to_owned(),
                    });
                }
            },
            reason: row.get(3)?,
            at_ms: row.get(4)?,
            cause: row.get(5)?,
        }),
    };
    Ok((row.get(0)?, unsigned(row, 1)?, mark))
}
