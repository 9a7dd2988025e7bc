//! What is under way, over all accounts and regions: stack operations, change sets in the making,
//! drift detections. It moves on with the requests that come; see the crate's documentation.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use super::stack::{STACKS, Stack};
use super::{advance, change_set, drift};
use crate::cloud::CloudInner;
use crate::due::retry_after_ms;
use crate::error::ServiceError;
use crate::inside::Inside;
use crate::request::Call;
use crate::store::{Scope, Tx};

const WORK: &str = "cloudformation.work";
/// How long a step takes by the cloud's clock.
const STEP_MS: i64 = 10;
/// How many steps are taken before one request at most.
const MOST_STEPS: usize = 10_000;

/// What is to be moved on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Subject {
    Stack,
    ChangeSet,
    Drift,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Work {
    subject: Subject,
    key: String,
    account: String,
    region: String,
    due_ms: i64,
    /// How often its step failed in a row.
    #[serde(default)]
    failures: u32,
}

impl Work {
    fn id(&self) -> String {
        format!("{}/{:?}/{}", self.account, self.subject, self.key)
    }
}

/// From now on the subject is moved on.
pub(super) fn start(
    subject: Subject,
    key: &str,
    call: &Call<'_>,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let work = Work {
        subject,
        key: key.to_owned(),
        account: call.scope.account.clone(),
        region: call.scope.region.clone(),
        due_ms: call.now_ms + STEP_MS,
        failures: 0,
    };
    call.cloud.stack_work.store(true, Ordering::SeqCst);
    tx.put(&Scope::global(), WORK, &work.id(), &work)
}

/// Takes the steps that are due; and if a CloudFormation request asks, at least one of each work in
/// its account and region. A step that fails (a defect) is undone and put off, longer each time, and
/// fails no request. Returns the topics that the steps rang.
pub(crate) fn settle(cloud: &CloudInner, call: &Call<'_>) -> Result<Vec<String>, ServiceError> {
    if !cloud.stack_work.load(Ordering::SeqCst) {
        return Ok(Vec::new());
    }
    let ((), topics) = cloud.store.transact(|tx| {
        let all: Vec<(String, Work)> = tx.scan(&Scope::global(), WORK, "", None, usize::MAX)?;
        if all.is_empty() {
            cloud.stack_work.store(false, Ordering::SeqCst);
        }
        for (id, work) in all {
            let asked = call.service == "cloudformation"
                && call.scope.account == work.account
                && call.scope.region == work.region;
            move_on(&id, work, asked, cloud, call.now_ms, tx)?;
        }
        Ok(())
    })?;
    Ok(topics)
}

fn move_on(
    id: &str,
    mut work: Work,
    asked: bool,
    cloud: &CloudInner,
    now_ms: i64,
    tx: &Tx<'_>,
) -> Result<(), ServiceError> {
    let mut asked = asked;
    for _ in 0..MOST_STEPS {
        let due = work.due_ms <= now_ms;
        if !(due || asked) {
            return tx.put(&Scope::global(), WORK, id, &work);
        }
        asked &= due;
        let at_ms = work.due_ms.min(now_ms);
        let outcome = tx.attempt(|| {
            catch_unwind(AssertUnwindSafe(|| step(&work, at_ms, cloud, tx)))
                .unwrap_or_else(|_| Err(ServiceError::internal("the step died")))
        });
        match outcome {
            Ok(true) => {}
            Ok(false) => {
                tx.delete(&Scope::global(), WORK, id)?;
                return Ok(());
            }
            Err(error) => {
                tracing::error!(work = id, failures = work.failures, %error, "a step is put off");
                work.due_ms = now_ms.saturating_add(retry_after_ms(work.failures));
                work.failures += 1;
                return tx.put(&Scope::global(), WORK, id, &work);
            }
        }
        work.failures = 0;
        work.due_ms = at_ms.max(work.due_ms) + STEP_MS;
    }
    tx.put(&Scope::global(), WORK, id, &work)
}

/// One step; `false` if there is nothing more to do.
fn step(work: &Work, at_ms: i64, cloud: &CloudInner, tx: &Tx<'_>) -> Result<bool, ServiceError> {
    let scope = Scope {
        account: work.account.clone(),
        region: work.region.clone(),
    };
    let call = Call::unasked("cloudformation", scope, at_ms, cloud);
    let inside = Inside { call: &call, tx };
    match work.subject {
        Subject::Stack => {
            let Some(mut stack) = tx.get::<Stack>(&call.scope, STACKS, &work.key)? else {
                return Ok(false);
            };
            advance::step(&mut stack, &inside)?;
            stack.save(&call.scope, tx)?;
            if stack.operation.is_none() {
                change_set::settle_executed(&stack, &inside)?;
            }
            Ok(stack.operation.is_some())
        }
        Subject::ChangeSet => change_set::step(&work.key, &inside),
        Subject::Drift => drift::step(&work.key, &inside),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::stage::{ACCOUNT, NOON, REGION, Stage};

    #[test]
    fn a_step_that_fails_is_put_off_and_fails_no_request() {
        let stage = Stage::new();
        let scope = Scope {
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
        };
        let work = Work {
            subject: Subject::Stack,
            key: "s".to_owned(),
            account: scope.account.clone(),
            region: scope.region.clone(),
            due_ms: NOON,
            failures: 0,
        };
        let inner = &stage.cloud.inner;
        let broken = |tx: &Tx<'_>| {
            tx.put(&scope, STACKS, "s", &"no stack")?;
            tx.put(&Scope::global(), WORK, &work.id(), &work)
        };
        inner.store.transact(broken).unwrap();
        inner.stack_work.store(true, Ordering::SeqCst);
        stage.queue("q");
        stage.queue("r");
        let read = |tx: &Tx<'_>| tx.get::<Work>(&Scope::global(), WORK, &work.id());
        let (left, _) = inner.store.transact(read).unwrap();
        let left = left.unwrap();
        assert_eq!((left.failures, left.due_ms), (1, NOON + 1_000));
    }
}
