//! The journal of a simulated mesh, in memory: whole commits, fences, receipts, work, views, marks. Every
//! commit that was ever written stays.
//!
//! It answers at once. Lateness, loss and time-outs are the business of whoever stands between a pod and it.
//! It lists nothing for operators and no pages of views: nothing of the runtime reads them.

use std::collections::{BTreeMap, VecDeque};

use async_trait::async_trait;
use datamesh_journal::{
    AppendError, Appended, Commit, CommitId, Committed, Done, DueWork, EntityHead, EntityKey,
    EntityQuery, Journal, JournalError, Loaded, Mark, Page, Position, Receipt, Snapshot, TailEntry,
    ViewChange, ViewQuery, ViewRow, Work, WorkChange, WorkKind, WorkQuery, WorkRow,
};
use parking_lot::Mutex;

use crate::bug::Bug;

/// What is kept of one entity.
#[derive(Default)]
struct Log {
    commits: Vec<Commit>,
    receipts: VecDeque<Receipt>,
    work: BTreeMap<String, Work>,
    mark: Option<Mark>,
}

#[derive(Default)]
struct Inner {
    logs: BTreeMap<EntityKey, Log>,
    /// All commits in the order they were written: entity and number.
    order: Vec<(EntityKey, u64)>,
    /// The documents of all views by collection and key.
    views: BTreeMap<(String, String), ViewRow>,
    /// How many receipts an entity keeps.
    receipts_kept: usize,
    /// How many of the newest commits the index of due work does not show.
    lag: usize,
    closed: bool,
    bug: Option<Bug>,
}

/// A journal in memory.
pub struct SimJournal {
    inner: Mutex<Inner>,
}

impl SimJournal {
    /// An empty journal that keeps so many receipts of an entity. Some bugs are in the journal itself.
    pub fn new(receipts_kept: usize, bug: Option<Bug>) -> Self {
        let receipts_kept = match bug {
            Some(Bug::ReceiptsTrimmedEarly) => receipts_kept / 2,
            _ => receipts_kept,
        };
        Self {
            inner: Mutex::new(Inner {
                receipts_kept,
                bug,
                ..Inner::default()
            }),
        }
    }

    /// From now on [`Journal::due`] answers as it would have so many commits ago.
    pub fn lag(&self, commits: usize) {
        self.inner.lock().lag = commits;
    }

    /// Writes a commit, now.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn write(&self, commit: Commit) -> Result<Appended, AppendError> {
        self.inner.lock().write(commit)
    }

    /// Reads an entity, now.
    pub fn read(&self, key: &EntityKey) -> Loaded {
        self.inner.lock().load(key)
    }

    /// How many commits there are.
    pub fn len(&self) -> usize {
        self.inner.lock().order.len()
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All work that is not done, with its entity, in the order of keys.
    pub fn open_work(&self) -> Vec<(EntityKey, Work)> {
        let inner = self.inner.lock();
        let rows = inner
            .logs
            .iter()
            .flat_map(|(key, log)| log.work.values().map(|work| (key.clone(), work.clone())));
        rows.collect()
    }

    /// Whether all work is done.
    pub fn rests(&self) -> bool {
        let inner = self.inner.lock();
        inner.logs.values().all(|log| log.work.is_empty())
    }

    /// Whether this work is to be done, now or later.
    pub fn is_due(&self, key: &EntityKey, work_id: &str) -> bool {
        let inner = self.inner.lock();
        let work = inner.logs.get(key).and_then(|log| log.work.get(work_id));
        work.is_some_and(|work| work.due_ms.is_some())
    }

    /// The least rank of all effects that are due some time; none while the index is behind.
    pub fn least_rank(&self) -> Option<u8> {
        let inner = self.inner.lock();
        let work = inner.logs.values().flat_map(|log| log.work.values());
        let due = work.filter(|work| work.kind == WorkKind::Effect && work.due_ms.is_some());
        due.map(|work| work.rank).min().filter(|_| inner.lag == 0)
    }

    /// Looks at the newest commit of an entity: the id of the one before it, the commit, its number.
    pub fn newest<R>(
        &self,
        key: &EntityKey,
        look: impl FnOnce(Option<CommitId>, &Commit, u64) -> R,
    ) -> Option<R> {
        let inner = self.inner.lock();
        let commits = &inner.logs.get(key)?.commits;
        let (last, before) = commits.split_last()?;
        let before = before.last().map(|commit| commit.commit_id);
        Some(look(before, last, commits.len() as u64))
    }

    /// What a view shows under this key.
    pub fn shown(&self, collection: &str, key: &str) -> Option<ViewRow> {
        let place = (collection.to_owned(), key.to_owned());
        self.inner.lock().views.get(&place).cloned()
    }

    fn open(&self) -> Result<(), JournalError> {
        match self.inner.lock().closed {
            true => Err(JournalError::Closed),
            false => Ok(()),
        }
    }

    /// The mark of an entity.
    pub fn mark_of(&self, key: &EntityKey) -> Option<Mark> {
        self.inner.lock().logs.get(key)?.mark.clone()
    }

    /// Sets or lifts the mark of an entity, now.
    pub fn keep(&self, entity: &EntityKey, mark: Option<Mark>) {
        self.inner
            .lock()
            .logs
            .entry(entity.clone())
            .or_default()
            .mark = mark;
    }
}

