//! The rows of views that were read lately, so that who asks for the same row again needs no look into
//! the file.
//!
//! What is in here is what the file says, at every moment; [`RowCache::get`] is a read like any other.
//! Why that is so:
//!
//! **Only one thread writes.** The file belongs to this process ([`super::lock`]) and in it to the
//! writer's thread, which says before each `COMMIT` which rows it changes ([`RowCache::begin`]) and afterwards
//! which it did change ([`Writing::committed`]).
//!
//! **Before a row changes, it is gone from here.** Until its `COMMIT`, nobody sees what a group wrote.
//! `begin` takes the rows of the group out and closes their places: nothing is put there until the group
//! has ended. So while a `COMMIT` makes new rows
//! visible, nobody finds the old ones here; whoever asks reads the file.
//!
//! **A reader cannot bring an old row back.** Between the read of a row and its way in here a whole group
//! may have been written. So a reader notes the turn of the bucket before it reads ([`Missed`]), the end
//! of each group is a new turn, and what was read in another turn stays out.
//!
//! **What the group wrote comes back with its end**, which is when it is on the disk, if it was here before: a row
//! that is changed again and again is not read again and again. Only what was written: a commit that was refused,
//! or a repeat, has changed nothing. After a group that failed, or that panicked, nothing comes back.
//!
//! **Groups overlap.** While one is synced, the next is written. A place that several groups closed is open when
//! the last of them has ended, and only that one brings its row back: what an earlier one wrote is not what
//! the file says any more.
//!
//! **What may be lost is not taken in.** Until a group has ended, its places are closed. It ends with its sync; if
//! that fails, the failure is known before the places open ([`super::durability`]), and from then on nobody puts a
//! row here or takes one ([`SqliteJournal::view`](super::SqliteJournal)).
//!
//! It holds at most [`Options::row_cache_bytes`](super::Options::row_cache_bytes); the rows that were not
//! asked for go first. That there is no such row is not remembered.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::commit::{Appended, ViewChange};
use crate::error::AppendError;
use crate::query::ViewRow;

use super::writer::Change;

/// Readers of different rows seldom wait for each other.
const BUCKETS: usize = 64;

/// What a row costs beside its text, in bytes: the maps around it.
const OVERHEAD: usize = 256;

/// A row that is larger, in bytes, is read anew each time.
pub(super) const LARGEST: usize = 64 << 10;

/// The rows that were read lately.
#[derive(Debug)]
pub(super) struct RowCache {
    buckets: Vec<Mutex<Bucket>>,
    /// What the younger generation of a bucket holds at most, in bytes.
    generation: usize,
}

#[derive(Debug, Default)]
struct Bucket {
    /// Two generations, of which the older is forgotten when the younger is full.
    young: Rows,
    old: Rows,
    young_bytes: usize,
    /// The rows that groups are changing which have not ended, by the hash of their name. That another row has the
    /// same hash only keeps it out.
    closed_places: HashMap<u64, Closed>,
    /// How many groups have ended that changed a row of this bucket.
    turn: u64,
    /// Whether nothing is taken in any more.
    closed: bool,
}

/// A place that is being written to.
#[derive(Clone, Copy, Debug, Default)]
struct Closed {
    /// By how many groups.
    groups: u32,
    /// Whether its row was here before the first of them.
    hot: bool,
}

/// By collection, then by key.
type Rows = HashMap<String, HashMap<String, Arc<ViewRow>>>;

/// What a look found.
#[derive(Debug)]
pub(super) enum Looked {
    /// The row.
    Found(Arc<ViewRow>),
    /// Nothing; what is then read from the file may be put here with this.
    Missed(Missed),
}

/// The moment of a look that found nothing. `None`: the row is being written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Missed(Option<u64>);

impl RowCache {
    /// Holds at most so many bytes; none with 0.
    pub(super) fn new(bytes: usize) -> Self {
        Self {
            buckets: (0..BUCKETS).map(|_| Mutex::default()).collect(),
            generation: bytes / BUCKETS / 2,
        }
    }

    pub(super) fn get(&self, collection: &str, key: &str) -> Looked {
        if self.generation == 0 {
            return Looked::Missed(Missed(None));
        }
        let place = place(collection, key);
        let mut bucket = self.bucket(place).lock();
        match bucket.find(collection, key, self.generation) {
            Some(row) => Looked::Found(row),
            None => Looked::Missed(Missed(bucket.is_open(place).then_some(bucket.turn))),
        }
    }

