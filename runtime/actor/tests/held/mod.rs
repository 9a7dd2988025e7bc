//! A journal whose writes can be held back, so that a test stands between a decision and its durability.

use std::sync::Arc;

use async_trait::async_trait;
use datamesh_journal::{
    Commit, Committed, Done, DueWork, EntityHead, EntityKey, EntityQuery, Journal, JournalError,
    Loaded, Mark, Page, Position, TailEntry, ViewQuery, ViewRow, WorkKind, WorkQuery, WorkRow,
};
use parking_lot::Mutex;

/// A journal, and what waits to be written to it.
pub struct HeldJournal<J> {
    inner: J,
    held: Mutex<Option<Vec<(Commit, Done)>>>,
}

impl<J: Journal> HeldJournal<J> {
    pub fn new(inner: J) -> Arc<Self> {
        let held = Mutex::new(None);
        Arc::new(Self { inner, held })
    }

    /// Writes nothing from now on.
    pub fn hold(&self) {
        self.held.lock().get_or_insert_default();
    }

    /// Writes what waits, and all that comes.
    pub fn release(&self) {
        let waiting = self.held.lock().take().unwrap_or_default();
        for (commit, done) in waiting {
            self.inner.append(commit, done);
        }
    }

    /// How many writes wait.
    pub fn waiting(&self) -> usize {
        self.held.lock().as_ref().map_or(0, Vec::len)
    }
}

#[async_trait]
impl<J: Journal> Journal for HeldJournal<J> {
    fn append(&self, commit: Commit, done: Done) {
        if let Some(held) = &mut *self.held.lock() {
            held.push((commit, done));
            return;
        }
        self.inner.append(commit, done);
    }

    async fn load(&self, entity: &EntityKey) -> Result<Loaded, JournalError> {
        self.inner.load(entity).await
    }

    async fn history(
        &self,
        entity: &EntityKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Committed>, JournalError> {
        self.inner.history(entity, after, limit).await
    }

    async fn tail(&self, after: Position, limit: usize) -> Result<Vec<TailEntry>, JournalError> {
        self.inner.tail(after, limit).await
    }

    async fn end(&self) -> Result<Position, JournalError> {
        self.inner.end().await
    }

    async fn due(
        &self,
        kind: WorkKind,
        until_ms: i64,
        after: Option<&DueWork>,
        limit: usize,
    ) -> Result<Vec<DueWork>, JournalError> {
        self.inner.due(kind, until_ms, after, limit).await
    }

    async fn work(&self, query: &WorkQuery) -> Result<Page<WorkRow>, JournalError> {
        self.inner.work(query).await
    }

    async fn entities(&self, query: &EntityQuery) -> Result<Page<EntityHead>, JournalError> {
        self.inner.entities(query).await
    }

    async fn view(&self, collection: &str, key: &str) -> Result<Option<ViewRow>, JournalError> {
        self.inner.view(collection, key).await
    }

    async fn views(&self, query: &ViewQuery) -> Result<Page<ViewRow>, JournalError> {
        self.inner.views(query).await
    }

    async fn mark(&self, entity: &EntityKey, mark: Option<Mark>) -> Result<(), JournalError> {
        self.inner.mark(entity, mark).await
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}
