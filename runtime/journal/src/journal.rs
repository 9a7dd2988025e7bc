use async_trait::async_trait;

use crate::commit::{Appended, Commit, Committed, Loaded, WorkKind};
use crate::entity::{EntityHead, EntityKey, Mark};
use crate::error::{AppendError, JournalError};
use crate::query::{
    DueWork, EntityQuery, Page, Position, TailEntry, ViewQuery, ViewRow, WorkQuery, WorkRow,
};

/// Called exactly once, from any thread, when the fate of a commit is known: also from within `append`,
/// where the queue is full. Must not block.
pub type Done = Box<dyn FnOnce(Result<Appended, AppendError>) + Send>;

/// The durable log of every entity.
///
/// Commits of one entity that are appended in order are written in order; a commit that is refused makes
/// every later one that stands on it be refused too. Reads see every commit that has been answered.
#[async_trait]
pub trait Journal: Send + Sync + 'static {
    /// Writes a commit. Returns at once; `done` is called when it is durable or refused. A crash before
    /// `done` leaves the commit either whole or absent.
    fn append(&self, commit: Commit, done: Done);

    /// Reads what is needed to bring an entity to life. Unknown entities load as `Loaded::default()`.
    async fn load(&self, entity: &EntityKey) -> Result<Loaded, JournalError>;

    /// The commits of an entity after number `after`, in order, at most `limit`.
    async fn history(
        &self,
        entity: &EntityKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Committed>, JournalError>;

    /// The commits of all entities after `after`, in the order they were written, at most `limit`.
    async fn tail(&self, after: Position, limit: usize) -> Result<Vec<TailEntry>, JournalError>;

    /// The position of the newest commit.
    async fn end(&self) -> Result<Position, JournalError>;

    /// Work of one kind due at or before `until_ms`, at most `limit`, starting after the row `after` of the
    /// same order. Timers come earliest first; effects in the order of their rank, and earliest first within
    /// one. Found by index, whatever the number of entities.
    async fn due(
        &self,
        kind: WorkKind,
        until_ms: i64,
        after: Option<&DueWork>,
        limit: usize,
    ) -> Result<Vec<DueWork>, JournalError>;

    /// Lists work for the operator.
    async fn work(&self, query: &WorkQuery) -> Result<Page<WorkRow>, JournalError>;

    /// Lists entities for the operator, in the order of their keys.
    async fn entities(&self, query: &EntityQuery) -> Result<Page<EntityHead>, JournalError>;

    /// One document of a view.
    async fn view(&self, collection: &str, key: &str) -> Result<Option<ViewRow>, JournalError>;

    /// A page of a view. A token that is not from this query is `BadToken`.
    async fn views(&self, query: &ViewQuery) -> Result<Page<ViewRow>, JournalError>;

    /// Sets or lifts the mark of an entity. Not fenced; repeatable.
    async fn mark(&self, entity: &EntityKey, mark: Option<Mark>) -> Result<(), JournalError>;

    /// Ends when the storage has failed so that nothing is written or read any more until the journal is opened
    /// again: the process is to end, and to be started again. Of what was not answered, nobody knows until then.
    async fn failed(&self) {
        std::future::pending().await
    }

    /// Waits for the writes under way and closes. Later appends are `Unavailable`.
    async fn close(&self);
}
