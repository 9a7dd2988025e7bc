//! The log is copied into the file beside the writer.
//!
//! SQLite would do it in the `COMMIT` that makes the log long, and tell nobody how it went. So it does not: a thread
//! with a connection of its own copies the log when it is long ([`Limits::after`]), while commits go on. When all but
//! little is copied, the writer copies the rest between two groups and begins the log anew, which takes milliseconds.
//!
//! **The log is bounded.** A thread that is slower than the writer, or a reader that stands in the log for long,
//! would let it grow. At [`Limits::most`] frames the writer copies all of it itself, and waits up to [`WAIT`] for
//! readers to leave it; if they do not, it tries again after [`Limits::step`] frames. So the log is no longer than `most`
//! and one group, unless a reader holds one view of the file for all that time (a person with another tool, who begins a
//! transaction and does not end it); nothing is lost by that.
//!
//! **Nothing is lost.** A frame is on the disk before it is copied, for SQLite syncs the log before, and it is in the
//! log until it is in the file and that is synced. A copy that fails for want of room leaves the log as it is and is
//! tried again. Any other failure may be a sync that failed: what was copied then is in doubt, and whoever syncs again
//! is told that all is well. So it ends the journal, as a failed sync of the log does ([`super::durability`]); when
//! the file is opened again, all that the log has is copied once more.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::Mutex;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode};

use super::durability::Durability;

/// How long the log may be, in frames: a page each, 4 KiB.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Then it is copied.
    pub(super) after: u32,
    /// So few the writer copies itself.
    pub(super) little: u32,
    /// Then the writer does not wait for the thread any more.
    pub(super) most: u32,
    /// So many are written before it is tried again.
    pub(super) step: u32,
}

impl Default for Limits {
    /// 32 MiB: rare enough that pages which change often are copied once, few enough that a start after a crash is
    /// quick. 128 MiB at most.
    fn default() -> Self {
        Self {
            after: 8_192,
            little: 512,
            most: 32_768,
            step: 1_024,
        }
    }
}

/// How long the writer waits for readers of the log.
const WAIT: Duration = Duration::from_millis(50);

thread_local! {
    /// Frames in the log after the last commit of this thread's connection.
    static FRAMES: Cell<u32> = const { Cell::new(0) };
}

/// What a checkpoint came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Copied {
    /// Whether somebody was in the way.
    pub(super) busy: bool,
    /// Frames in the log.
    pub(super) log: u32,
    /// Of these, in the file.
    pub(super) copied: u32,
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
        // It says -1 where it could not look.
        let frames = |count: i64| u32::try_from(count).unwrap_or(0);
        Ok(Copied {
            busy: row.get::<_, i64>(0)? != 0,
            log: frames(row.get(1)?),
            copied: frames(row.get(2)?),
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
    /// All but little is copied.
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
}

impl Checkpoints {
    /// `writer` does no checkpoints by itself any more; `own` is for the thread.
    pub(super) fn spawn(
        writer: &Connection,
        own: Connection,
        limits: Limits,
        durability: Arc<Durability>,
    ) -> Result<Self, String> {
        writer.wal_hook(Some(|_, frames| {
            FRAMES.set(u32::try_from(frames).unwrap_or(0));
            Ok(())
        }));
        // Whoever closes last would copy the log.
        own.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
            .map_err(|e| e.to_string())?;
        let (wake, woken) = sync_channel(1);
        let shared = Arc::new(Shared::default());
        let thread = thread::Builder::new()
            .name("journal-copy".to_owned())
            .spawn({
                let (durability, shared) = (Arc::clone(&durability), Arc::clone(&shared));
                move || run(&own, &woken, limits, &durability, &shared)
            })
            .map_err(|e| e.to_string())?;
        Ok(Self {
            limits,
            durability,
            wake: Some(wake),
            thread: Some(thread),
            shared,
            again_at: limits.after,
        })
    }

    /// To be called by the writer between two groups.
    pub(super) fn after_group(&mut self, writer: &Connection) {
        let frames = FRAMES.get();
        if frames < self.limits.after {
            self.again_at = self.limits.after;
            return;
        }
        if frames < self.again_at && !self.shared.ripe.load(Ordering::Acquire) {
            return;
        }
        self.again_at = frames.saturating_add(self.limits.step);
        if self.shared.ripe.swap(false, Ordering::AcqRel) || frames >= self.limits.most {
            self.begin_anew(writer);
        } else if let Some(wake) = &self.wake {
            // Full: it is at it.
            let _ = wake.try_send(());
        }
    }

    fn begin_anew(&self, writer: &Connection) {
        if self.durability.has_failed() {
            return;
        }
        let usual = super::schema::BUSY;
        self.shared.writers_turn.store(true, Ordering::Release);
        let turn = self.shared.copying.lock();
        let copied = writer
            .busy_timeout(WAIT)
            .and_then(|()| checkpoint(writer, Mode::Restart));
        if let Err(error) = copied.and(writer.busy_timeout(usual)) {
            failed(&error, &self.durability);
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
        let mut before = 0;
        while !durability.has_failed() && !shared.writers_turn.load(Ordering::Acquire) {
            let turn = shared.copying.lock();
            let now = checkpoint(db, Mode::Passive);
            drop(turn);
            match now {
                Ok(now) if now.log > 0 && now.log.saturating_sub(now.copied) <= limits.little => {
                    shared.ripe.store(true, Ordering::Release);
                    break;
                }
                // What was written meanwhile is copied at once, as long as it becomes more.
                Ok(now) if now.copied > before => before = now.copied,
                Ok(_) => break,
                Err(error) => {
                    failed(&error, durability);
                    break;
                }
            }
        }
    }
}

fn failed(error: &rusqlite::Error, durability: &Durability) {
    if is_in_doubt(error) {
        tracing::error!(%error, "the journal's log could not be copied into its file: it takes and gives nothing more until it is opened again");
        durability.fail();
    } else {
        tracing::warn!(%error, "the journal's log could not be copied into its file; it is tried again");
    }
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