impl Inner {
    fn write(&mut self, commit: Commit) -> Result<Appended, AppendError> {
        if self.closed {
            return Err(AppendError::Unavailable);
        }
        let log = self.logs.entry(commit.entity.clone()).or_default();
        let actual = log.commits.len() as u64;
        let head = log.commits.last().map(|c| c.commit_id);
        let place = usize::try_from(commit.expected).unwrap_or(usize::MAX);
        let there = log.commits.get(place);
        if there.is_some_and(|c| c.commit_id == commit.commit_id) {
            return Ok(Appended {
                seq: commit.expected + 1,
                repeated: true,
            });
        }
        let fits = match self.bug {
            Some(Bug::FenceIgnored) => true,
            Some(Bug::ParentUnchecked) => commit.expected == actual,
            _ => commit.expected == actual && commit.parent == head,
        };
        if !fits {
            return Err(AppendError::Fenced {
                expected: commit.expected,
                actual,
            });
        }
        for change in &commit.work {
            change_work(&mut log.work, change);
        }
        log.receipts.extend(commit.receipt.clone());
        while log.receipts.len() > self.receipts_kept {
            log.receipts.pop_front();
        }
        for change in &commit.views {
            change_view(&mut self.views, change);
        }
        self.order.push((commit.entity.clone(), actual + 1));
        log.commits.push(commit);
        Ok(Appended {
            seq: actual + 1,
            repeated: false,
        })
    }

    fn load(&self, key: &EntityKey) -> Loaded {
        let Some(log) = self.logs.get(key) else {
            return Loaded::default();
        };
        let numbered = || log.commits.iter().zip(1_u64..);
        let snapshots = numbered().filter_map(|(commit, seq)| {
            let data = commit.snapshot.clone()?;
            Some(Snapshot { seq, data })
        });
        let snapshot = snapshots.last();
        let from = snapshot.as_ref().map_or(0, |s| s.seq);
        let after = numbered().filter(|(_, seq)| *seq > from);
        Loaded {
            seq: log.commits.len() as u64,
            head: log.commits.last().map(|c| c.commit_id),
            snapshot,
            commits: after.map(|(commit, seq)| committed(commit, seq)).collect(),
            receipts: log.receipts.iter().cloned().collect(),
            work: log.work.values().cloned().collect(),
            mark: log.mark.clone(),
        }
    }

    /// The work of every entity as it was `lag` commits ago.
    fn stale(&self) -> BTreeMap<EntityKey, BTreeMap<String, Work>> {
        let mut index: BTreeMap<EntityKey, BTreeMap<String, Work>> = BTreeMap::new();
        let seen = self.order.len().saturating_sub(self.lag);
        for (key, seq) in &self.order[..seen] {
            let place = usize::try_from(seq.saturating_sub(1)).unwrap_or(usize::MAX);
            if let Some(commit) = self.logs.get(key).and_then(|log| log.commits.get(place)) {
                let work = index.entry(key.clone()).or_default();
                for change in &commit.work {
                    change_work(work, change);
                }
            }
        }
        index
    }

    fn due(&self, kind: WorkKind, until_ms: i64) -> Vec<DueWork> {
        let row = |entity: &EntityKey, work: &Work| {
            let due_ms = work.due_ms.filter(|due_ms| *due_ms <= until_ms)?;
            (work.kind == kind).then(|| DueWork {
                entity: entity.clone(),
                work_id: work.id.clone(),
                kind,
                due_ms,
                rank: work.rank,
            })
        };
        let mut rows: Vec<DueWork> = Vec::new();
        if self.lag == 0 {
            for (entity, log) in &self.logs {
                rows.extend(log.work.values().filter_map(|work| row(entity, work)));
            }
        } else {
            for (entity, works) in &self.stale() {
                rows.extend(works.values().filter_map(|work| row(entity, work)));
            }
        }
        rows.sort_by(|a, b| place(a).cmp(&place(b)));
        rows
    }
}

