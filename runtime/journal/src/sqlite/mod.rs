//! The journal in one SQLite file.
//!
//! [`Options`] → [`SqliteJournal::open`] → the [`Journal`] trait. One thread writes ([`writer`] says why
//! many commits can share one sync to disk), a few read-only connections read on tokio's blocking
//! threads; a single row of a view is read on the caller's own thread, if it was not read lately
//! ([`row_cache`] says why what is remembered is never old). The tables are plain text and JSON, so any SQLite client can show what happened.

mod batch;
mod checkpoint;
mod durability;
mod entity_reads;
mod heads;
mod lock;
mod prepared;
mod reader;
mod row_cache;
mod schema;
mod statements;
mod syncer;
mod token;
mod view_memory;
mod view_reads;
mod view_writes;
mod work_reads;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;

use crate::commit::{Commit, Committed, Loaded, WorkKind};
use crate::entity::{EntityHead, EntityKey, Mark};
use crate::error::{JournalError, OpenError};
use crate::journal::{Done, Journal};
use crate::query::{
    DueWork, EntityQuery, Page, Position, TailEntry, ViewQuery, ViewRow, WorkQuery, WorkRow,
};

use self::checkpoint::Limits;
use self::durability::Durability;
use self::lock::FileLock;
use self::reader::{ReadError, Readers};
use self::row_cache::{Looked, RowCache};
use self::writer::{WriterHandle, WriterOptions};

/// More looks at single rows at once help nobody: each is over in microseconds.
const MOST_POINT_READERS: usize = 16;

/// Where the journal is and how much it may hold in memory. Every commit is synced to disk before it is
/// answered, and before anybody reads it; that cannot be turned off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The SQLite file. Its folder must exist; `<path>.lock`, `<path>-wal` and `<path>-shm` appear beside
    /// it.
    pub path: PathBuf,
    /// How many commits may wait for the writer before `append` answers `Unavailable`. At least 1.
    pub queue: usize,
    /// How many commits share one transaction at most. At least 1.
    pub batch: usize,
    /// How many reads run at the same time. At least 1.
    pub readers: usize,
    /// How many receipts an entity keeps; the oldest go first.
    pub receipts_kept: usize,
    /// How many bytes of rows of views that were read lately are remembered. With 0, none are.
    pub row_cache_bytes: usize,
}

impl Options {
    /// The defaults for the file at `path`: a queue of 8,192 commits, 1,024 commits a transaction, two
    /// readers, 512 receipts an entity, 16 MiB of rows.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            queue: 8192,
            batch: 1024,
            readers: 2,
            receipts_kept: 512,
            row_cache_bytes: 16 << 20,
        }
    }
}

/// The journal in one SQLite file, owned by this process alone while it is open.
///
/// Reads need a tokio runtime (they run on its blocking threads); `append` needs none. Dropping it
/// without [`Journal::close`] writes what waits in the queue first, and blocks for that long.
///
/// [`Journal::view`] blocks the thread that polls it, for the time of one look into the file: an index and a
/// row of 64 KiB at most, some 10 µs if the operating system has the pages in memory, a few reads of the
/// disk if not. A larger row, a file that somebody has locked, or more looks at once than there are cores
/// (at least 2): such reads go to the blocking threads, as all others do.
#[derive(Debug)]
pub struct SqliteJournal {
    writer: WriterHandle,
    readers: Arc<Readers>,
    /// For single rows, on the caller's thread.
    point_readers: Arc<Readers>,
    rows: Arc<RowCache>,
    /// Has handles of the files, which are closed after SQLite's: to close one gives up the locks of all.
    durability: Arc<Durability>,
}