    /// Takes in a row that was read after `missed`, unless a group may have changed it since.
    pub(super) fn put(&self, missed: Missed, collection: &str, row: &ViewRow) {
        let Some(turn) = missed.0 else {
            return;
        };
        let place = place(collection, &row.key);
        let mut bucket = self.bucket(place).lock();
        if bucket.turn == turn && bucket.is_open(place) {
            bucket.insert(collection, Arc::new(row.clone()), self.generation);
        }
    }

    /// Says which rows a group of the writer is about to change. To be called by the one writer, before
    /// its `COMMIT`.
    pub(super) fn begin(self: &Arc<Self>, changes: &[Change]) -> Writing {
        let mut writing = Writing {
            cache: Arc::clone(self),
            places: HashSet::new(),
        };
        if self.generation == 0 {
            return writing;
        }
        for view in changes.iter().flat_map(views) {
            let (collection, key) = name(view);
            let place = place(collection, key);
            let mut bucket = self.bucket(place).lock();
            let was_here = bucket.remove(collection, key);
            let closed = bucket.closed_places.entry(place).or_default();
            closed.groups += u32::from(writing.places.insert(place));
            closed.hot |= was_here;
        }
        writing
    }

    fn bucket(&self, place: u64) -> &Mutex<Bucket> {
        let index = usize::try_from(place % BUCKETS as u64).unwrap_or(0);
        &self.buckets[index]
    }

    /// Forgets everything, for good: whoever asks is sent to the file, which says that it is closed.
    pub(super) fn close(&self) {
        for bucket in &self.buckets {
            let mut bucket = bucket.lock();
            (bucket.young, bucket.old, bucket.young_bytes) = Default::default();
            bucket.closed = true;
        }
    }
}

/// A group that is being written. Dropped, it has ended, and what it was to change is read anew.
#[derive(Debug)]
pub(super) struct Writing {
    cache: Arc<RowCache>,
    /// What it closed.
    places: HashSet<u64>,
}

impl Writing {
    /// The group is durable, with these fates: takes in what it wrote.
    pub(super) fn committed(self, changes: &[Change], fates: &[Result<Appended, AppendError>]) {
        let mut newest: HashMap<(&str, &str), &ViewChange> = HashMap::new();
        for (change, fate) in changes.iter().zip(fates) {
            if matches!(fate, Ok(appended) if !appended.repeated) {
                newest.extend(views(change).map(|view| (name(view), view)));
            }
        }
        for ((collection, key), view) in newest {
            if let ViewChange::Put { sort, doc, .. } = view
                && doc.get().len() <= LARGEST
            {
                let place = place(collection, key);
                let mut bucket = self.cache.bucket(place).lock();
                let closed = bucket.closed_places.get(&place);
                if closed.is_some_and(|closed| closed.groups == 1 && closed.hot) {
                    let row = ViewRow {
                        key: key.to_owned(),
                        sort: sort.clone(),
                        doc: doc.clone(),
                    };
                    bucket.insert(collection, Arc::new(row), self.cache.generation);
                }
            }
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        for place in &self.places {
            let mut bucket = self.cache.bucket(*place).lock();
            bucket.turn += 1;
            if let Entry::Occupied(mut closed) = bucket.closed_places.entry(*place) {
                match closed.get().groups {
                    0 | 1 => drop(closed.remove()),
                    _ => closed.get_mut().groups -= 1,
                }
            }
        }
    }
}

impl Bucket {
    fn is_open(&self, place: u64) -> bool {
        !self.closed_places.contains_key(&place)
    }

    /// Finds a row; from now on it is young.
    fn find(&mut self, collection: &str, key: &str, generation: usize) -> Option<Arc<ViewRow>> {
        if let Some(row) = self.young.get(collection).and_then(|rows| rows.get(key)) {
            return Some(Arc::clone(row));
        }
        let row = self.old.get_mut(collection)?.remove(key)?;
        self.insert(collection, Arc::clone(&row), generation);
        Some(row)
    }

