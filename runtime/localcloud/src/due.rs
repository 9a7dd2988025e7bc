//! Work that the cloud owes at a moment of its clock: a schedule that fires, a delivery that is tried
//! again, a retention that ends.
//!
//! A service says what is to be done when ([`Tx::schedule`]) in the transaction that makes it so, and
//! does it when its moment has come (`services::perform`). What is due is done before every request
//! ([`CloudInner::run_due`]), and by [`LocalCloud::keep_time`] when nobody asks.
//!
//! # Why nothing is done twice or forgotten
//!
//! What an entry does and the entry's end are one transaction: killed before it, all of it is done
//! when the file is opened again; killed after it, none of it. Work that fails (a defect, a full
//! disk) is undone and put off, longer each time, and never given up.
//!
//! # Which time it is
//!
//! Work is done *as of* its moment ([`Due::at_ms`]), however late: a clock that is stepped over a day
//! brings what the day would have brought, in the same order and with the same times, and so does a
//! file that was closed for a day. What a clock set back makes future again is not done again.
//!
//! # Documents
//!
//! `due.work` in the global scope, `<moment>/<kind>/<account>/<region>/<id>`, and for each a pointer
//! in its own scope, `due.index` under `<kind>/<id>`. Work without its pointer was called off. An entry
//! that cannot be read holds nobody up: it is moved to `due.broken`, as text.
//!
//! [`LocalCloud::keep_time`]: crate::LocalCloud::keep_time

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cloud::CloudInner;
use crate::error::ServiceError;
use crate::request::Call;
use crate::services;
use crate::store::{Scope, Tx, read_json};

const WORK: &str = "due.work";
const INDEX: &str = "due.index";
const BROKEN: &str = "due.broken";
/// How many entries share a transaction, and so one write to the disk.
const BATCH: usize = 200;
/// How many entries are done before one request at most.
const MOST: usize = 10_000;
/// What fails is tried again after this long at first, and then after twice as long each time …
const FIRST_RETRY_MS: i64 = 1_000;
/// … up to this.
const LAST_RETRY_MS: i64 = 3_600_000;

/// An entry of the queue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Due {
    /// Who does it: see `services::perform`.
    pub(crate) kind: String,
    /// The only one of its kind and scope.
    pub(crate) id: String,
    /// As of when it is done: milliseconds since the Unix epoch.
    pub(crate) at_ms: i64,
    account: String,
    region: String,
    payload: Value,
    /// How often it failed.
    #[serde(default, skip_serializing_if = "is_zero")]
    failures: u32,
}

#[allow(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's skip_serializing_if wants a reference"
)]
fn is_zero(failures: &u32) -> bool {
    *failures == 0
}

impl Due {
    pub(crate) fn scope(&self) -> Scope {
        Scope {
            account: self.account.clone(),
            region: self.region.clone(),
        }
    }

    /// What was handed to [`Tx::schedule`].
    pub(crate) fn payload<T: DeserializeOwned>(&self) -> Result<T, ServiceError> {
        T::deserialize(&self.payload).map_err(|error| {
            ServiceError::internal(format!("the work {} cannot be read: {error}", self.key()))
        })
    }

    /// A call that nobody sent, in the name of the work's account, as of its moment.
    pub(crate) fn call<'a>(&self, service: &'a str, cloud: &'a CloudInner) -> Call<'a> {
        Call::unasked(service, self.scope(), self.at_ms, cloud)
    }

    fn key(&self) -> String {
        let Self {
            kind, id, at_ms, ..
        } = self;
        format!(
            "{:015}/{kind}/{}/{}/{id}",
            at_ms.max(&0),
            self.account,
            self.region
        )
    }

    fn pointer(&self) -> String {
        pointer(&self.kind, &self.id)
    }

    fn put(&self, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let key = self.key();
        tx.put(&self.scope(), INDEX, &self.pointer(), &key)?;
        tx.due_from(self.at_ms);
        tx.put(&Scope::global(), WORK, &key, self)
    }

    /// Done for the moment: what it does may put it again.
    fn remove(&self, tx: &Tx<'_>) -> Result<bool, ServiceError> {
        let key = self.key();
        tx.delete(&Scope::global(), WORK, &key)?;
        let (scope, pointer) = (self.scope(), self.pointer());
        let is_current = tx.get::<String>(&scope, INDEX, &pointer)?.as_deref() == Some(&key);
        if is_current {
            tx.delete(&scope, INDEX, &pointer)?;
        }
        Ok(is_current)
    }

