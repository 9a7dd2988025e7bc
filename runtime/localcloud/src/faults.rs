//! Bad days on demand: what is injected here happens where it would on AWS, between the client and
//! the service.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::ids::Ids;
use crate::store::Past;

mod batch;
mod effect;
mod fault;
mod word;

pub(crate) use batch::BatchFaults;
pub(crate) use effect::Before;
pub use effect::FaultEffect;
pub use fault::{Fault, Seen, Standing, Times};

/// How many fired faults [`Faults::seen`] remembers; older ones are forgotten.
const REMEMBERED: usize = 10_000;

/// What one request suffers.
#[derive(Debug, Default)]
pub(crate) struct Struck {
    /// All latencies that fit, together.
    pub(crate) latency: Duration,
    /// How far back it looks, if it is one that reads.
    pub(crate) stale: Option<Duration>,
    /// The first other effect that fits.
    pub(crate) effect: Option<FaultEffect>,
    /// While it is held, the past that it looks at is kept.
    looks_back: Option<Arc<()>>,
}

#[derive(Debug, Default)]
struct Inner {
    faults: Vec<Standing>,
    last_id: u64,
    seen: VecDeque<Seen>,
    /// Shared with the requests that look back.
    looks_back: Arc<()>,
    /// Whether stale reads were used up since the past was last kept.
    is_past_over: bool,
}

/// The faults of one embedded cloud. They live in memory: a reopened file has none.
#[derive(Debug, Default)]
pub struct Faults {
    inner: Mutex<Inner>,
    past: Arc<Past>,
}

impl Faults {
    /// Stale reads look into `past`.
    pub(crate) fn new(past: Arc<Past>) -> Self {
        Self {
            inner: Mutex::default(),
            past,
        }
    }

    /// Adds a fault, behind those that are there: the first that fits a request strikes it (every
    /// latency and every stale read that fits does). Returns its id, for [`remove`](Self::remove).
    pub fn inject(&self, fault: Fault) -> u64 {
        let mut inner = self.inner.lock();
        inner.last_id += 1;
        let id = inner.last_id;
        inner.faults.push(Standing {
            id,
            fault,
            struck: 0,
            turn: 0,
        });
        self.keep_past(&inner);
        id
    }

    /// Has these faults, and none of those that were there, from one moment to the next: no request
    /// slips through in between. What [`lag_lists`](Self::lag_lists) made lag stays so.
    pub fn replace(&self, faults: Vec<Fault>) {
        let mut inner = self.inner.lock();
        inner.faults.retain(|standing| {
            standing.fault.operation.as_deref() == Some("List*")
                && matches!(standing.fault.effect, FaultEffect::Stale(_))
        });
        for fault in faults {
            inner.last_id += 1;
            let id = inner.last_id;
            inner.faults.push(Standing {
                id,
                fault,
                struck: 0,
                turn: 0,
            });
        }
        self.keep_past(&inner);
    }

    /// Removes a fault; `false` if it is gone already.
    pub fn remove(&self, id: u64) -> bool {
        let mut inner = self.inner.lock();
        let before = inner.faults.len();
        inner.faults.retain(|standing| standing.id != id);
        self.keep_past(&inner);
        inner.faults.len() < before
    }

    /// Removes every fault; what was seen stays.
    pub fn clear(&self) {
        let mut inner = self.inner.lock();
        inner.faults.clear();
        self.keep_past(&inner);
    }

    /// Removes every fault, and forgets what was seen.
    pub(crate) fn reset(&self) {
        let mut inner = self.inner.lock();
        inner.faults.clear();
        inner.seen.clear();
        self.keep_past(&inner);
    }

    /// The faults that still strike, in the order in which they are tried.
    pub fn standing(&self) -> Vec<Standing> {
        self.inner.lock().faults.clone()
    }

    /// Makes the lists of a service (`lakeformation`: `ListPermissions`, …) show what was `by` ago,
    /// by the cloud's clock, until this is called again or the faults are cleared. Zero ends it. See
    /// [`FaultEffect::Stale`].
    pub fn lag_lists(&self, service: &str, by: Duration) {
        let mut inner = self.inner.lock();
        inner.faults.retain(|standing| {
            let fault = &standing.fault;
            fault.service.as_deref() != Some(service)
                || fault.operation.as_deref() != Some("List*")
                || !matches!(fault.effect, FaultEffect::Stale(_))
        });
        self.keep_past(&inner);
        drop(inner);
        if !by.is_zero() {
            self.inject(Fault {
                service: Some(service.to_owned()),
                operation: Some("List*".to_owned()),
                times: Times::Always,
                ..Fault::once(FaultEffect::Stale(by))
            });
        }
    }

