//! What a service can do within its request's transaction.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::past::{Changed, Past};
use super::{Scope, View};
use crate::error::ServiceError;

/// One request's transaction.
#[derive(Debug)]
pub struct Tx<'a> {
    connection: &'a rusqlite::Transaction<'a>,
    topics: RefCell<Vec<String>>,
    past: &'a Past,
    view: Option<View<'a>>,
    changed: RefCell<Vec<Changed>>,
    due_ms: Cell<i64>,
    /// How many attempts are open, one within the other.
    depth: Cell<usize>,
}

impl<'a> Tx<'a> {
    pub(super) fn new(
        connection: &'a rusqlite::Transaction<'a>,
        past: &'a Past,
        view: Option<View<'a>>,
    ) -> Self {
        Self {
            connection,
            topics: RefCell::default(),
            past,
            view,
            changed: RefCell::default(),
            due_ms: Cell::new(i64::MAX),
            depth: Cell::new(0),
        }
    }

    /// The topics that were notified, and the first moment for which work was put.
    pub(super) fn into_outcome(self) -> (Vec<String>, i64) {
        (self.topics.into_inner(), self.due_ms.get())
    }

    /// Work was put that is due at this moment.
    pub(crate) fn due_from(&self, at_ms: i64) {
        self.due_ms.set(self.due_ms.get().min(at_ms));
    }

    /// The documents that were written, as they were before, for the past.
    pub(super) fn take_changed(&self) -> Vec<Changed> {
        self.changed.take()
    }

    /// Reads a document; `None` if there is none.
    pub fn get<T: DeserializeOwned>(
        &self,
        scope: &Scope,
        collection: &str,
        key: &str,
    ) -> Result<Option<T>, ServiceError> {
        let view = self.view.filter(|view| view.is_of(collection));
        let then = view.and_then(|view| self.past.then(view.at_ms, scope, collection, key));
        let text = match then {
            Some(then) => then,
            None => self.text(scope, collection, key)?,
        };
        text.map(|text| decode(collection, key, &text)).transpose()
    }

