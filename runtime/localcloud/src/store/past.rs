//! What documents were before they changed: for readers who are to see an older state.
//!
//! Nothing is kept until somebody wants it ([`Past::keep`]), and then only of the services that
//! are wanted, in memory, the latest 100,000 changes, and of these 256 MiB. A document before a change is its text; a
//! change that was rolled back is not kept. Bytes (`put_blob`) have no past.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use super::Scope;
use crate::clock::DrivenClock;

/// How many changes are remembered; what was before older ones is forgotten.
const REMEMBERED: usize = 100_000;
/// How many bytes of them.
const REMEMBERED_BYTES: usize = 256 << 20;

/// Where a document is: account, region, collection, key.
type Place = (String, String, String, String);

/// A document that was written, and its text before; `None` if it was not there.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) scope: Scope,
    pub(super) collection: String,
    pub(super) key: String,
    pub(super) before: Option<String>,
}

/// A document was this (or was not there) until then.
#[derive(Debug)]
struct Change {
    changed_ms: i64,
    before: Option<String>,
}

impl Change {
    /// The bytes that it takes, with its name, which is kept twice.
    fn size(&self, place: &Place) -> usize {
        let (account, region, collection, key) = place;
        let name = account.len() + region.len() + collection.len() + key.len();
        2 * name + self.before.as_ref().map_or(0, String::len)
    }
}

#[derive(Debug, Default)]
struct Inner {
    /// Of which services, by the beginning of their collections; none in the set: of all.
    kept: Option<BTreeSet<String>>,
    /// In the order in which they happened.
    changes: BTreeMap<Place, Vec<Change>>,
    order: VecDeque<Place>,
    bytes: usize,
}

impl Inner {
    fn forget_oldest(&mut self) {
        let Some(place) = self.order.pop_front() else {
            return;
        };
        if let Some(changes) = self.changes.get_mut(&place) {
            self.bytes = self.bytes.saturating_sub(changes.remove(0).size(&place));
            if changes.is_empty() {
                self.changes.remove(&place);
            }
        }
    }
}

/// The past of one store.
#[derive(Default)]
pub(crate) struct Past {
    clock: Option<DrivenClock>,
    is_kept: AtomicBool,
    inner: Mutex<Inner>,
}

impl fmt::Debug for Past {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Past").finish_non_exhaustive()
    }
}

impl Past {
    /// Changes happen by this clock.
    pub(crate) fn new(clock: DrivenClock) -> Self {
        Self {
            clock: Some(clock),
            ..Self::default()
        }
    }

    /// From now on keeps the past of these services (`None`: of all), and forgets that of others.
    pub(crate) fn keep<'a>(&self, services: impl Iterator<Item = Option<&'a str>>) {
        let (mut named, mut all) = (BTreeSet::new(), false);
        for service in services {
            match service {
                Some(service) => {
                    named.insert(format!("{service}."));
                }
                None => all = true,
            }
        }
        let is_kept = all || !named.is_empty();
        let mut inner = self.inner.lock();
        if all {
            named.clear();
        }
        inner.kept = is_kept.then_some(named);
        let Inner {
            kept,
            changes,
            order,
            bytes,
        } = &mut *inner;
        changes.retain(|place, _| keeps(kept.as_ref(), &place.2));
        order.retain(|place| keeps(kept.as_ref(), &place.2));
        let sizes = changes
            .iter()
            .flat_map(|(place, changes)| changes.iter().map(|change| change.size(place)));
        *bytes = sizes.sum();
        self.is_kept.store(is_kept, Ordering::SeqCst);
    }

    /// Forgets what was: the file was replaced.
    pub(super) fn forget(&self) {
        let mut inner = self.inner.lock();
        inner.changes.clear();
        inner.order.clear();
        inner.bytes = 0;
    }

    /// Whether what a collection's documents are before a change is wanted.
    pub(crate) fn wants(&self, collection: &str) -> bool {
        self.is_kept.load(Ordering::SeqCst) && keeps(self.inner.lock().kept.as_ref(), collection)
    }

    /// The changes of a transaction that was just committed.
    pub(super) fn remember(&self, changes: Vec<Changed>) {
        let Some(clock) = self.clock.as_ref().filter(|_| !changes.is_empty()) else {
            return;
        };
        let changed_ms = clock.now_ms();
        let mut inner = self.inner.lock();
        for changed in changes {
            let scope = changed.scope;
            let place = (scope.account, scope.region, changed.collection, changed.key);
            inner.order.push_back(place.clone());
            let before = changed.before;
            let change = Change { changed_ms, before };
            inner.bytes += change.size(&place);
            inner.changes.entry(place).or_default().push(change);
        }
        while inner.order.len() > REMEMBERED || inner.bytes > REMEMBERED_BYTES {
            inner.forget_oldest();
        }
    }

    /// A document as it was at `since_ms`, if it changed later.
    pub(super) fn then(
        &self,
        since_ms: i64,
        scope: &Scope,
        collection: &str,
        key: &str,
    ) -> Option<Option<String>> {
        let inner = self.inner.lock();
        let changes = inner.changes.get(&place(scope, collection, key))?;
        let first = changes.iter().find(|change| change.changed_ms > since_ms)?;
        Some(first.before.clone())
    }

    /// The documents of a collection whose keys are at least `from` and begin with `prefix` and
    /// that changed later than `since_ms`, as they were then.
    pub(super) fn since(
        &self,
        since_ms: i64,
        scope: &Scope,
        collection: &str,
        (from, prefix): (&str, &str),
    ) -> BTreeMap<String, Option<String>> {
        let inner = self.inner.lock();
        let range = (
            Bound::Included(place(scope, collection, from)),
            Bound::Unbounded,
        );
        inner
            .changes
            .range(range)
            .take_while(|(at, _)| {
                at.0 == scope.account
                    && at.1 == scope.region
                    && at.2 == collection
                    && at.3.starts_with(prefix)
            })
            .filter_map(|(at, changes)| {
                let first = changes.iter().find(|change| change.changed_ms > since_ms)?;
                Some((at.3.clone(), first.before.clone()))
            })
            .collect()
    }
}

fn place(scope: &Scope, collection: &str, key: &str) -> Place {
    (
        scope.account.clone(),
        scope.region.clone(),
        collection.to_owned(),
        key.to_owned(),
    )
}

fn keeps(kept: Option<&BTreeSet<String>>, collection: &str) -> bool {
    kept.is_some_and(|kept| {
        kept.is_empty() || kept.iter().any(|service| collection.starts_with(service))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use std::sync::Arc;

    use super::*;
    use crate::ManualClock;

    #[test]
    fn the_past_is_bounded_by_its_bytes() {
        let clock = DrivenClock::new(Arc::new(ManualClock::new(1_000)));
        let past = Past::new(clock);
        past.keep([None].into_iter());
        let scope = Scope::global();
        let large = "x".repeat(REMEMBERED_BYTES / 4);
        for key in ["1", "2", "3", "4", "5"] {
            past.remember(vec![Changed {
                scope: scope.clone(),
                collection: "s.c".to_owned(),
                key: key.to_owned(),
                before: Some(large.clone()),
            }]);
        }
        let known = |key| past.then(0, &scope, "s.c", key).is_some();
        assert_eq!(["1", "2", "3", "5"].map(known), [false, false, true, true]);
        past.keep([Some("other")].into_iter());
        assert_eq!(past.inner.lock().bytes, 0);
    }
}
