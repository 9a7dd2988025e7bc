//! Lists that lag behind: what the documents of a service were, for as long as its lists lag.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use serde_json::Value;

use crate::store::Scope;

/// How many changes are remembered; older ones are seen at once.
const REMEMBERED: usize = 100_000;

/// A document before a change.
#[derive(Debug)]
struct Past {
    service: String,
    scope: Scope,
    key: String,
    changed_ms: i64,
    before: Option<Value>,
}

#[derive(Debug, Default)]
pub(super) struct Lagging {
    /// Milliseconds, by service.
    by: HashMap<String, i64>,
    past: VecDeque<Past>,
}

impl Lagging {
    pub(super) fn set(&mut self, service: &str, by: Duration) {
        if by.is_zero() {
            self.by.remove(service);
            self.past.retain(|past| past.service != service);
        } else {
            let ms = i64::try_from(by.as_millis()).unwrap_or(i64::MAX / 4);
            self.by.insert(service.to_owned(), ms);
        }
    }

    pub(super) fn by(&self, service: &str) -> Option<i64> {
        self.by.get(service).copied()
    }

    pub(super) fn remember(
        &mut self,
        service: &str,
        scope: &Scope,
        key: &str,
        now_ms: i64,
        before: Option<Value>,
    ) {
        self.past.push_back(Past {
            service: service.to_owned(),
            scope: scope.clone(),
            key: key.to_owned(),
            changed_ms: now_ms,
            before,
        });
        while self.past.len() > REMEMBERED {
            self.past.pop_front();
        }
    }

    /// The first change behind the moment says what was there.
    pub(super) fn before(
        &self,
        service: &str,
        scope: &Scope,
        since_ms: i64,
    ) -> Vec<(String, Option<Value>)> {
        let mut then: BTreeMap<String, Option<Value>> = BTreeMap::new();
        for past in &self.past {
            if past.service == service && past.scope == *scope && past.changed_ms > since_ms {
                then.entry(past.key.clone())
                    .or_insert_with(|| past.before.clone());
            }
        }
        then.into_iter().collect()
    }
}