    fn insert(&mut self, collection: &str, row: Arc<ViewRow>, generation: usize) {
        let bytes = cost(&row);
        if bytes > generation || self.closed {
            return;
        }
        self.remove(collection, &row.key);
        if self.young_bytes + bytes > generation {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        self.young_bytes += bytes;
        match self.young.get_mut(collection) {
            Some(rows) => drop(rows.insert(row.key.clone(), row)),
            None => {
                let rows = HashMap::from([(row.key.clone(), row)]);
                self.young.insert(collection.to_owned(), rows);
            }
        }
    }

    fn remove(&mut self, collection: &str, key: &str) -> bool {
        let take = |rows: &mut Rows| rows.get_mut(collection)?.remove(key);
        let young = take(&mut self.young);
        let was_old = take(&mut self.old).is_some();
        if let Some(row) = &young {
            self.young_bytes = self.young_bytes.saturating_sub(cost(row));
        }
        young.is_some() || was_old
    }
}

fn cost(row: &ViewRow) -> usize {
    OVERHEAD + 2 * row.key.len() + row.sort.len() + row.doc.get().len()
}

fn views(change: &Change) -> impl Iterator<Item = &ViewChange> {
    let commit = match change {
        Change::Commit(commit) => Some(commit),
        Change::Mark(..) => None,
    };
    commit
        .into_iter()
        .flat_map(|commit| commit.views.iter().map(|view| &view.change))
}

fn name(view: &ViewChange) -> (&str, &str) {
    match view {
        ViewChange::Put {
            collection, key, ..
        }
        | ViewChange::Delete { collection, key } => (collection, key),
    }
}

/// The hash of a row's name.
fn place(collection: &str, key: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (collection, key).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use serde_json::value::RawValue;

    use super::super::prepared::Prepared;
    use super::*;
    use crate::commit::{Cause, Commit, CommitId};
    use crate::entity::EntityKey;

    const WRITTEN: Result<Appended, AppendError> = Ok(Appended {
        seq: 1,
        repeated: false,
    });

    fn row(key: &str, doc: &str) -> ViewRow {
        ViewRow {
            key: key.to_owned(),
            sort: "s".to_owned(),
            doc: RawValue::from_string(doc.to_owned()).unwrap(),
        }
    }

    /// A commit that puts or takes away rows of the collection `c`.
    fn change(views: &[(&str, Option<&str>)]) -> Change {
        let views = views.iter().map(|&(key, doc)| match doc {
            Some(doc) => ViewChange::Put {
                collection: "c".to_owned(),
                key: key.to_owned(),
                sort: "s".to_owned(),
                fields: Vec::new(),
                doc: RawValue::from_string(doc.to_owned()).unwrap(),
            },
            None => ViewChange::Delete {
                collection: "c".to_owned(),
                key: key.to_owned(),
            },
        });
        let commit = Commit {
            entity: EntityKey::new("a", "1"),
            expected: 0,
            parent: None,
            commit_id: CommitId([1; 16]),
            at_ms: 1,
            cause: Cause::default(),
            events: Vec::new(),
            receipt: None,
            work: Vec::new(),
            views: views.collect(),
            snapshot: None,
        };
        Change::Commit(Box::new(Prepared::new(commit).unwrap()))
    }

    fn found(cache: &RowCache, key: &str) -> Option<String> {
        match cache.get("c", key) {
            Looked::Found(row) => Some(row.doc.get().to_owned()),
            Looked::Missed(_) => None,
        }
    }

    fn missed(cache: &RowCache, key: &str) -> Missed {
        match cache.get("c", key) {
            Looked::Missed(missed) => missed,
            Looked::Found(row) => panic!("{row:?} is there"),
        }
    }

    fn holding(rows: &[(&str, &str)]) -> Arc<RowCache> {
        let cache = Arc::new(RowCache::new(1 << 20));
        for (key, doc) in rows {
            cache.put(missed(&cache, key), "c", &row(key, doc));
        }
        cache
    }

    #[test]
    fn a_row_that_is_being_written_is_not_found_and_comes_back_new() {
        let cache = holding(&[("a", "1"), ("b", "1")]);
        let group = [change(&[("a", Some("2"))]), change(&[("a", Some("3"))])];
        let writing = cache.begin(&group);
        assert_eq!(found(&cache, "a"), None);
        assert_eq!(found(&cache, "b").unwrap(), "1");
        writing.committed(&group, &[WRITTEN, WRITTEN]);
        assert_eq!(found(&cache, "a").unwrap(), "3");
    }

    #[test]
    fn what_was_read_before_a_group_ended_stays_out() {
        let cache = holding(&[]);
        let group = [change(&[("a", Some("2"))])];
        let before = missed(&cache, "a");
        let writing = cache.begin(&group);
        let during = missed(&cache, "a");
        cache.put(before, "c", &row("a", "1"));
        cache.put(during, "c", &row("a", "1"));
        assert_eq!(found(&cache, "a"), None, "while it is written");
        writing.committed(&group, &[WRITTEN]);
        cache.put(before, "c", &row("a", "1"));
        cache.put(during, "c", &row("a", "1"));
        assert_eq!(found(&cache, "a"), None, "after it was written");
        cache.put(missed(&cache, "a"), "c", &row("a", "2"));
        assert_eq!(found(&cache, "a").unwrap(), "2");
    }

    #[test]
    fn a_group_that_failed_leaves_nothing_behind() {
        let cache = holding(&[("a", "1")]);
        let group = [change(&[("a", Some("2"))])];
        drop(cache.begin(&group));
        assert_eq!(found(&cache, "a"), None);
        cache.put(missed(&cache, "a"), "c", &row("a", "1"));
        assert_eq!(found(&cache, "a").unwrap(), "1", "it can be read again");
    }

    /// The first group is on the disk while the second is still written: what the first wrote is old by then.
    #[test]
    fn of_groups_that_overlap_the_last_one_brings_its_row_back() {
        let cache = holding(&[("a", "1"), ("b", "1")]);
        let (first, second) = (
            [change(&[("a", Some("2")), ("b", Some("2"))])],
            [change(&[("a", Some("3"))])],
        );
        let writing = cache.begin(&first);
        let next = cache.begin(&second);
        writing.committed(&first, &[WRITTEN]);
        assert_eq!(found(&cache, "a"), None);
        assert_eq!(found(&cache, "b").unwrap(), "2");
        let during = missed(&cache, "a");
        cache.put(during, "c", &row("a", "2"));
        assert_eq!(found(&cache, "a"), None);
        next.committed(&second, &[WRITTEN]);
        assert_eq!(found(&cache, "a").unwrap(), "3");
    }

    /// The second group is rolled back while the first is still on its way to the disk.
    #[test]
    fn after_a_later_group_failed_the_earlier_one_brings_its_row_back() {
        let cache = holding(&[("a", "1")]);
        let first = [change(&[("a", Some("2"))])];
        let writing = cache.begin(&first);
        drop(cache.begin(&[change(&[("a", Some("3"))])]));
        assert_eq!(found(&cache, "a"), None);
        writing.committed(&first, &[WRITTEN]);
        assert_eq!(found(&cache, "a").unwrap(), "2");
    }

    #[test]
    fn only_what_was_written_comes_back() {
        let refused = || Err(AppendError::Unavailable);
        let repeated = || {
            Ok(Appended {
                seq: 1,
                repeated: true,
            })
        };
        let cache = holding(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let group = [
            change(&[("a", Some("2"))]),
            change(&[("a", Some("3"))]),
            change(&[("b", Some("4"))]),
            change(&[("c", None)]),
        ];
        let fates = [WRITTEN, refused(), repeated(), WRITTEN];
        cache.begin(&group).committed(&group, &fates);
        assert_eq!(found(&cache, "a").unwrap(), "2");
        assert_eq!(found(&cache, "b"), None);
        assert_eq!(found(&cache, "c"), None);
    }

    #[test]
    fn rows_that_nobody_asked_for_are_not_taken_in() {
        let cache = holding(&[]);
        let group = [change(&[("a", Some("2"))])];
        cache.begin(&group).committed(&group, &[WRITTEN]);
        assert_eq!(found(&cache, "a"), None);
    }

    #[test]
    fn it_never_grows_beyond_its_size_and_keeps_what_is_asked_for() {
        let cache = RowCache::new(BUCKETS * 2 * 4 * OVERHEAD);
        cache.put(missed(&cache, "wanted"), "c", &row("wanted", "1"));
        for n in 0..10_000 {
            let key = format!("k{n}");
            cache.put(missed(&cache, &key), "c", &row(&key, "1"));
            assert!(found(&cache, "wanted").is_some(), "after {n} others");
        }
        let bytes: usize = cache
            .buckets
            .iter()
            .flat_map(|bucket| {
                let bucket = bucket.lock();
                let rows = [&bucket.young, &bucket.old].map(|rows| {
                    let all = rows.values().flat_map(HashMap::values);
                    all.map(|row| cost(row)).sum::<usize>()
                });
                assert_eq!(rows[0], bucket.young_bytes);
                rows
            })
            .sum();
        assert!(bytes <= BUCKETS * 2 * 4 * OVERHEAD, "{bytes}");
        let large = "1".repeat(8 * OVERHEAD);
        cache.put(missed(&cache, "large"), "c", &row("large", &large));
        assert_eq!(found(&cache, "large"), None);
    }

    #[test]
    fn with_no_room_it_holds_nothing() {
        let cache = RowCache::new(0);
        cache.put(missed(&cache, "a"), "c", &row("a", "1"));
        assert_eq!(found(&cache, "a"), None);
    }
}
