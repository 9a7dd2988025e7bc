use rusqlite::{Connection, OptionalExtension, params};

use crate::commit::{Appended, CommitId, Receipt, WorkChange};
use crate::entity::{EntityKey, Mark};
use crate::error::AppendError;

use super::entity_reads::mark_text;
use super::heads::{Head, Heads, SharedHead};
use super::prepared::Prepared;
use super::reader::signed;
use super::statements::Statements;
use super::view_memory::ViewMemory;
use super::view_writes;
use super::work_reads::kind_text;
use super::writer::Change;

/// How many entities the writer remembers before it forgets the older half.
const REMEMBERED: usize = 65_536;

/// What becomes of one change of a batch.
pub(super) type Fate = Result<Appended, AppendError>;

/// Writes batches of changes, each in one transaction.
pub(super) struct BatchWriter<'c> {
    connection: &'c Connection,
    statements: Statements<'c>,
    heads: Heads,
    views: ViewMemory,
    /// The entities whose row is behind their head: each is written once a batch.
    changed: Vec<SharedHead>,
    /// The newest position, if it is known.
    position: Option<i64>,
    receipts_kept: i64,
}

impl<'c> BatchWriter<'c> {
    pub(super) fn new(connection: &'c Connection, receipts_kept: usize) -> rusqlite::Result<Self> {
        Ok(Self {
            connection,
            statements: Statements::prepare(connection)?,
            heads: Heads::new(REMEMBERED),
            views: ViewMemory::default(),
            changed: Vec::new(),
            position: None,
            receipts_kept: i64::try_from(receipts_kept).unwrap_or(i64::MAX),
        })
    }

    /// Writes all changes, or none if the storage fails. The fates are in the order of the changes and
    /// hold once this has returned. `before_commit` is called when all is written and nobody can see it yet.
    pub(super) fn write(
        &mut self,
        changes: &[Change],
        before_commit: impl FnOnce(),
    ) -> rusqlite::Result<Vec<Fate>> {
        let fates = self.transact(changes, before_commit);
        if fates.is_err() {
            self.roll_back();
        }
        fates
    }

