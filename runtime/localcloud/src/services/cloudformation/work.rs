//! What is under way, over all accounts and regions: stack operations, change sets in the making,
//! drift detections. It moves on with the requests that come; see the crate's documentation.

use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use super::stack::{STACKS, Stack};
use super::{advance, change_set, drift};
use crate::cloud::CloudInner;
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
    };
    call.cloud.stack_work.store(true, Ordering::SeqCst);
    tx.put(&Scope::global(), WORK, &work.id(), &work)
}

/// Takes the steps that are due; and if a CloudFormation request asks, at least one of each work in
/// its account and region. Returns the topics that the steps rang.
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
        if !step(&work, at_ms, cloud, tx)? {
            tx.delete(&Scope::global(), WORK, id)?;
            return Ok(());
        }
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
