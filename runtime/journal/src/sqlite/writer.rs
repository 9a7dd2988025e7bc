//! Group commit: one thread, many commits a transaction, one sync to disk for all of them and more.
//!
//! A sync to disk costs as much as dozens of commits, so commits that arrive while one is under way
//! share the next. The thread takes what waits in the queue (up to a number and a size), writes it in
//! one transaction and answers everybody after `COMMIT` has returned. Alone, a commit waits for nobody;
//! under load the groups grow by themselves. Why that is correct:
//!
//! **Nothing is answered before it is durable.** `done` is called after the log has been synced, and nobody who
//! reads is told of what is not ([`super::durability`]); the sync goes on beside the next group
//! ([`super::syncer`]). This goes for refusals too: a fence
//! found against a commit of the same group, or of one before, speaks of something that is not on the disk yet, so
//! its answer waits for the group as well. What a killed process had written without syncing is synced when
//! the file is opened (a checkpoint in `schema`), before anybody can read it or be told that it is a
//! repeat.
//!
//! **A group shares its fate, not its fences.** A refused commit writes no row, so the others go on.
//! A storage error rolls all of the group back and answers all of it with `Storage`, since which
//! statement found the disk full says nothing about whose data did not fit.
//!
//! **The race.** Entities decide ahead: commit 8 of an entity may be queued while commit 7 is in the
//! group that fails, and another writer (a second shard that believes it owns the entity) may be between
//! the two. If this thread trusted its memory of "7 are written" after the roll-back, commit 8 would be
//! written over a hole, or the other writer's commit 7 refused for one that does not exist. So all
//! memory of heads and positions is dropped with the group, and the next commit is measured against the
//! file: 8 expects 7, finds 6, and is refused. If the other writer's commit became number 7 in between,
//! 8 has the right number on the wrong past; it names its parent, which is not the head, and is refused
//! as well. Within a group the memory runs ahead of the file on purpose (7 and 8 in one group are both
//! written), which is safe because the group is whole or absent. Two writers that both expect 6 are
//! decided by their place in the queue; there is one queue, and only this thread writes. The unique
//! index on (entity, number) would turn a mistake in this reasoning into a failed group, not into two
//! commits of one number.
//!
//! **A failure is not a "no".** If the sync fails, frames of its groups may be on disk and be found whole when
//! the file is opened again, or not: hence `AppendError::Storage` promises nothing. A group after it stands on
//! frames that may be lost, so nothing is written any more until then, and nobody was told "yes".
//!
//! **The thread stays.** A callback or a bug that panics is caught; the group is rolled back or, if it
//! was committed, its remaining answers are given. An answer that is dropped on the way says `Storage`,
//! so every `done` is called once.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, ffi};
use tokio::sync::{mpsc, oneshot, watch};

use crate::commit::{Appended, Commit};
use crate::entity::{EntityKey, Mark};
use crate::error::{AppendError, JournalError};
use crate::journal::Done;

use super::batch::BatchWriter;
use super::checkpoint::{Checkpoints, Limits, Mode, checkpoint};
use super::durability::{Durability, FAILED};
use super::lock::FileLock;
use super::prepared::Prepared;
use super::row_cache::RowCache;
use super::schema;
use super::syncer::{Group, Syncer};

/// A group is closed when it has this many bytes, however few commits they are.
const BATCH_BYTES: usize = 8 << 20;

/// How long the end waits for a person who reads the file with another tool.
const PARTING: Duration = Duration::from_millis(500);

#[derive(Clone, Copy, Debug)]
pub(super) struct WriterOptions {
    pub(super) queue: usize,
    pub(super) batch: usize,
    pub(super) receipts_kept: usize,
    pub(super) log: Limits,
}

/// What is to be written.
#[derive(Debug)]
pub(super) enum Change {
    Commit(Box<Prepared>),
    Mark(EntityKey, Option<Mark>),
}

struct Request {
    change: Change,
    answer: Answer,
}

enum Message {
    Write(Request),
    Close,
}

/// Whoever waits for the fate of a change. Dropped unanswered, it says that the writer failed.
pub(super) struct Answer(Option<Done>);

impl Answer {
    pub(super) fn give(mut self, fate: Result<Appended, AppendError>) {
        self.call(fate);
    }