    /// Undoes what is open and forgets what was known of the file.
    pub(super) fn roll_back(&mut self) {
        self.heads.clear();
        self.views.clear();
        self.changed.clear();
        self.position = None;
        if !self.connection.is_autocommit()
            && let Err(e) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(error = %e, "a journal transaction could not be rolled back");
        }
    }

    fn transact(
        &mut self,
        changes: &[Change],
        before_commit: impl FnOnce(),
    ) -> rusqlite::Result<Vec<Fate>> {
        self.heads.age();
        self.statements.begin.execute([])?;
        let mut fates = Vec::with_capacity(changes.len());
        for change in changes {
            fates.push(match change {
                Change::Commit(commit) => self.append(commit)?,
                Change::Mark(entity, mark) => Ok(self.mark(entity, mark.as_ref())?),
            });
        }
        self.advance_heads()?;
        before_commit();
        self.statements.commit.execute([])?;
        Ok(fates)
    }

    fn append(&mut self, commit: &Prepared) -> rusqlite::Result<Fate> {
        let shared = self.head(&commit.entity)?;
        let known = shared.as_ref().map(|head| head.get());
        let seq = known.map_or(0, |head| head.seq);
        let newest = known.and_then(|head| head.commit_id);
        if (commit.expected, commit.parent) != (seq, newest) {
            return self.refuse(known, commit);
        }
        let shared = match shared {
            Some(shared) => shared,
            None => self.intern(&commit.entity, commit.at_ms)?,
        };
        let mut head = shared.get();
        let seq = seq + 1;
        let position = self.last_position()? + 1;
        self.statements.put_commit.execute(params![
            position,
            head.id,
            signed(seq),
            commit.commit_id_text,
            commit.at_ms,
            commit.cause.what,
            commit.cause.by,
            commit.trace,
            commit.events,
        ])?;
        self.position = Some(position);
        if let Some(receipt) = &commit.receipt {
            self.put_receipt(position, head.id, receipt)?;
            head.receipts += 1;
        }
        for change in &commit.work {
            self.change_work(head.id, change)?;
        }
        for view in &commit.views {
            view_writes::change(&mut self.statements, &mut self.views, view)?;
        }
        if let Some(state) = &commit.snapshot {
            self.statements
                .put_snapshot
                .execute(params![head.id, signed(seq), state.get()])?;
        }
        head.seq = seq;
        head.commit_id = Some(commit.commit_id);
        head.updated_ms = commit.at_ms;
        let first_change = !std::mem::replace(&mut head.changed, true);
        shared.set(head);
        if first_change {
            self.changed.push(shared);
        }
        Ok(Ok(Appended {
            seq,
            repeated: false,
        }))
    }

    /// The fate of a commit that does not stand on the entity's newest one.
    fn refuse(&mut self, head: Option<Head>, commit: &Prepared) -> rusqlite::Result<Fate> {
        let actual = head.map_or(0, |head| head.seq);
        if let Some(head) = head
            && commit.expected < head.seq
        {
            let seq = commit.expected + 1;
            let own = self
                .statements
                .commit_id
                .query_row(params![head.id, signed(seq)], |row| {
                    Ok(row.get_ref(0)?.as_str()? == commit.commit_id_text)
                })?;
            if own {
                return Ok(Ok(Appended {
                    seq,
                    repeated: true,
                }));
            }
        }
        Ok(Err(AppendError::Fenced {
            expected: commit.expected,
            actual,
        }))
    }

    fn head(&mut self, entity: &EntityKey) -> rusqlite::Result<Option<SharedHead>> {
        if let Some(head) = self.heads.get(entity) {
            return Ok(Some(head));
        }
        let found = self
            .statements
            .head
            .query_row(params![entity.kind, entity.id], |row| {
                let seq: i64 = row.get(1)?;
                Ok(Head {
                    id: row.get(0)?,
                    seq: seq.cast_unsigned(),
                    commit_id: row.get_ref(4)?.as_str_or_null()?.and_then(CommitId::parse),
                    updated_ms: row.get(2)?,
                    receipts: row.get(3)?,
                    changed: false,
                })
            })
            .optional()?;
        Ok(found.map(|head| self.heads.put(entity.clone(), head)))
    }

    fn intern(&mut self, entity: &EntityKey, at_ms: i64) -> rusqlite::Result<SharedHead> {
        let id = self
            .statements
            .intern
            .insert(params![entity.kind, entity.id, at_ms])?;
        let head = Head {
            id,
            seq: 0,
            commit_id: None,
            updated_ms: at_ms,
            receipts: 0,
            changed: false,
        };
        Ok(self.heads.put(entity.clone(), head))
    }

    fn last_position(&mut self) -> rusqlite::Result<i64> {
        match self.position {
            Some(position) => Ok(position),
            None => self
                .statements
                .last_position
                .query_row([], |row| row.get(0)),
        }
    }

    /// Brings the rows of the changed entities up to date, and takes away the receipts beyond the
    /// number that is kept.
    fn advance_heads(&mut self) -> rusqlite::Result<()> {
        for shared in self.changed.drain(..) {
            let mut head = shared.get();
            let excess = head.receipts - self.receipts_kept;
            if excess > 0 {
                self.statements
                    .trim_receipts
                    .execute(params![head.id, excess])?;
                head.receipts = self.receipts_kept;
            }
            self.statements.advance.execute(params![
                head.id,
                signed(head.seq),
                head.updated_ms,
                head.receipts
            ])?;
            head.changed = false;
            shared.set(head);
        }
        Ok(())
    }

    fn put_receipt(
        &mut self,
        position: i64,
        entity: i64,
        receipt: &Receipt,
    ) -> rusqlite::Result<()> {
        self.statements.put_receipt.execute(params![
            position,
            entity,
            receipt.command_id,
            receipt.fingerprint.cast_signed(),
            receipt.at_ms,
            receipt.reply.get(),
        ])?;
        Ok(())
    }

    fn change_work(&mut self, entity: i64, change: &WorkChange) -> rusqlite::Result<()> {
        match change {
            WorkChange::Put(work) => self.statements.put_work.execute(params![
                entity,
                work.id,
                kind_text(work.kind),
                work.due_ms,
                work.rank,
                work.data.get(),
            ])?,
            WorkChange::Remove(id) => self.statements.remove_work.execute(params![entity, id])?,
        };
        Ok(())
    }

    fn mark(&mut self, entity: &EntityKey, mark: Option<&Mark>) -> rusqlite::Result<Appended> {
        let head = match (self.head(entity)?, mark) {
            (Some(head), _) => head,
            (None, None) => {
                return Ok(Appended {
                    seq: 0,
                    repeated: true,
                });
            }
            (None, Some(mark)) => self.intern(entity, mark.at_ms)?,
        };
        let head = head.get();
        self.statements.mark.execute(params![
            head.id,
            mark.map(|mark| mark_text(mark.kind)),
            mark.map(|mark| &mark.reason),
            mark.map(|mark| mark.at_ms),
            mark.and_then(|mark| mark.cause.as_ref()),
        ])?;
        Ok(Appended {
            seq: head.seq,
            repeated: false,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use serde_json::value::RawValue;

    use super::*;
    use crate::commit::{Cause, Commit, Record, ViewChange};
    use crate::sqlite::schema;

    /// The id of commit number `seq`.
    fn id(seq: u64) -> CommitId {
        CommitId(u128::from(seq).to_be_bytes())
    }

    fn change(entity: &EntityKey, expected: u64, bytes: usize) -> Change {
        let text = format!("\"{}\"", "x".repeat(bytes));
        let commit = Commit {
            entity: entity.clone(),
            expected,
            parent: (expected > 0).then_some(id(expected)),
            commit_id: id(expected + 1),
            at_ms: 1,
            cause: Cause::default(),
            events: vec![Record {
                name: "Written".to_owned(),
                data: RawValue::from_string(text).unwrap(),
            }],
            receipt: None,
            work: Vec::new(),
            views: Vec::new(),
            snapshot: None,
        };
        Change::Commit(Box::new(Prepared::new(commit).unwrap()))
    }

    fn appended(seq: u64) -> Appended {
        Appended {
            seq,
            repeated: false,
        }
    }

    /// The disk fills in the middle of a batch; then there is space again.
    #[test]
    fn a_full_disk_undoes_the_whole_batch_and_what_stands_on_it_is_fenced() {
        let folder = tempfile::tempdir().unwrap();
        let db = schema::open_writer(&folder.path().join("journal.db")).unwrap();
        let mut writer = BatchWriter::new(&db, 512).unwrap();
        let (a, b) = (EntityKey::new("a", "1"), EntityKey::new("b", "1"));
        let first = writer.write(&[change(&a, 0, 10)], || ()).unwrap();
        assert_eq!(first[0].as_ref().unwrap(), &appended(1));

        let pages: i64 = db
            .pragma_query_value(None, "page_count", |r| r.get(0))
            .unwrap();
        db.query_row(
            &format!("PRAGMA max_page_count = {}", pages + 2),
            [],
            |_| Ok(()),
        )
        .unwrap();
        let failed = writer.write(&[change(&a, 1, 10), change(&b, 0, 1 << 20)], || ());
        assert!(failed.is_err(), "1 MiB cannot fit into two pages");

        db.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(()))
            .unwrap();
        let after = writer
            .write(
                &[change(&a, 2, 10), change(&b, 0, 10), change(&a, 1, 10)],
                || (),
            )
            .unwrap();
        assert!(
            matches!(
                after[0],
                Err(AppendError::Fenced {
                    expected: 2,
                    actual: 1
                })
            ),
            "commit 3 was decided on commit 2, which was rolled back: {:?}",
            after[0]
        );
        assert_eq!(after[1].as_ref().unwrap(), &appended(1));
        assert_eq!(after[2].as_ref().unwrap(), &appended(2));
        let positions: Vec<i64> = db
            .prepare("SELECT position FROM commits ORDER BY position")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        assert_eq!(positions, [1, 2, 3], "no hole is left behind");
    }

    fn shown(entity: &EntityKey, expected: u64, owner: &str, bytes: usize) -> Change {
        let Change::Commit(mut commit) = change(entity, expected, bytes) else {
            unreachable!("it is a commit");
        };
        let view = ViewChange::Put {
            collection: "c".to_owned(),
            key: "k".to_owned(),
            sort: "s".to_owned(),
            fields: vec![("owner".to_owned(), owner.to_owned())],
            doc: RawValue::from_string(expected.to_string()).unwrap(),
        };
        commit.views = Prepared::views(vec![view]).unwrap();
        Change::Commit(commit)
    }

    /// What a row was to be in a group that was rolled back is not what it is.
    #[test]
    fn rows_of_a_group_that_was_rolled_back_are_looked_up_again() {
        let folder = tempfile::tempdir().unwrap();
        let db = schema::open_writer(&folder.path().join("journal.db")).unwrap();
        let mut writer = BatchWriter::new(&db, 512).unwrap();
        let a = EntityKey::new("a", "1");
        for expected in 0..3 {
            writer
                .write(&[shown(&a, expected, "x", 10)], || ())
                .unwrap();
        }
        let pages: i64 = db
            .pragma_query_value(None, "page_count", |r| r.get(0))
            .unwrap();
        db.query_row(
            &format!("PRAGMA max_page_count = {}", pages + 2),
            [],
            |_| Ok(()),
        )
        .unwrap();
        let failed = writer.write(&[shown(&a, 3, "y", 10), change(&a, 4, 1 << 20)], || ());
        assert!(failed.is_err(), "1 MiB cannot fit into two pages");
        db.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(()))
            .unwrap();

        writer.write(&[shown(&a, 3, "y", 10)], || ()).unwrap();
        let owners: Vec<String> = db
            .prepare("SELECT value FROM view_fields")
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        assert_eq!(owners, ["y"]);
    }

    /// Forgetting heads must not change what is fenced.
    #[test]
    fn heads_that_were_forgotten_are_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let db = schema::open_writer(&folder.path().join("journal.db")).unwrap();
        let mut writer = BatchWriter::new(&db, 512).unwrap();
        writer.heads = Heads::new(2);
        let keys: Vec<_> = (0..10)
            .map(|n| EntityKey::new("a", n.to_string()))
            .collect();
        for round in 0..3 {
            for key in &keys {
                let fates = writer.write(&[change(key, round, 10)], || ()).unwrap();
                assert_eq!(fates[0].as_ref().unwrap(), &appended(round + 1));
            }
        }
    }
}
