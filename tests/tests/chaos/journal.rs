use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::findings::Findings;

/// Looks at the journal's file, as any SQLite client can: nobody's process is asked.
pub fn look(data: &Path, acknowledged: &BTreeMap<(&str, String), u64>, findings: &mut Findings) {
    let db = Connection::open_with_flags(
        data.join("journal.db"),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .unwrap();
    whole(&db, findings);
    commands(&db, acknowledged, findings);
    let left = texts(
        &db,
        "SELECT e.kind || '/' || e.key || ' ' || w.id FROM work w JOIN entities e ON e.id = w.entity WHERE w.kind = 'EFFECT'",
    );
    for effect in left {
        findings.wrong.push(format!("an effect is left: {effect}"));
    }
}

/// Every actor has one unbroken chain of commits, every command one receipt.
fn whole(db: &Connection, findings: &mut Findings) {
    let broken = texts(
        db,
        "SELECT e.kind || '/' || e.key || ' has ' || count(c.seq) || ' commits, of ' || e.seq
         FROM entities e LEFT JOIN commits c ON c.entity = e.id GROUP BY e.id
         HAVING count(c.seq) <> e.seq OR coalesce(max(c.seq), 0) <> e.seq
             OR count(DISTINCT c.commit_id) <> e.seq",
    );
    for actor in broken {
        findings.losses.push(format!("the journal: {actor}"));
    }
    let twice = texts(
        db,
        "SELECT e.kind || '/' || e.key || ' ' || r.command_id
         FROM receipts r JOIN entities e ON e.id = r.entity
         GROUP BY r.entity, r.command_id HAVING count(*) > 1",
    );
    for receipt in twice {
        let twice = format!("the journal has two receipts: {receipt}");
        findings.duplicates.push(twice);
    }
}

/// What was acknowledged was decided once, and what was decided was acknowledged in the end.
fn commands(
    db: &Connection,
    acknowledged: &BTreeMap<(&str, String), u64>,
    findings: &mut Findings,
) {
    let mut statement = db
        .prepare(
            "SELECT count(*) FROM commits c JOIN entities e ON e.id = c.entity
             WHERE e.key = ?1 AND c.cause = 'command ' || ?2",
        )
        .unwrap();
    for ((command, id), times) in acknowledged {
        let found: i64 = statement
            .query_row([id.as_str(), command], |row| row.get(0))
            .unwrap();
        let what = format!("{command} of {id} in the journal");
        findings.count(&what, found.unsigned_abs(), *times);
    }
}

fn texts(db: &Connection, sql: &str) -> Vec<String> {
    let mut statement = db.prepare(sql).unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}
