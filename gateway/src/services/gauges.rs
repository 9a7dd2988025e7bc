use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datamesh_actor::{Limit, Runtime, Taken};
use datamesh_journal::{EntityQuery, MarkKind, WorkKind, WorkQuery};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;

use super::infrastructure::Infrastructure;
use super::page;
use crate::server::Metrics;

/// What of the runtime and the pools is shown in `/metrics`. It is read when the metrics are, from counters and from
/// the journal, and never asked of a shard: a shard that stands still is when the metrics are looked at.
#[derive(Clone)]
pub struct Gauges {
    runtime: Runtime,
    infrastructure: Arc<dyn Infrastructure>,
    waiting: Family<Shard, Gauge>,
    refused: Family<Refusal, Counter>,
    paused_effects: Gauge,
    residents: Gauge,
    stopped_actors: Family<Mark, Gauge>,
    in_flight: Family<Pool, Gauge>,
    open_circuits: Family<Pool, Gauge>,
    calls: Family<Operation, Counter>,
    throttled: Family<Operation, Counter>,
    failed: Family<Operation, Counter>,
    rate: Family<Operation, Gauge<f64, AtomicU64>>,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Mark {
    status: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Shard {
    shard: u32,
    what: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Refusal {
    shard: u32,
    what: &'static str,
    limit: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Pool {
    service: String,
    account: String,
    region: String,
    role: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Operation {
    service: String,
    account: String,
    region: String,
    role: String,
    operation: String,
}

impl Gauges {
    /// Registers them.
    pub fn new(
        metrics: &Metrics,
        runtime: Runtime,
        infrastructure: Arc<dyn Infrastructure>,
    ) -> Self {
        let gauges = Self {
            runtime,
            infrastructure,
            waiting: Family::default(),
            refused: Family::default(),
            paused_effects: Gauge::default(),
            residents: Gauge::default(),
            stopped_actors: Family::default(),
            in_flight: Family::default(),
            open_circuits: Family::default(),
            calls: Family::default(),
            throttled: Family::default(),
            failed: Family::default(),
            rate: Family::default(),
        };
        metrics.register(|registry| {
            registry.register(
                "shard_letters",
                "Commands and operators' wishes that a shard has not answered yet",
                gauges.waiting.clone(),
            );
            registry.register(
                "shard_letters_refused",
                "Commands and operators' wishes that were told to come again, by the limit they met",
                gauges.refused.clone(),
            );
            registry.register(
                "actors_resident",
                "Actors in memory",
                gauges.residents.clone(),
            );
            registry.register(
                "effects_paused",
                "Effects that wait for an operator, up to 1,000",
                gauges.paused_effects.clone(),
            );
            registry.register(
                "actors_stopped",
                "Actors that are paused or quarantined, up to 1,000 of each",
                gauges.stopped_actors.clone(),
            );
            registry.register(
                "pool_calls_in_flight",
                "Calls to AWS that are under way",
                gauges.in_flight.clone(),
            );
            registry.register(
                "pool_circuit_open",
                "1 while the circuit of a pool is not closed",
                gauges.open_circuits.clone(),
            );
            registry.register(
                "pool_calls",
                "Calls that were made to AWS",
                gauges.calls.clone(),
            );
            registry.register(
                "pool_calls_throttled",
                "Calls that AWS throttled",
                gauges.throttled.clone(),
            );
            registry.register(
                "pool_calls_failed",
                "Calls that failed otherwise",
                gauges.failed.clone(),
            );
            registry.register(
                "pool_rate",
                "Calls that are allowed per second just now",
                gauges.rate.clone(),
            );
        });
        gauges
    }

    /// Reads them. What cannot be read keeps its last value.
    pub async fn refresh(&self) {
        let journal = self.runtime.journal();
        let effects = WorkQuery {
            kind: Some(WorkKind::Effect),
            paused: true,
            limit: page::MAX,
            ..WorkQuery::default()
        };
        if let Ok(found) = journal.work(&effects).await {
            self.paused_effects.set(signed(found.items.len()));
        }
        for (mark, status) in [
            (MarkKind::Paused, "paused"),
            (MarkKind::Quarantined, "quarantined"),
        ] {
            let actors = EntityQuery {
                mark: Some(mark),
                limit: page::MAX,
                ..EntityQuery::default()
            };
            if let Ok(found) = journal.entities(&actors).await {
                self.stopped_actors
                    .get_or_create(&Mark { status })
                    .set(signed(found.items.len()));
            }
        }
        self.residents.set(signed(self.runtime.resident()));
        self.refresh_shards();
        self.refresh_pools();
    }

    fn refresh_shards(&self) {
        for (shard, load) in (0_u32..).zip(self.runtime.load()) {
            for (what, taken) in [("command", load.commands), ("control", load.controls)] {
                self.refresh_letters(shard, what, &taken);
            }
        }
    }

    fn refresh_letters(&self, shard: u32, what: &'static str, taken: &Taken) {
        self.waiting
            .get_or_create(&Shard { shard, what })
            .set(signed(taken.now));
        for (limit, count) in Limit::ALL.into_iter().zip(taken.refused) {
            let limit = limit.name();
            let labels = Refusal { shard, what, limit };
            let counter = self.refused.get_or_create(&labels);
            counter.inner().store(count, Ordering::Relaxed);
        }
    }

    fn refresh_pools(&self) {
        for pool in self.infrastructure.pools() {
            let labels = Pool {
                service: pool.service,
                account: pool.account,
                region: pool.region,
                role: pool.role,
            };
            self.in_flight
                .get_or_create(&labels)
                .set(i64::from(pool.in_flight));
            self.open_circuits
                .get_or_create(&labels)
                .set(i64::from(pool.circuit != "CLOSED"));
            for operation in pool.operations {
                let labels = Operation {
                    service: labels.service.clone(),
                    account: labels.account.clone(),
                    region: labels.region.clone(),
                    role: labels.role.clone(),
                    operation: operation.operation,
                };
                set(&self.calls, &labels, operation.calls);
                set(&self.throttled, &labels, operation.throttled);
                set(&self.failed, &labels, operation.failed);
                self.rate.get_or_create(&labels).set(operation.current_rate);
            }
        }
    }
}

fn set(family: &Family<Operation, Counter>, labels: &Operation, value: u64) {
    family
        .get_or_create(labels)
        .inner()
        .store(value, Ordering::Relaxed);
}

fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
