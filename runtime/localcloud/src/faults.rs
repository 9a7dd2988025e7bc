//! Bad days on demand: what is injected here happens where it would on AWS, between the client and
//! the service.

use std::collections::VecDeque;
use std::time::Duration;

use parking_lot::Mutex;
use serde::Serialize;

use crate::error::ServiceError;
use crate::ids::Ids;
use crate::store::Scope;

mod lagging;

use lagging::Lagging;

/// How many fired faults [`Faults::seen`] remembers; older ones are forgotten.
const REMEMBERED: usize = 10_000;

/// What a fault does to the request that it strikes.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultEffect {
    /// The service's own throttling answer; nothing is done.
    Throttle,
    /// Status 500; nothing is done.
    ServerError,
    /// This error answer; nothing is done.
    Error {
        /// HTTP status.
        status: u16,
        /// AWS's error code.
        code: String,
        /// What a person reads.
        message: String,
    },
    /// The connection fails before the request arrives: nothing is done.
    TimeoutBefore,
    /// The deed is done and durable, and its answer is lost.
    TimeoutAfter,
    /// The request is late by this much (real time), and then goes on.
    Latency(Duration),
}

/// How often a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// This often, and is then gone.
    Count(u32),
    /// Until it is cleared.
    Always,
}

/// A fault, and the requests that it is for. A filter of `None` fits every request.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// SigV4 signing name: `sqs`, `s3`, `datazone`, `glue`, `events`, `sts`, `iam`, `kms`, `sns`,
    /// `dynamodb`, `cloudformation`, `lakeformation`, `ram`, `organizations`. What one service asks of
    /// another is struck, too.
    pub service: Option<String>,
    /// `SendMessage`, for example. Two of RAM's own steps can be named too, with any effect but a
    /// latency: `SendInvitation` (the invitation is lost: the association waits until it lapses) and
    /// `Associate` (the association stays `ASSOCIATING`). `BatchGrantPermissions.Entry` strikes single
    /// entries of the batch, and not the request: see [`Faults::inject`].
    pub operation: Option<String>,
    /// 12 digits.
    pub account: Option<String>,
    /// What happens.
    pub effect: FaultEffect,
    /// How often.
    pub times: Times,
    /// The chance to strike, from 0 to 1, drawn from the seeded generator for each request.
    pub probability: f64,
}

impl Fault {
    /// Strikes every request, once, surely; narrow it by setting the fields.
    pub fn once(effect: FaultEffect) -> Self {
        Self {
            service: None,
            operation: None,
            account: None,
            effect,
            times: Times::Count(1),
            probability: 1.0,
        }
    }
}

/// A fault that struck.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// SigV4 signing name.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The caller's account.
    pub account: String,
    /// What happened to it.
    pub effect: FaultEffect,
}

#[derive(Debug, Default)]
struct Inner {
    faults: Vec<Fault>,
    seen: VecDeque<Seen>,
    lagging: Lagging,
}

/// The faults of one embedded cloud. They live in memory: a reopened file has none.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Inner>);

impl Faults {
    /// Adds a fault, behind those that are there: the first that fits a request strikes it (every
    /// latency that fits does).
    ///
    /// The entries of Lake Formation's batches are struck one by one by faults whose operation is
    /// `BatchGrantPermissions.Entry` or `BatchRevokePermissions.Entry`: the entry fails with the
    /// error, the throttle or the server error; the other effects have no meaning for an entry.
    pub fn inject(&self, fault: Fault) {
        self.0.lock().faults.push(fault);
    }

    /// Has these faults, and none of those that were there, from one moment to the next: no request
    /// slips through in between. Lags stay.
    pub fn replace(&self, faults: Vec<Fault>) {
        self.0.lock().faults = faults;
    }

    /// Removes every fault and every lag; what was seen stays.
    pub fn clear(&self) {
        let mut inner = self.0.lock();
        inner.faults.clear();
        inner.lagging = Lagging::default();
    }

    /// Makes the lists of a service (`lakeformation`: `ListPermissions`) show what was `by` ago, by
    /// the cloud's clock. Writes before this call are seen at once. Zero ends it.
    pub fn lag_lists(&self, service: &str, by: Duration) {
        self.0.lock().lagging.set(service, by);
    }

    /// By how many milliseconds the lists of a service lag; none if they do not.
    pub(crate) fn lag(&self, service: &str) -> Option<i64> {
        self.0.lock().lagging.by(service)
    }

