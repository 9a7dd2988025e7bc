//! A place where processes run, one after the other, and what outlives them there.

use datamesh_actor::pod::{BlackBox, Builder, Pod};
use datamesh_actor::{Options, RetryPolicy};
use rand::Rng;

use crate::bug::Bug;
use crate::claiming::{self, Claiming};
use crate::going::Going;
use crate::ledger::Ledger;
use crate::onlooker::{CRASH_LIMIT, Onlooker};
use crate::world::{ATTEMPTS, World};

/// A try of an effect that takes longer is given up.
const EFFECT_LIMIT_S: u64 = 5;

/// A place where a process runs.
pub(crate) struct Host {
    pub(crate) process: Option<Pod>,
    pub(crate) life: u32,
    /// What its clock shows beside the true time, in milliseconds.
    pub(crate) skew_ms: i64,
    /// It stands still until then.
    pub(crate) asleep_until_ms: i64,
    /// When the newest of its writes reaches the journal: they do not overtake each other.
    pub(crate) writes_until_ms: i64,
    /// When the newest of their fates comes back: nor do these.
    pub(crate) fates_until_ms: i64,
    /// When the newest word of the operator comes.
    pub(crate) told_until_ms: i64,
    /// How far it is on its way down, if somebody wants it to go.
    pub(crate) going: Option<Going>,
    /// Outlives its processes.
    pub(crate) black_box: BlackBox,
    /// Whether the process before died, and did not go down in order.
    pub(crate) crashed: bool,
    pub(crate) claiming: Claiming,
    pub(crate) onlooker: Onlooker,
}

impl Host {
    /// Without a process.
    pub(crate) fn new() -> Self {
        Self {
            process: None,
            life: 0,
            skew_ms: 0,
            asleep_until_ms: 0,
            writes_until_ms: 0,
            fates_until_ms: 0,
            told_until_ms: 0,
            going: None,
            black_box: BlackBox::default(),
            crashed: false,
            claiming: Claiming::new(claiming::MOST),
            onlooker: Onlooker::default(),
        }
    }
}

impl World {
    /// A fresh process.
    pub(crate) fn process(&mut self, pod: usize) -> Pod {
        let options = Options {
            shards: self.plan.shards,
            entity_mailbox: 8,
            in_flight: self.plan.in_flight,
            passivate_after_s: self.plan.passivate_after_s,
            residents: self.plan.residents,
            resident_bytes: self.plan.resident_bytes,
            unsettled: self.plan.unsettled,
            snapshot_every: 4,
            receipts: self.plan.receipts,
            effects: self.plan.effects,
            effect_limit_s: EFFECT_LIMIT_S,
            retry: RetryPolicy {
                initial_ms: 50,
                factor: 1.5,
                max_ms: 2_000,
                attempts: ATTEMPTS,
            },
            panic_limit: 2,
            crash_limit: CRASH_LIMIT,
            claim_first: self.plan.claim_first,
            claim_most: claiming::MOST,
            claim_pause_ms: claiming::PAUSE_MS,
            ..Options::default()
        };
        let planted = match self.plan.bug {
            Some(Bug::Engine(planted)) => Some(planted),
            _ => None,
        };
        let mut builder = Builder::default()
            .plant(planted)
            .register::<Ledger>(self.outside.clone());
        if let Some(host) = self.pods.get(pod) {
            builder = builder.after(&host.black_box);
        }
        builder.start(options, self.rng.next_u64())
    }
}