impl SqliteJournal {
    /// Opens the file, creating it if it is not there, and brings an older format up to date.
    ///
    /// What an earlier process wrote but may not have synced is made durable before this returns. Only
    /// the schema and the newest commit are checked for damage: a look at every page would take minutes
    /// on a large file.
    ///
    /// # Errors
    /// [`OpenError`] says what is wrong and what to do about it; the file is left as it was.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        Self::open_on(options, Limits::default(), Durability::of)
    }

    fn open_on(
        options: Options,
        limits: Limits,
        durability: impl FnOnce(&Path) -> std::io::Result<Durability>,
    ) -> Result<Self, OpenError> {
        let path = options.path.as_path();
        let lock = FileLock::take(path)?;
        let connection = schema::open_writer(path)?;
        let copier = schema::open_copier(path)?;
        let readers = (0..options.readers.max(1))
            .map(|_| schema::open_reader(path))
            .collect::<Result<Vec<_>, _>>()?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let point_readers = (0..cores.clamp(2, MOST_POINT_READERS))
            .map(|_| schema::open_point_reader(path))
            .collect::<Result<Vec<_>, _>>()?;
        let rows = Arc::new(RowCache::new(options.row_cache_bytes));
        let io = |e: std::io::Error| OpenError::Io {
            path: path.to_owned(),
            detail: e.to_string(),
        };
        let durability = Arc::new(durability(path).map_err(io)?);
        let writer = WriterHandle::spawn(
            connection,
            copier,
            lock,
            Arc::clone(&rows),
            Arc::clone(&durability),
            WriterOptions {
                queue: options.queue,
                batch: options.batch,
                receipts_kept: options.receipts_kept,
                log: limits,
            },
        )
        .map_err(io)?;
        Ok(Self {
            writer,
            readers: Arc::new(Readers::new(readers)),
            point_readers: Arc::new(Readers::new(point_readers)),
            rows,
            durability,
        })
    }

    /// Reads on a thread that may block, and answers when what was seen is on the disk.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, JournalError> {
        let found = self.readers.read(read).await?;
        self.durability.seen().await?;
        Ok(found)
    }
}

#[async_trait]
impl Journal for SqliteJournal {
    fn append(&self, commit: Commit, done: Done) {
        self.writer.append(commit, done);
    }

    async fn load(&self, entity: &EntityKey) -> Result<Loaded, JournalError> {
        let entity = entity.clone();
        self.read(move |db| entity_reads::load(db, &entity)).await
    }

    async fn history(
        &self,
        entity: &EntityKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Committed>, JournalError> {
        let entity = entity.clone();
        self.read(move |db| entity_reads::history(db, &entity, after, limit))
            .await
    }

    async fn tail(&self, after: Position, limit: usize) -> Result<Vec<TailEntry>, JournalError> {
        self.read(move |db| entity_reads::tail(db, after, limit))
            .await
    }

    async fn end(&self) -> Result<Position, JournalError> {
        self.read(entity_reads::end).await
    }

    async fn due(
        &self,
        kind: WorkKind,
        until_ms: i64,
        after: Option<&DueWork>,
        limit: usize,
    ) -> Result<Vec<DueWork>, JournalError> {
        let after = after.cloned();
        self.read(move |db| work_reads::due(db, kind, until_ms, after.as_ref(), limit))
            .await
    }

    async fn work(&self, query: &WorkQuery) -> Result<Page<WorkRow>, JournalError> {
        let query = query.clone();
        self.read(move |db| work_reads::work(db, &query)).await
    }

    async fn entities(&self, query: &EntityQuery) -> Result<Page<EntityHead>, JournalError> {
        let query = query.clone();
        self.read(move |db| entity_reads::entities(db, &query))
            .await
    }

    async fn view(&self, collection: &str, key: &str) -> Result<Option<ViewRow>, JournalError> {
        let missed = match self.rows.get(collection, key) {
            Looked::Found(row) => {
                self.durability.holds()?;
                return Ok(Some(ViewRow::clone(&row)));
            }
            Looked::Missed(missed) => missed,
        };
        let here = self
            .point_readers
            .try_here(|db| view_reads::small_view(db, collection, key));
        if let Some(found) = here {
            let found = found?;
            // What a failed group wrote is read only after the failure: it stays out.
            self.durability.holds()?;
            if let Some(row) = &found {
                self.rows.put(missed, collection, row);
            }
            self.durability.seen().await?;
            return Ok(found);
        }
        let (collection, key) = (collection.to_owned(), key.to_owned());
        self.read(move |db| view_reads::view(db, &collection, &key))
            .await
    }

    async fn views(&self, query: &ViewQuery) -> Result<Page<ViewRow>, JournalError> {
        let query = query.clone();
        self.read(move |db| view_reads::views(db, &query)).await
    }

    async fn mark(&self, entity: &EntityKey, mark: Option<Mark>) -> Result<(), JournalError> {
        self.writer.mark(entity.clone(), mark).await
    }

    async fn failed(&self) {
        self.durability.failed().await;
    }

    async fn close(&self) {
        self.writer.refuse_appends();
        self.readers.close().await;
        self.point_readers.close().await;
        self.rows.close();
        self.writer.stop().await;
    }
}

#[cfg(test)]
#[path = "durability_tests.rs"]
mod durability_tests;
