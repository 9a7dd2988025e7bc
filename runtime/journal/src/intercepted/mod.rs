//! A journal whose writes pass through a test's hands, so that it stands between a decision and its durability:
//! it holds them back ([`HeldJournal`]), or refuses them as a process does that is as good as dead.

mod held;

use std::sync::Arc;

use async_trait::async_trait;

use crate::commit::{Commit, Committed, Loaded, WorkKind};
use crate::entity::{EntityHead, EntityKey, Mark};
use crate::error::JournalError;
use crate::journal::{Done, Journal};
use crate::query::{
    DueWork, EntityQuery, Page, Position, TailEntry, ViewQuery, ViewRow, WorkQuery, WorkRow,
};

pub use held::{HeldJournal, Holding};

/// What becomes of writes.
pub trait Writes: Send + Sync + 'static {
    /// A commit on its way to `journal`: it is handed on, now or later, or `done` is answered for it.
    fn append(&self, journal: &dyn Journal, commit: Commit, done: Done);
}

/// A journal before which somebody stands. Only writes are met; everything else passes.
pub struct Intercepted<W> {
    journal: Arc<dyn Journal>,
    writes: W,
}

impl<W: Writes> Intercepted<W> {
    /// This journal, with `writes` before it.
    pub fn by(writes: W, journal: Arc<dyn Journal>) -> Arc<Self> {
        Arc::new(Self { journal, writes })
    }

    /// Who stands before it.
    pub fn writes(&self) -> &W {
        &self.writes
    }
}

#[async_trait]
impl<W: Writes> Journal for Intercepted<W> {
    fn append(&self, commit: Commit, done: Done) {
        self.writes.append(&*self.journal, commit, done);
    }

    async fn load(&self, entity: &EntityKey) -> Result<Loaded, JournalError> {
        self.journal.load(entity).await
    }

    async fn history(
        &self,
        entity: &EntityKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Committed>, JournalError> {
        self.journal.history(entity, after, limit).await
    }

    async fn tail(&self, after: Position, limit: usize) -> Result<Vec<TailEntry>, JournalError> {
        self.journal.tail(after, limit).await
    }

    async fn end(&self) -> Result<Position, JournalError> {
        self.journal.end().await
    }

    async fn due(
        &self,
        kind: WorkKind,
        until_ms: i64,
        after: Option<&DueWork>,
        limit: usize,
    ) -> Result<Vec<DueWork>, JournalError> {
        self.journal.due(kind, until_ms, after, limit).await
    }

    async fn work(&self, query: &WorkQuery) -> Result<Page<WorkRow>, JournalError> {
        self.journal.work(query).await
    }

    async fn entities(&self, query: &EntityQuery) -> Result<Page<EntityHead>, JournalError> {
        self.journal.entities(query).await
    }

    async fn view(&self, collection: &str, key: &str) -> Result<Option<ViewRow>, JournalError> {
        self.journal.view(collection, key).await
    }

    async fn views(&self, query: &ViewQuery) -> Result<Page<ViewRow>, JournalError> {
        self.journal.views(query).await
    }

    async fn mark(&self, entity: &EntityKey, mark: Option<Mark>) -> Result<(), JournalError> {
        self.journal.mark(entity, mark).await
    }

    async fn failed(&self) {
        self.journal.failed().await;
    }

    async fn close(&self) {
        self.journal.close().await;
    }
}