    fn call(&mut self, fate: Result<Appended, AppendError>) {
        if let Some(done) = self.0.take()
            && catch_unwind(AssertUnwindSafe(|| done(fate))).is_err()
        {
            tracing::error!("the receiver of a journal's answer panicked");
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.call(Err(AppendError::Storage(
            "the journal's writer failed".to_owned(),
        )));
    }
}

/// The queue to the writer's thread, and the thread.
#[derive(Debug)]
pub(super) struct WriterHandle {
    queue: Option<mpsc::Sender<Message>>,
    closing: AtomicBool,
    stopped: watch::Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl WriterHandle {
    /// Starts the thread, which owns the connection and the lock until it ends.
    pub(super) fn spawn(
        connection: Connection,
        copier: Connection,
        lock: FileLock,
        rows: Arc<RowCache>,
        durability: Arc<Durability>,
        options: WriterOptions,
    ) -> std::io::Result<Self> {
        let (queue, messages) = mpsc::channel(options.queue.clamp(1, 1 << 24));
        let (running, stopped) = watch::channel(());
        let thread = thread::Builder::new()
            .name("journal-writer".to_owned())
            .spawn(move || {
                run(&connection, copier, messages, &rows, &durability, options);
                close(connection, &durability);
                drop(lock);
                drop(running);
            })?;
        Ok(Self {
            queue: Some(queue),
            closing: AtomicBool::new(false),
            stopped,
            thread: Some(thread),
        })
    }

    pub(super) fn append(&self, commit: Commit, done: Done) {
        let answer = Answer(Some(done));
        let prepared = match Prepared::new(commit) {
            Ok(prepared) => Box::new(prepared),
            Err(e) => return answer.give(Err(AppendError::Storage(e.to_string()))),
        };
        let change = Change::Commit(prepared);
        let refused = match self.open_queue() {
            Some(queue) => queue
                .try_send(Message::Write(Request { change, answer }))
                .map_err(mpsc::error::TrySendError::into_inner),
            None => return answer.give(Err(AppendError::Unavailable)),
        };
        if let Err(Message::Write(request)) = refused {
            request.answer.give(Err(AppendError::Unavailable));
        }
    }

    /// Waits for a place in the queue, then for the mark to be durable.
    pub(super) async fn mark(
        &self,
        entity: EntityKey,
        mark: Option<Mark>,
    ) -> Result<(), JournalError> {
        let queue = self.open_queue().ok_or(JournalError::Closed)?;
        let (sender, fate) = oneshot::channel();
        let done: Done = Box::new(move |fate| {
            // Whoever asked may have gone away.
            let _ = sender.send(fate);
        });
        let request = Request {
            change: Change::Mark(entity, mark),
            answer: Answer(Some(done)),
        };
        queue
            .send(Message::Write(request))
            .await
            .map_err(|_| JournalError::Closed)?;
        match fate.await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(AppendError::Unavailable)) | Err(_) => Err(JournalError::Closed),
            Ok(Err(e)) => Err(JournalError::Storage(e.to_string())),
        }
    }

    /// From now on every append is `Unavailable`.
    pub(super) fn refuse_appends(&self) {
        self.closing.store(true, Ordering::Release);
    }

    /// Writes what waits, then ends the thread and lets go of the file. Repeatable.
    pub(super) async fn stop(&self) {
        self.refuse_appends();
        if let Some(queue) = &self.queue {
            // An error means that the thread has ended already.
            let _ = queue.send(Message::Close).await;
        }
        let mut stopped = self.stopped.clone();
        while stopped.changed().await.is_ok() {}
    }

    fn open_queue(&self) -> Option<&mpsc::Sender<Message>> {
        if self.closing.load(Ordering::Acquire) {
            return None;
        }
        self.queue.as_ref()
    }
}

impl Drop for WriterHandle {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
            && thread.join().is_err()
        {
            tracing::error!("the journal's writer panicked");
        }
    }
}

fn run(
    connection: &Connection,
    copier: Connection,
    mut messages: mpsc::Receiver<Message>,
    rows: &Arc<RowCache>,
    durability: &Arc<Durability>,
    options: WriterOptions,
) {
    let started = BatchWriter::new(connection, options.receipts_kept)
        .map_err(|e| e.to_string())
        .and_then(|writer| {
            let syncer = Syncer::spawn(Arc::clone(durability)).map_err(|e| e.to_string())?;
            let checkpoints =
                Checkpoints::spawn(connection, copier, options.log, Arc::clone(durability))
                    .map_err(|e| e.to_string())?;
            Ok((writer, syncer, checkpoints))
        });
    let (mut writer, syncer, mut checkpoints) = match started {
        Ok(started) => started,
        Err(error) => {
            tracing::error!(error, "the journal's writer could not start");
            return;
        }
    };
    while let Some(first) = messages.blocking_recv() {
        let (changes, answers) = gather(first, &mut messages, options.batch);
        let group = write(&mut writer, rows, durability, changes, answers);
        if let Some(group) = group {
            syncer.take(group, messages.is_empty());
        }
        checkpoints.after_group(connection);
    }
}

