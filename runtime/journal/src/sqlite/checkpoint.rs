//! The log is copied into the file beside the writer.
//!
//! SQLite would do it in the `COMMIT` that makes the log long, and tell nobody how it went. So it does not: a thread
//! with a connection of its own copies what came to the log ([`Limits::step`]), while commits go on, and syncs the file;
//! little at a time, for a disk that takes much at once makes everybody wait. When the log is long ([`Limits::after`])
//! and all but little of it is in the file, the writer copies the rest between two groups and begins the log anew.
//!
//! **The log is bounded.** A thread that is slower than the writer, or a reader that stands in the log for long,
//! would let it grow. At [`Limits::most`] frames the writer waits for the thread, copies the rest itself, and waits up to
//! [`WAIT`] for readers to leave; if they do not, it tries again after ever more frames. So the log is no longer than
//! `most` and one group, unless a reader holds one view of the file for all that time (a person with another tool, who
//! begins a transaction and does not end it); nothing is lost by that, and the log says so.
//!
//! **Nothing is lost.** A frame is on the disk before it is copied, for SQLite syncs the log before, and it is in the
//! log until all of that is in the file and synced. A copy that fails for want of room leaves the log as it is and is
//! tried again. Any other failure may be a sync that failed: what was copied then is in doubt, and whoever syncs again
//! is told that all is well. So it ends the journal, as a failed sync of the log does ([`super::durability`]).

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::{Connection, ErrorCode};

use super::durability::Durability;
use super::schema::BUSY;

/// How long the log may be, in frames: a page each, 4 KiB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Each time so many came, they are copied.
    pub(super) step: u32,
    /// Then it is to be begun anew.
    pub(super) after: u32,
    /// So few the writer copies itself for that.
    pub(super) little: u32,
    /// Then the writer waits for the thread and copies what is left itself.
    pub(super) most: u32,
}

impl Default for Limits {
    /// Copied each 16 MiB: smaller steps copy pages that change often more often (with a quarter of that a third of the
    /// rate was gone), larger ones keep the disk busy for a tenth of a second. Begun anew at 32 MiB, so that a start
    /// after a crash is quick. 128 MiB at most.
    fn default() -> Self {
        Self {
            step: 4_096,
            after: 8_192,
            little: 1_024,
            most: 32_768,
        }
    }
}

/// How long the writer waits for readers of the log.
const WAIT: Duration = Duration::from_millis(50);

const ENDS: &str = "the journal's log could not be copied into its file: it takes and gives nothing more until it is opened again";

thread_local! {
    /// Frames in the log after the last commit of this thread's connection.
    static FRAMES: Cell<u32> = const { Cell::new(0) };
}

/// What a checkpoint came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Copied {
    /// Whether somebody was in the way.
    pub(super) busy: bool,
    /// Frames in the log; -1 if somebody else copies it just now.
    log: i64,
    /// Of these, in the file.
    copied: i64,
}

impl Copied {
    /// Whether the file does not have all.
    pub(super) fn is_part(self) -> bool {
        self.log < 0 || self.copied < self.log
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Mode {
    /// Copies what it can and waits for nobody.
    Passive,
    /// Copies all and lets the next commit begin the log anew.
    Restart,
    /// As `Restart`, and leaves an empty log.
    Truncate,
}

/// Copies the log into the file, and syncs both.
pub(super) fn checkpoint(db: &Connection, mode: Mode) -> rusqlite::Result<Copied> {
    let pragma = match mode {
        Mode::Passive => "PRAGMA wal_checkpoint(PASSIVE)",
        Mode::Restart => "PRAGMA wal_checkpoint(RESTART)",
        Mode::Truncate => "PRAGMA wal_checkpoint(TRUNCATE)",
    };
    db.query_row(pragma, [], |row| {
        Ok(Copied {
            busy: row.get(0)?,
            log: row.get(1)?,
            copied: row.get(2)?,
        })
    })
}

/// Whether a copy that failed so may have lost something.
fn is_in_doubt(error: &rusqlite::Error) -> bool {
    !matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DiskFull
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted
        )
    )
}

/// What the writer and the thread tell each other.
#[derive(Debug, Default)]
struct Shared {
    /// All but little of a long log is in the file.
    ripe: AtomicBool,
    /// The writer wants to copy: the thread begins no more.
    writers_turn: AtomicBool,
    /// Held by whoever copies: SQLite would refuse the other.
    copying: Mutex<()>,
}