    /// The same work, later.
    fn put_off(mut self, now_ms: i64, tx: &Tx<'_>) -> Result<(), ServiceError> {
        self.remove(tx)?;
        self.at_ms = now_ms.saturating_add(retry_after_ms(self.failures));
        self.failures += 1;
        self.put(tx)
    }
}

/// How long work that failed is put off, in milliseconds, after so many failures before.
pub(crate) fn retry_after_ms(failures: u32) -> i64 {
    (FIRST_RETRY_MS << failures.min(20)).min(LAST_RETRY_MS)
}

/// The entry that is due first.
fn head(tx: &Tx<'_>) -> Result<Option<Due>, ServiceError> {
    let global = Scope::global();
    while let Some((key, text)) = tx.first_text(&global, WORK)? {
        match read_json(&text) {
            Ok(due) => return Ok(Some(due)),
            Err(error) => {
                tracing::error!(work = key, %error, "work cannot be read, and is set aside");
                tx.put(&global, BROKEN, &key, &text)?;
                tx.delete(&global, WORK, &key)?;
            }
        }
    }
    Ok(None)
}

fn pointer(kind: &str, id: &str) -> String {
    format!("{kind}/{id}")
}

impl Tx<'_> {
    /// From `at_ms` on (milliseconds since the Unix epoch) the work is due, once. A kind has one
    /// entry for an id in a scope: an earlier one is replaced, whenever it was due.
    pub(crate) fn schedule(
        &self,
        at_ms: i64,
        kind: &str,
        id: &str,
        scope: &Scope,
        payload: &impl Serialize,
    ) -> Result<(), ServiceError> {
        self.unschedule(kind, id, scope)?;
        let payload = serde_json::to_value(payload).map_err(|error| {
            ServiceError::internal(format!("the work {kind}/{id} is not JSON: {error}"))
        })?;
        let due = Due {
            kind: kind.to_owned(),
            id: id.to_owned(),
            at_ms,
            account: scope.account.clone(),
            region: scope.region.clone(),
            payload,
            failures: 0,
        };
        due.put(self)
    }

    /// Calls the work off; `false` if there is none.
    pub(crate) fn unschedule(
        &self,
        kind: &str,
        id: &str,
        scope: &Scope,
    ) -> Result<bool, ServiceError> {
        let pointer = pointer(kind, id);
        let Some(key) = self.get::<String>(scope, INDEX, &pointer)? else {
            return Ok(false);
        };
        self.delete(&Scope::global(), WORK, &key)?;
        self.delete(scope, INDEX, &pointer)
    }
}

impl CloudInner {
    /// Does what is due by the cloud's clock, in the order of its moments, what becomes due by that
    /// included: up to 10,000 entries. Wakes who waits for what was done. Says when the next entry
    /// is due (which may be by now), `None` if there is none. Cheap when nothing is due.
    ///
    /// # Errors
    /// `InternalFailure`: the file failed.
    pub(crate) fn run_due(&self) -> Result<Option<i64>, ServiceError> {
        self.run_due_by(self.clock.now_ms())
    }

    /// The same for what is due by `now_ms`.
    pub(crate) fn run_due_by(&self, now_ms: i64) -> Result<Option<i64>, ServiceError> {
        let mut done = 0;
        while done < MOST && self.store.next_due() <= now_ms {
            let batch = self.store.transact(|tx| self.run_batch(now_ms, tx));
            let (count, topics) = batch.inspect_err(|_| self.store.expect_due(i64::MIN))?;
            self.waiters.ring(&topics);
            done += count;
        }
        let next_ms = self.store.next_due();
        Ok((next_ms < i64::MAX).then_some(next_ms))
    }

    fn run_batch(&self, now_ms: i64, tx: &Tx<'_>) -> Result<usize, ServiceError> {
        for done in 0..BATCH {
            match head(tx)? {
                Some(due) if due.at_ms <= now_ms => self.run_one(due, now_ms, tx)?,
                other => {
                    let next_ms = other.map_or(i64::MAX, |due| due.at_ms);
                    self.store.expect_due(next_ms);
                    return Ok(done);
                }
            }
        }
        Ok(BATCH)
    }

    fn run_one(&self, due: Due, now_ms: i64, tx: &Tx<'_>) -> Result<(), ServiceError> {
        let outcome = tx.attempt(|| {
            if !due.remove(tx)? {
                return Ok(());
            }
            catch_unwind(AssertUnwindSafe(|| services::perform(&due, self, tx)))
                .unwrap_or_else(|_| Err(ServiceError::internal("the work died")))
        });
        outcome.or_else(|error| {
            tracing::error!(work = due.key(), failures = due.failures, %error, "work is put off");
            due.put_off(now_ms, tx)
        })
    }
}

#[cfg(test)]
pub(crate) mod tests;