/// Takes what waits, up to the limits of a group.
fn gather(
    first: Message,
    messages: &mut mpsc::Receiver<Message>,
    most: usize,
) -> (Vec<Change>, Vec<Answer>) {
    let (mut changes, mut answers) = (Vec::new(), Vec::new());
    let mut bytes = 0;
    let mut next = Some(first);
    while let Some(message) = next {
        match message {
            Message::Close => messages.close(),
            Message::Write(request) => {
                if let Change::Commit(commit) = &request.change {
                    bytes += commit.size;
                }
                changes.push(request.change);
                answers.push(request.answer);
            }
        }
        if changes.len() >= most.max(1) || bytes >= BATCH_BYTES {
            break;
        }
        next = messages.try_recv().ok();
    }
    (changes, answers)
}

/// Writes a group into the log. `None`: nothing was, and all are answered.
fn write(
    writer: &mut BatchWriter<'_>,
    rows: &Arc<RowCache>,
    durability: &Durability,
    changes: Vec<Change>,
    answers: Vec<Answer>,
) -> Option<Group> {
    if changes.is_empty() {
        return None;
    }
    let mut begun = None;
    let written = match durability.has_failed() {
        true => Err(FAILED.to_owned()),
        false => catch_unwind(AssertUnwindSafe(|| {
            writer.write(&changes, || {
                begun = Some((durability.begin(), rows.begin(&changes)));
            })
        }))
        .map_err(|_| {
            writer.roll_back();
            "the journal's writer failed".to_owned()
        })
        .and_then(|fates| {
            fates.map_err(|e| {
                if is_sync_failure(&e) {
                    durability.fail();
                }
                e.to_string()
            })
        }),
    };
    match (written, begun) {
        (Ok(fates), Some((number, writing))) => Some(Group {
            number,
            changes,
            fates,
            answers,
            writing,
        }),
        (written, begun) => {
            // Readers may wait for its number already: it goes the way of all others, with nothing in it.
            let failure = written.err().unwrap_or_default();
            tracing::error!(
                error = failure,
                changes = changes.len(),
                "a journal transaction was rolled back"
            );
            for answer in answers {
                answer.give(Err(AppendError::Storage(failure.clone())));
            }
            begun.map(|(number, writing)| Group {
                number,
                changes: Vec::new(),
                fates: Vec::new(),
                answers: Vec::new(),
                writing,
            })
        }
    }
}

/// Whether a sync failed that SQLite does by itself in a transaction: of the first bytes of a log that it begins anew.
fn is_sync_failure(error: &rusqlite::Error) -> bool {
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(
        code,
        Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC)
    )
}

/// Leaves one file behind, without a log beside it. After a failure the log stays as it is: what is in it may not be
/// on the disk, and SQLite would copy it without a look at its checksums.
fn close(connection: Connection, durability: &Durability) {
    if durability.has_failed() {
        return;
    }
    let copied = connection
        .busy_timeout(PARTING)
        .and_then(|()| checkpoint(&connection, Mode::Truncate))
        // A failed sync must not be repeated: SQLite does it again, and removes the log, only if this one was good.
        .and_then(|_| schema::copy_log_on_close(&connection, true))
        .and_then(|()| connection.close().map_err(|(_, e)| e));
    if let Err(e) = copied {
        tracing::warn!(error = %e, "the journal was not closed cleanly; its log is read at the next start");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sync_that_failed_is_told_from_a_full_disk() {
        let error = |code| rusqlite::Error::SqliteFailure(ffi::Error::new(code), None);
        assert!(is_sync_failure(&error(ffi::SQLITE_IOERR_FSYNC)));
        assert!(is_sync_failure(&error(ffi::SQLITE_IOERR_DIR_FSYNC)));
        assert!(!is_sync_failure(&error(ffi::SQLITE_IOERR_WRITE)));
        assert!(!is_sync_failure(&error(ffi::SQLITE_FULL)));
    }
}