/// Timers know no rank.
fn place(row: &DueWork) -> (u8, i64, &EntityKey, &str) {
    let rank = match row.kind {
        WorkKind::Effect => row.rank,
        WorkKind::Timer => Work::NORMAL,
    };
    (rank, row.due_ms, &row.entity, &row.work_id)
}

fn change_work(work: &mut BTreeMap<String, Work>, change: &WorkChange) {
    match change {
        WorkChange::Put(put) => drop(work.insert(put.id.clone(), put.clone())),
        WorkChange::Remove(id) => drop(work.remove(id)),
    }
}

fn change_view(views: &mut BTreeMap<(String, String), ViewRow>, change: &ViewChange) {
    match change {
        ViewChange::Put {
            collection,
            key,
            sort,
            doc,
            ..
        } => {
            let row = ViewRow {
                key: key.clone(),
                sort: sort.clone(),
                doc: doc.clone(),
            };
            views.insert((collection.clone(), key.clone()), row);
        }
        ViewChange::Delete { collection, key } => {
            views.remove(&(collection.clone(), key.clone()));
        }
    }
}

fn committed(commit: &Commit, seq: u64) -> Committed {
    Committed {
        seq,
        commit_id: commit.commit_id,
        at_ms: commit.at_ms,
        cause: commit.cause.clone(),
        events: commit.events.clone(),
    }
}

fn not_kept<T>(what: &str) -> Result<T, JournalError> {
    let text = format!("a simulated journal keeps no {what}");
    Err(JournalError::Storage(text))
}

#[async_trait]
impl Journal for SimJournal {
    fn append(&self, commit: Commit, done: Done) {
        let fate = self.write(commit);
        done(fate);
    }

    async fn load(&self, entity: &EntityKey) -> Result<Loaded, JournalError> {
        self.open()?;
        Ok(self.read(entity))
    }

    async fn history(
        &self,
        entity: &EntityKey,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Committed>, JournalError> {
        let inner = self.inner.lock();
        let commits = inner.logs.get(entity).map(|log| log.commits.iter());
        let commits = commits.into_iter().flatten().zip(1_u64..);
        let rest = commits.filter(|(_, seq)| *seq > after).take(limit);
        Ok(rest.map(|(commit, seq)| committed(commit, seq)).collect())
    }

    async fn tail(&self, after: Position, limit: usize) -> Result<Vec<TailEntry>, JournalError> {
        let inner = self.inner.lock();
        let order = inner.order.iter().zip(1_u64..);
        let rest = order.filter(|(_, position)| *position > after.0);
        let entries = rest.take(limit).filter_map(|((entity, seq), position)| {
            let place = usize::try_from(seq.saturating_sub(1)).ok()?;
            let commit = inner.logs.get(entity)?.commits.get(place)?;
            Some(TailEntry {
                position: Position(position),
                entity: entity.clone(),
                commit: committed(commit, *seq),
            })
        });
        Ok(entries.collect())
    }

    async fn end(&self) -> Result<Position, JournalError> {
        Ok(Position(self.len() as u64))
    }

    async fn due(
        &self,
        kind: WorkKind,
        until_ms: i64,
        after: Option<&DueWork>,
        limit: usize,
    ) -> Result<Vec<DueWork>, JournalError> {
        let rows = self.inner.lock().due(kind, until_ms);
        let beyond = |row: &DueWork| after.is_none_or(|after| place(row) > place(after));
        Ok(rows.into_iter().filter(beyond).take(limit).collect())
    }

    async fn work(&self, _: &WorkQuery) -> Result<Page<WorkRow>, JournalError> {
        not_kept("list of work")
    }

    async fn entities(&self, _: &EntityQuery) -> Result<Page<EntityHead>, JournalError> {
        not_kept("list of entities")
    }

    async fn view(&self, collection: &str, key: &str) -> Result<Option<ViewRow>, JournalError> {
        self.open()?;
        Ok(self.shown(collection, key))
    }

    async fn views(&self, _: &ViewQuery) -> Result<Page<ViewRow>, JournalError> {
        not_kept("pages of views")
    }

    async fn mark(&self, entity: &EntityKey, mark: Option<Mark>) -> Result<(), JournalError> {
        self.open()?;
        self.keep(entity, mark);
        Ok(())
    }

    async fn close(&self) {
        self.inner.lock().closed = true;
    }
}
