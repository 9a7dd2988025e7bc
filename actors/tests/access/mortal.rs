use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use datamesh_journal::{
    AppendError, Commit, Committed, Done, DueWork, EntityHead, EntityKey, EntityQuery, Journal,
    JournalError, Loaded, Mark, Page, Position, TailEntry, ViewQuery, ViewRow, WorkKind, WorkQuery,
    WorkRow,
};
use tokio::sync::Notify;

/// When a process dies.
#[derive(Clone, Copy, Debug)]
pub enum Death {
    /// As soon as it has asked for this commit: what the commit stands for is not begun.
    After(usize),
    /// When it asks for the one after this commit: what this one stands for may be done, and nobody knows.
    BeforeNext(usize),
}

/// A journal that takes so many commits and no more: what runs on it is as good as dead from then on. Nothing
/// that it does after that is known to anybody.
pub struct Mortal {
    inner: Arc<dyn Journal>,
    death: Option<Death>,
    commits: AtomicUsize,
    dead: AtomicBool,
    died: Notify,
}

impl Mortal {
    pub fn new(inner: Arc<dyn Journal>, death: Option<Death>) -> Self {
        Self {
            inner,
            death,
            commits: AtomicUsize::new(0),
            dead: AtomicBool::new(false),
            died: Notify::new(),
        }
    }

    /// How many commits were asked of it.
    pub fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Waits until it is dead.
    pub async fn death(&self) {
        while !self.is_dead() {
            self.died.notified().await;
        }
    }
}

#[async_trait]
impl Journal for Mortal {
    fn append(&self, commit: Commit, done: Done) {
        let number = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        let (taken, dies) = match self.death {
            None => (true, false),
            Some(Death::After(last)) => (number <= last, number >= last),
            Some(Death::BeforeNext(last)) => (number <= last, number > last),
        };
        match taken {
            true => self.inner.append(commit, done),
            false => done(Err(AppendError::Unavailable)),
        }
        if dies {
            self.dead.store(true, Ordering::SeqCst);
            self.died.notify_one();
        }
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