/// The thread that copies, as the writer sees it. Lives on the writer's thread.
pub(super) struct Checkpoints {
    limits: Limits,
    durability: Arc<Durability>,
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    shared: Arc<Shared>,
    /// Below so many frames nothing is tried again.
    again_at: u32,
    /// How often in a row the log could not be begun anew, for somebody stood in it.
    busy: u32,
}

impl Checkpoints {
    /// `writer` does no checkpoints by itself any more; `own` is for the thread.
    pub(super) fn spawn(
        writer: &Connection,
        own: Connection,
        limits: Limits,
        durability: Arc<Durability>,
    ) -> std::io::Result<Self> {
        writer.wal_hook(Some(|_, frames| {
            FRAMES.set(u32::try_from(frames).unwrap_or(0));
            Ok(())
        }));
        let (wake, woken) = sync_channel(1);
        let shared = Arc::new(Shared::default());
        let thread = thread::Builder::new()
            .name("journal-copy".to_owned())
            .spawn({
                let (durability, shared) = (Arc::clone(&durability), Arc::clone(&shared));
                move || run(&own, &woken, limits, &durability, &shared)
            })?;
        Ok(Self {
            limits,
            durability,
            wake: Some(wake),
            thread: Some(thread),
            shared,
            again_at: limits.step,
            busy: 0,
        })
    }

    /// To be called by the writer between two groups.
    pub(super) fn after_group(&mut self, writer: &Connection) {
        let frames = FRAMES.get();
        if frames < self.limits.after {
            // SQLite begins the log anew by itself where all of it is in the file.
            self.shared.ripe.store(false, Ordering::Release);
        }
        if frames < self.limits.step {
            self.again_at = self.limits.step;
            return;
        }
        let ripe = self.shared.ripe.load(Ordering::Acquire);
        if frames < self.again_at && !ripe {
            return;
        }
        self.again_at = frames.saturating_add(self.limits.step << self.busy.min(4));
        if ripe || frames >= self.limits.most {
            self.begin_anew(writer, frames);
        } else if let Some(wake) = &self.wake {
            // Full: it is at it.
            let _ = wake.try_send(());
        }
    }

    fn begin_anew(&mut self, writer: &Connection, frames: u32) {
        self.shared.writers_turn.store(true, Ordering::Release);
        let turn = self.shared.copying.lock();
        self.shared.ripe.store(false, Ordering::Release);
        if !self.durability.has_failed() {
            let copied = writer
                .busy_timeout(WAIT)
                .and_then(|()| checkpoint(writer, Mode::Restart));
            match copied.and_then(|copied| writer.busy_timeout(BUSY).map(|()| copied)) {
                Ok(copied) if copied.busy => {
                    self.busy = self.busy.saturating_add(1);
                    if self.busy == 3 {
                        tracing::warn!(
                            frames,
                            "somebody holds an old view of the journal's file: its log grows until that ends"
                        );
                    }
                }
                Ok(_) => self.busy = 0,
                Err(error) => failed(&error, &self.durability),
            }
        }
        self.shared.writers_turn.store(false, Ordering::Release);
        drop(turn);
    }
}

impl Drop for Checkpoints {
    /// Waits for the copy that is under way.
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's copying thread panicked");
        }
    }
}

fn run(
    db: &Connection,
    woken: &Receiver<()>,
    limits: Limits,
    durability: &Durability,
    shared: &Shared,
) {
    while woken.recv().is_ok() {
        let turn = shared.copying.lock();
        if shared.writers_turn.load(Ordering::Acquire) || durability.has_failed() {
            continue;
        }
        match checkpoint(db, Mode::Passive) {
            Ok(now) => {
                // Beside a writer SQLite leaves that to whoever begins the log anew.
                if let Err(error) = durability.sync_file() {
                    tracing::error!(%error, "{ENDS}");
                } else if now.log >= i64::from(limits.after)
                    && now.log - now.copied <= i64::from(limits.little)
                {
                    shared.ripe.store(true, Ordering::Release);
                }
            }
            Err(error) => failed(&error, durability),
        }
        drop(turn);
    }
}

fn failed(error: &rusqlite::Error, durability: &Durability) {
    if is_in_doubt(error) {
        tracing::error!(%error, "{ENDS}");
        durability.fail();
    } else {
        tracing::warn!(%error, "the journal's log could not be copied into its file; it is tried again");
    }
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
