use rusqlite::{Connection, Statement};

macro_rules! statements {
    ($($name:ident: $sql:literal,)*) => {
        /// Everything that the writer says to SQLite, prepared once.
        pub(super) struct Statements<'c> {
            $(pub(super) $name: Statement<'c>,)*
        }

        impl<'c> Statements<'c> {
            /// Fails if the tables are not what this program expects.
            pub(super) fn prepare(db: &'c Connection) -> rusqlite::Result<Self> {
                Ok(Self { $($name: db.prepare($sql)?,)* })
            }
        }
    };
}

statements! {
    begin: "BEGIN IMMEDIATE",
    commit: "COMMIT",
    last_position: "SELECT coalesce(max(position), 0) FROM commits",

    head: "SELECT e.id, e.seq, e.updated_ms, e.receipts, c.commit_id FROM entities e
        LEFT JOIN commits c ON c.entity = e.id AND c.seq = e.seq
        WHERE e.kind = ?1 AND e.key = ?2",
    intern: "INSERT INTO entities (kind, key, seq, updated_ms, receipts) VALUES (?1, ?2, 0, ?3, 0)",
    advance: "UPDATE entities SET seq = ?2, updated_ms = ?3, receipts = ?4 WHERE id = ?1",
    mark: "UPDATE entities SET mark = ?2, mark_reason = ?3, mark_at_ms = ?4, mark_cause = ?5
        WHERE id = ?1",

    put_commit: "INSERT INTO commits (position, entity, seq, commit_id, at_ms, cause, caused_by, trace,
        events) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    commit_id: "SELECT commit_id FROM commits WHERE entity = ?1 AND seq = ?2",
    put_snapshot: "INSERT INTO snapshots (entity, seq, state) VALUES (?1, ?2, ?3)
        ON CONFLICT (entity) DO UPDATE SET seq = excluded.seq, state = excluded.state",

    put_receipt: "INSERT INTO receipts (position, entity, command_id, fingerprint, at_ms, reply)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    trim_receipts: "DELETE FROM receipts WHERE position IN
        (SELECT position FROM receipts WHERE entity = ?1 ORDER BY position LIMIT ?2)",

    put_work: "INSERT INTO work (entity, id, kind, due_ms, rank, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (entity, id) DO UPDATE SET kind = excluded.kind, due_ms = excluded.due_ms,
        rank = excluded.rank, data = excluded.data",
    remove_work: "DELETE FROM work WHERE entity = ?1 AND id = ?2",

    find_view: "SELECT id, sort, fields FROM views WHERE collection = ?1 AND key = ?2",
    add_view: "INSERT INTO views (collection, key, sort, fields, doc) VALUES (?1, ?2, ?3, ?4, ?5)
        ON CONFLICT (collection, key) DO NOTHING",
    replace_view: "UPDATE views SET sort = ?2, fields = ?3, doc = ?4 WHERE id = ?1",
    replace_doc: "UPDATE views SET doc = ?2 WHERE id = ?1",
    delete_view: "DELETE FROM views WHERE id = ?1",
    add_field: "INSERT OR IGNORE INTO view_fields (collection, name, value, sort, key)
        VALUES (?1, ?2, ?3, ?4, ?5)",
    delete_field: "DELETE FROM view_fields
        WHERE collection = ?1 AND name = ?2 AND value = ?3 AND sort = ?4 AND key = ?5",
}