    /// The past is kept of the services that have stale reads, and of no other.
    fn keep_past(&self, inner: &Inner) {
        let stale = inner.faults.iter().filter(|standing| {
            let turns = standing.fault.script.iter();
            turns
                .chain([&standing.fault.effect])
                .any(|effect| matches!(effect, FaultEffect::Stale(_)))
        });
        self.past
            .keep(stale.map(|standing| standing.fault.service.as_deref()));
    }

    /// The faults that struck, oldest first, the latest 10,000.
    pub fn seen(&self) -> Vec<Seen> {
        self.inner.lock().seen.iter().cloned().collect()
    }

    /// Whether a step goes wrong that a service takes for itself. Only faults that name the service
    /// and the step strike, so that a fault for every request does not.
    pub(crate) fn strike_step(&self, service: &str, step: &str, account: &str, ids: &Ids) -> bool {
        let named = |standing: &Standing| {
            standing.fault.service.as_deref() == Some(service)
                && standing.fault.operation.as_deref() == Some(step)
        };
        if !self.inner.lock().faults.iter().any(named) {
            return false;
        }
        self.strike(service, step, account, ids).effect.is_some()
    }

    /// What this request suffers.
    pub(crate) fn strike(
        &self,
        service: &str,
        operation: &str,
        account: &str,
        ids: &Ids,
    ) -> Struck {
        self.strike_by(service, operation, account, ids, |standing| {
            !matches!(standing.effect(), FaultEffect::HalfBatch { .. })
        })
    }

    /// The same with those faults only that `counts`.
    fn strike_by(
        &self,
        service: &str,
        operation: &str,
        account: &str,
        ids: &Ids,
        counts: impl Fn(&Standing) -> bool,
    ) -> Struck {
        let mut struck = Struck::default();
        let mut inner = self.inner.lock();
        if inner.is_past_over && Arc::strong_count(&inner.looks_back) == 1 {
            inner.is_past_over = false;
            self.keep_past(&inner);
        }
        let Inner {
            faults,
            seen,
            looks_back,
            is_past_over,
            ..
        } = &mut *inner;
        if faults.is_empty() {
            return struck;
        }
        for standing in faults.iter_mut() {
            let fault = &standing.fault;
            if !fault.fits(service, operation, account)
                || !counts(standing)
                || (fault.probability < 1.0 && ids.fraction() >= fault.probability)
                || (struck.effect.is_some() && !standing.effect().is_beside_others())
            {
                continue;
            }
            let effect = standing.effect().clone();
            match &effect {
                FaultEffect::Latency(by) => struck.latency += *by,
                FaultEffect::Stale(_) if !reads(service, operation) => continue,
                FaultEffect::Stale(by) => {
                    struck.stale = struck.stale.max(Some(*by));
                    struck.looks_back = Some(Arc::clone(looks_back));
                }
                effect => struck.effect = Some(effect.clone()),
            }
            standing.count();
            seen.push_back(Seen {
                fault: standing.id,
                service: service.to_owned(),
                operation: operation.to_owned(),
                account: account.to_owned(),
                effect,
            });
        }
        // Who was struck last still looks back: the past ends with a later request.
        let before = faults.len();
        faults.retain(|standing| standing.fault.times != Times::Count(0));
        *is_past_over |= faults.len() < before;
        while seen.len() > REMEMBERED {
            seen.pop_front();
        }
        struck
    }
}

/// Whether an operation only reads, by its name, and may show what was.
fn reads(service: &str, operation: &str) -> bool {
    const BEGINNINGS: [&str; 7] = [
        "Get", "List", "Describe", "Search", "BatchGet", "Query", "Lookup",
    ];
    !matches!(service, "s3" | "sts")
        && BEGINNINGS
            .iter()
            .any(|beginning| operation.starts_with(beginning))
}

#[cfg(test)]
mod tests;