    fn text(
        &self,
        scope: &Scope,
        collection: &str,
        key: &str,
    ) -> Result<Option<String>, ServiceError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT document FROM documents
                 WHERE account = ?1 AND region = ?2 AND collection = ?3 AND key = ?4",
            )?
            .query_row(
                params![scope.account, scope.region, collection, key],
                |row| row.get(0),
            )
            .optional()?)
    }

    /// What has changed since the moment that this transaction looks back to, as it was then: of a
    /// collection, from a key on, where the keys start with a prefix.
    fn as_it_was(
        &self,
        scope: &Scope,
        collection: &str,
        range: (&str, &str),
    ) -> BTreeMap<String, Option<String>> {
        match &self.view {
            Some(view) if view.is_of(collection) => {
                self.past.since(view.at_ms, scope, collection, range)
            }
            _ => BTreeMap::new(),
        }
    }

    /// Keeps a document as it is before it is written, if its past is wanted.
    fn remember(&self, scope: &Scope, collection: &str, key: &str) -> Result<(), ServiceError> {
        if self.past.wants(collection) {
            self.changed.borrow_mut().push(Changed {
                scope: scope.clone(),
                collection: collection.to_owned(),
                key: key.to_owned(),
                before: self.text(scope, collection, key)?,
            });
        }
        Ok(())
    }

    /// Writes a document, over an older one if there is one.
    pub fn put<T: Serialize>(
        &self,
        scope: &Scope,
        collection: &str,
        key: &str,
        document: &T,
    ) -> Result<(), ServiceError> {
        self.write("INSERT OR REPLACE", scope, collection, key, document)
            .map(|_| ())
    }

    /// Writes a document unless the key is taken; `false` if it is.
    pub fn insert<T: Serialize>(
        &self,
        scope: &Scope,
        collection: &str,
        key: &str,
        document: &T,
    ) -> Result<bool, ServiceError> {
        self.write("INSERT OR IGNORE", scope, collection, key, document)
    }

    fn write<T: Serialize>(
        &self,
        verb: &str,
        scope: &Scope,
        collection: &str,
        key: &str,
        document: &T,
    ) -> Result<bool, ServiceError> {
        self.require_open()?;
        let text = serde_json::to_string(document).map_err(|error| {
            ServiceError::internal(format!("{collection}/{key} cannot be written: {error}"))
        })?;
        self.remember(scope, collection, key)?;
        let rows = self
            .connection
            .prepare_cached(&format!(
                "{verb} INTO documents (account, region, collection, key, document)
                 VALUES (?1, ?2, ?3, ?4, ?5)"
            ))?
            .execute(params![scope.account, scope.region, collection, key, text])?;
        Ok(rows > 0)
    }

    /// Deletes a document; `false` if there was none.
    pub fn delete(&self, scope: &Scope, collection: &str, key: &str) -> Result<bool, ServiceError> {
        self.require_open()?;
        self.remember(scope, collection, key)?;
        let rows = self
            .connection
            .prepare_cached(
                "DELETE FROM documents
                 WHERE account = ?1 AND region = ?2 AND collection = ?3 AND key = ?4",
            )?
            .execute(params![scope.account, scope.region, collection, key])?;
        Ok(rows > 0)
    }

    /// Deletes every document whose key starts with `prefix`, in one statement; how many there were.
    pub fn delete_prefix(
        &self,
        scope: &Scope,
        collection: &str,
        prefix: &str,
    ) -> Result<u64, ServiceError> {
        self.require_open()?;
        let behind = format!("{prefix}{}", char::MAX);
        let rows = self
            .connection
            .prepare_cached(
                "DELETE FROM documents
                 WHERE account = ?1 AND region = ?2 AND collection = ?3
                   AND key >= ?4 AND key < ?5",
            )?
            .execute(params![
                scope.account,
                scope.region,
                collection,
                prefix,
                behind
            ])?;
        Ok(rows as u64)
    }

    /// Up to `limit` documents whose keys start with `prefix`, in the order of their keys' bytes,
    /// beginning behind `after` (a whole key, itself left out).
    ///
    /// To page: ask for one more than the page holds, and give the last key that was shown out as
    /// the token.
    pub fn scan<T: DeserializeOwned>(
        &self,
        scope: &Scope,
        collection: &str,
        prefix: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, T)>, ServiceError> {
        let behind = after.filter(|after| *after >= prefix);
        let mut then = self.as_it_was(scope, collection, (behind.unwrap_or(prefix), prefix));
        if let Some(behind) = behind {
            then.remove(behind);
        }
        let mut statement = self.connection.prepare_cached(if behind.is_some() {
            "SELECT key, document FROM documents
             WHERE account = ?1 AND region = ?2 AND collection = ?3 AND key > ?4 ORDER BY key"
        } else {
            "SELECT key, document FROM documents
             WHERE account = ?1 AND region = ?2 AND collection = ?3 AND key >= ?4 ORDER BY key"
        })?;
        let mut rows = statement.query(params![
            scope.account,
            scope.region,
            collection,
            behind.unwrap_or(prefix)
        ])?;
        let mut found = Vec::new();
        while found.len() < limit
            && let Some(row) = rows.next()?
        {
            let key: String = row.get(0)?;
            if !key.starts_with(prefix) {
                break;
            }
            // What was there before this key, and is gone or changed now.
            while let Some(older) = then.first_entry().filter(|older| *older.key() < key) {
                let (key, text) = older.remove_entry();
                if let Some(text) = text {
                    let document = decode(collection, &key, &text)?;
                    found.push((key, document));
                }
            }
            let text = match then.remove(&key) {
                Some(Some(text)) => decode(collection, &key, &text)?,
                Some(None) => continue,
                None => decode(collection, &key, row.get_ref(1)?.as_str().unwrap_or(""))?,
            };
            found.push((key, text));
        }
        for (key, text) in then {
            if let Some(text) = text {
                let document = decode(collection, &key, &text)?;
                found.push((key, document));
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    /// The last document, in the order of the keys' bytes, whose key starts with `prefix` and comes before
    /// `end`, which starts with it, too.
    pub fn last_before<T: DeserializeOwned>(
        &self,
        scope: &Scope,
        collection: &str,
        prefix: &str,
        end: &str,
    ) -> Result<Option<(String, T)>, ServiceError> {
        let then = self.as_it_was(scope, collection, (prefix, prefix));
        let mut statement = self.connection.prepare_cached(
            "SELECT key, document FROM documents
             WHERE account = ?1 AND region = ?2 AND collection = ?3 AND key >= ?4 AND key < ?5
             ORDER BY key DESC",
        )?;
        let mut rows = statement.query(params![
            scope.account,
            scope.region,
            collection,
            prefix,
            end
        ])?;
        let mut last: Option<(String, String)> = None;
        while last.is_none()
            && let Some(row) = rows.next()?
        {
            let key: String = row.get(0)?;
            if !then.contains_key(&key) {
                last = Some((key, row.get(1)?));
            }
        }
        for (key, text) in then {
            let is_later = last.as_ref().is_none_or(|(known, _)| *known < key);
            if let Some(text) = text
                && is_later
                && key.as_str() < end
            {
                last = Some((key, text));
            }
        }
        last.map(|(key, text)| {
            let document = decode(collection, &key, &text)?;
            Ok((key, document))
        })
        .transpose()
    }

    /// The first document of a collection by its key, as text: for whom has to go on though it
    /// cannot be read.
    pub(crate) fn first_text(
        &self,
        scope: &Scope,
        collection: &str,
    ) -> Result<Option<(String, String)>, ServiceError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT key, document FROM documents
                 WHERE account = ?1 AND region = ?2 AND collection = ?3 ORDER BY key LIMIT 1",
            )?
            .query_row(params![scope.account, scope.region, collection], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?)
    }

    /// How many keys are at least `from` and less than `to`.
    pub fn count(
        &self,
        scope: &Scope,
        collection: &str,
        from: &str,
        to: &str,
    ) -> Result<u64, ServiceError> {
        let count: i64 = self
            .connection
            .prepare_cached(
                "SELECT count(*) FROM documents
                 WHERE account = ?1 AND region = ?2 AND collection = ?3
                   AND key >= ?4 AND key < ?5",
            )?
            .query_row(
                params![scope.account, scope.region, collection, from, to],
                |row| row.get(0),
            )?;
        let mut count = count.unsigned_abs();
        for (key, then) in self.as_it_was(scope, collection, (from, "")) {
            if key.as_str() >= to {
                break;
            }
            let now = self.text(scope, collection, &key)?;
            count = count + u64::from(then.is_some()) - u64::from(now.is_some());
        }
        Ok(count)
    }

    /// Writes bytes, over older ones if there are any.
    pub fn put_blob(
        &self,
        scope: &Scope,
        collection: &str,
        key: &str,
        bytes: &[u8],
    ) -> Result<(), ServiceError> {
        self.require_open()?;
        self.connection
            .prepare_cached(
                "INSERT OR REPLACE INTO blobs (account, region, collection, key, bytes)
                 VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![scope.account, scope.region, collection, key, bytes])?;
        Ok(())
    }

    /// Reads bytes; `None` if there are none.
    pub fn get_blob(
        &self,
        scope: &Scope,
        collection: &str,
        key: &str,
    ) -> Result<Option<Vec<u8>>, ServiceError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT bytes FROM blobs
                 WHERE account = ?1 AND region = ?2 AND collection = ?3 AND key = ?4",
            )?
            .query_row(
                params![scope.account, scope.region, collection, key],
                |row| row.get(0),
            )
            .optional()?)
    }

    /// Deletes bytes; `false` if there were none.
    pub fn delete_blob(
        &self,
        scope: &Scope,
        collection: &str,
        key: &str,
    ) -> Result<bool, ServiceError> {
        self.require_open()?;
        let rows = self
            .connection
            .prepare_cached(
                "DELETE FROM blobs
                 WHERE account = ?1 AND region = ?2 AND collection = ?3 AND key = ?4",
            )?
            .execute(params![scope.account, scope.region, collection, key])?;
        Ok(rows > 0)
    }

    /// SQLite ends a transaction by itself when the disk is full or fails. What is written behind
    /// that would be committed at once, alone, so it is refused, and the request fails as a whole.
    fn require_open(&self) -> Result<(), ServiceError> {
        if self.connection.is_autocommit() {
            return Err(ServiceError::internal(
                "the file has rolled the transaction back by itself",
            ));
        }
        Ok(())
    }

    /// Deletes all documents and bytes of an account, in all regions, and those documents outside of
    /// all accounts that say they are its: role sessions and work under way. Its past is not kept.
    pub(crate) fn delete_account(&self, account: &str) -> Result<(), ServiceError> {
        for table in ["documents", "blobs"] {
            let sql = format!("DELETE FROM {table} WHERE account = ?1");
            self.connection.execute(&sql, params![account])?;
        }
        let global = Scope::global();
        for collection in ["sts.sessions", "cloudformation.work", "due.work"] {
            self.connection.execute(
                "DELETE FROM documents WHERE account = ?2 AND region = ?3 AND collection = ?4
                 AND json_extract(document, '$.account') = ?1",
                params![account, global.account, global.region, collection],
            )?;
        }
        Ok(())
    }

    /// Runs a part of the transaction that can fail by itself: on `Err` what it wrote is undone,
    /// and the transaction goes on.
    pub(crate) fn attempt<T, E>(&self, work: impl FnOnce() -> Result<T, E>) -> Result<T, E>
    where
        E: From<ServiceError>,
    {
        // Named by its depth, so that it also ends the attempts within it that a panic left open.
        let depth = self.depth.get();
        let run = |sql: String| {
            self.connection
                .execute_batch(&sql)
                .map_err(|error| E::from(ServiceError::from(error)))
        };
        self.require_open()?;
        run(format!("SAVEPOINT attempt{depth}"))?;
        let rung = self.topics.borrow().len();
        self.depth.set(depth + 1);
        let outcome = work();
        self.depth.set(depth);
        match outcome {
            Ok(value) => {
                run(format!("RELEASE attempt{depth}"))?;
                Ok(value)
            }
            Err(error) => {
                run(format!(
                    "ROLLBACK TO attempt{depth}; RELEASE attempt{depth}"
                ))?;
                self.topics.borrow_mut().truncate(rung);
                Err(error)
            }
        }
    }

    /// Wakes the requests that wait for `topic` ([`Reply::wait_for`]), once this transaction has
    /// been committed.
    ///
    /// [`Reply::wait_for`]: crate::services::Reply::wait_for
    pub fn notify(&self, topic: impl Into<String>) {
        self.topics.borrow_mut().push(topic.into());
    }
}