    /// Keeps a document of a lagging service as it was before it is written at `now_ms`. A write
    /// that is rolled back does no harm: it shows what is.
    pub(crate) fn remember<T: Serialize>(
        &self,
        service: &str,
        scope: &Scope,
        key: &str,
        now_ms: i64,
        before: Option<T>,
    ) {
        let before = before.and_then(|before| serde_json::to_value(before).ok());
        let mut inner = self.0.lock();
        inner.lagging.remember(service, scope, key, now_ms, before);
    }

    /// The documents of a scope that were written later than `since_ms`, as they were then.
    pub(crate) fn before(
        &self,
        service: &str,
        scope: &Scope,
        since_ms: i64,
    ) -> Vec<(String, Option<serde_json::Value>)> {
        self.0.lock().lagging.before(service, scope, since_ms)
    }

    /// The error with which one entry of a batch fails, if a fault strikes it.
    pub(crate) fn strike_entry(
        &self,
        service: &str,
        operation: &str,
        account: &str,
        ids: &Ids,
    ) -> Option<ServiceError> {
        let entry = format!("{operation}.Entry");
        match self.strike_named(service, &entry, account, ids, true).1? {
            FaultEffect::Throttle => Some(ServiceError::bad_request(
                "ThrottlingException",
                "Rate exceeded",
            )),
            FaultEffect::ServerError => Some(ServiceError::new(
                500,
                "InternalServiceException",
                "an injected server error",
            )),
            FaultEffect::Error {
                status,
                code,
                message,
            } => Some(ServiceError::new(status, code, message)),
            FaultEffect::TimeoutBefore | FaultEffect::TimeoutAfter | FaultEffect::Latency(_) => {
                None
            }
        }
    }

    /// The faults that struck, oldest first, the latest 10,000.
    pub fn seen(&self) -> Vec<Seen> {
        self.0.lock().seen.iter().cloned().collect()
    }

    /// Whether a step goes wrong that a service takes for itself. Only faults that name the service
    /// and the step strike, so that a fault for every request does not.
    pub(crate) fn strike_step(&self, service: &str, step: &str, account: &str, ids: &Ids) -> bool {
        let named = |fault: &Fault| {
            fault.service.as_deref() == Some(service) && fault.operation.as_deref() == Some(step)
        };
        if !self.0.lock().faults.iter().any(named) {
            return false;
        }
        self.strike(service, step, account, ids).1.is_some()
    }

    /// Which latency and which other effect this request suffers.
    pub(crate) fn strike(
        &self,
        service: &str,
        operation: &str,
        account: &str,
        ids: &Ids,
    ) -> (Duration, Option<FaultEffect>) {
        self.strike_named(service, operation, account, ids, false)
    }

    /// With `by_name`, only by faults that name the operation.
    fn strike_named(
        &self,
        service: &str,
        operation: &str,
        account: &str,
        ids: &Ids,
        by_name: bool,
    ) -> (Duration, Option<FaultEffect>) {
        let mut inner = self.0.lock();
        let Inner { faults, seen, .. } = &mut *inner;
        let mut latency = Duration::ZERO;
        let mut struck = None;
        for fault in faults.iter_mut() {
            if !fits(fault, service, operation, account)
                || (by_name && fault.operation.is_none())
                || (fault.probability < 1.0 && ids.fraction() >= fault.probability)
            {
                continue;
            }
            match &fault.effect {
                FaultEffect::Latency(by) => latency += *by,
                _ if struck.is_some() => continue,
                effect => struck = Some(effect.clone()),
            }
            if let Times::Count(left) = &mut fault.times {
                *left -= 1;
            }
            seen.push_back(Seen {
                service: service.to_owned(),
                operation: operation.to_owned(),
                account: account.to_owned(),
                effect: fault.effect.clone(),
            });
        }
        faults.retain(|fault| fault.times != Times::Count(0));
        while seen.len() > REMEMBERED {
            seen.pop_front();
        }
        (latency, struck)
    }
}

fn fits(fault: &Fault, service: &str, operation: &str, account: &str) -> bool {
    let is = |wanted: &Option<String>, actual: &str| {
        wanted.as_deref().is_none_or(|wanted| wanted == actual)
    };
    fault.times != Times::Count(0)
        && is(&fault.service, service)
        && is(&fault.operation, operation)
        && is(&fault.account, account)
}