/// Reads JSON that the cloud wrote, however deep it nests: requests nest 127 levels at most, and what
/// is written around theirs is a few more, which a reader with a limit would not take back.
pub(crate) fn read_json<T: DeserializeOwned>(text: &str) -> serde_json::Result<T> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.disable_recursion_limit();
    let value = T::deserialize(&mut reader)?;
    reader.end()?;
    Ok(value)
}

fn decode<T: DeserializeOwned>(collection: &str, key: &str, text: &str) -> Result<T, ServiceError> {
    read_json(text).map_err(|error| {
        ServiceError::internal(format!("{collection}/{key} cannot be read: {error}"))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::stage::Stage;
    use crate::store::Store;

    #[test]
    fn the_last_document_before_a_key_is_found() {
        let stage = Stage::new();
        let scope = Scope::global();
        let found = stage.cloud.inner.store.transact(|tx| {
            for key in ["a/1", "a/3", "a/5", "b/1"] {
                tx.put(&scope, "test.things", key, &key)?;
            }
            ["a/1", "a/2", "a/5", "a/9"]
                .iter()
                .map(|end| tx.last_before::<String>(&scope, "test.things", "a/", end))
                .collect::<Result<Vec<_>, _>>()
        });
        let (found, _) = found.unwrap();
        let keys: Vec<_> = found
            .iter()
            .map(|found| found.as_ref().map(|(key, _)| key.as_str()))
            .collect();
        assert_eq!(keys, [None, Some("a/1"), Some("a/3"), Some("a/5")]);
    }

    #[test]
    fn nothing_is_written_behind_a_transaction_that_the_file_ended() {
        let store = Store::open(None).unwrap();
        let scope = Scope::global();
        let outcome = store.transact(|tx| {
            tx.put(&scope, "t.c", "1", &1)?;
            let attempt: Result<(), ServiceError> = tx.attempt(|| {
                tx.connection.execute_batch("ROLLBACK")?;
                Err(ServiceError::internal("the disk is full"))
            });
            assert!(attempt.is_err());
            assert!(tx.put(&scope, "t.c", "2", &2).is_err());
            assert!(tx.delete(&scope, "t.c", "2").is_err());
            tx.attempt(|| tx.put(&scope, "t.c", "3", &3))
        });
        assert!(outcome.is_err());
        let (left, _) = store
            .transact(|tx| tx.scan::<i64>(&scope, "t.c", "", None, 9))
            .unwrap();
        assert!(left.is_empty());
    }
}
