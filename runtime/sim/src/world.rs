//! The simulated world: pods over one journal, clients, and a world outside, on one thread and one virtual
//! clock. What happens next is the earliest event; events of one moment happen in the order they were made.

use std::collections::BTreeMap;
use std::sync::Arc;

use datamesh_actor::pod::{Builder, Pod};
use datamesh_actor::{Options, RetryPolicy};
use datamesh_journal::EntityKey;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::value::RawValue;

use crate::client::{Waiting, Wish};
use crate::event::Event;
use crate::journal::SimJournal;
use crate::ledger::Ledger;
use crate::outside::Outside;
use crate::plan::Plan;

/// Trouble ends after so long; then everything has to come to its end.
const TROUBLE_MS: i64 = 60_000;
/// What has not come to its end so long after the trouble never will.
const REST_MS: i64 = 30 * 60_000;
const START_MS: i64 = 1_000_000_000;

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
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What went wrong, in sentences; empty for a good run.
    pub wrong: Vec<String>,
    /// What happened, a line each.
    pub trace: Vec<String>,
    /// Commits written.
    pub commits: usize,
    /// Events that happened.
    pub events: u64,
}

pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) rng: StdRng,
    pub(crate) now_ms: i64,
    events: BTreeMap<(i64, u64), Event>,
    made: u64,
    pub(crate) lives: u32,
    pub(crate) pods: Vec<Host>,
    /// Of a dead life, writes that would arrive after this moment never do.
    pub(crate) cut_ms: BTreeMap<u32, i64>,
    /// When each life began.
    pub(crate) born_ms: BTreeMap<u32, i64>,
    pub(crate) journal: Arc<SimJournal>,
    pub(crate) outside: Outside,
    pub(crate) wishes: Vec<Wish>,
    pub(crate) waiting: Vec<Waiting>,
    /// The most entries of each ledger that a writer was told of.
    pub(crate) told: BTreeMap<String, u64>,
    pub(crate) snapshots: BTreeMap<EntityKey, Box<RawValue>>,
    pub(crate) trace: Vec<String>,
    pub(crate) wrong: Vec<String>,
}

/// Plays one run.
pub fn run(plan: Plan) -> Outcome {
    let mut world = World::new(plan);
    world.wish();
    let mut events = 0;
    let mut rested = false;
    while let Some(((at_ms, _), event)) = world.events.pop_first() {
        if at_ms > START_MS + TROUBLE_MS + REST_MS {
            break;
        }
        events += 1;
        world.now_ms = at_ms;
        if let Some(event) = world.awake(event) {
            world.happen(event);
            world.look();
        }
        if world.at_rest() {
            rested = true;
            break;
        }
    }
    if !rested {
        world.never_rested();
    }
    world.judge();
    Outcome {
        commits: world.journal.len(),
        events,
        wrong: world.wrong,
        trace: world.trace,
    }
}

impl World {
    fn new(plan: Plan) -> Self {
        let mut world = Self {
            rng: StdRng::seed_from_u64(plan.seed),
            now_ms: START_MS,
            events: BTreeMap::new(),
            made: 0,
            lives: 0,
            pods: Vec::new(),
            cut_ms: BTreeMap::new(),
            born_ms: BTreeMap::new(),
            journal: Arc::new(SimJournal::new(plan.bug)),
            outside: Outside::new(plan.bug),
            wishes: Vec::new(),
            waiting: Vec::new(),
            told: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            trace: Vec::new(),
            wrong: Vec::new(),
            plan,
        };
        for pod in 0..world.plan.pods {
            world.pods.push(Host {
                process: None,
                life: 0,
                skew_ms: 0,
                asleep_until_ms: 0,
                writes_until_ms: 0,
            });
            world.after(0, Event::Boot { pod });
        }
        if world.plan.trouble {
            world.after(500, Event::Trouble);
        }
        world
    }

    /// A fresh process.
    pub(crate) fn process(&mut self) -> Pod {
        let options = Options {
            shards: 2,
            entity_mailbox: 8,
            in_flight: 12,
            passivate_after_s: 3,
            snapshot_every: 4,
            retry: RetryPolicy {
                initial_ms: 50,
                factor: 1.5,
                max_ms: 2_000,
                attempts: 4,
            },
            panic_limit: 2,
            ..Options::default()
        };
        Builder::default()
            .register::<Ledger>(self.outside.clone())
            .start(options, self.rng.next_u64())
    }

    /// Whether chance wants trouble just now: once in so many times.
    pub(crate) fn chance(&mut self, one_in: u64) -> bool {
        self.troubled() && self.rng.next_u64().is_multiple_of(one_in)
    }

    pub(crate) fn troubled(&self) -> bool {
        self.plan.trouble && self.now_ms < START_MS + TROUBLE_MS
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.rng.next_u64() % limit.max(1)
    }

    /// How long a message takes, in milliseconds: mostly little.
    pub(crate) fn delay(&mut self) -> i64 {
        let most = if self.chance(12) { 3_000 } else { 20 };
        1 + self.below(most) as i64
    }

    pub(crate) fn at(&mut self, at_ms: i64, event: Event) {
        self.made += 1;
        self.events.insert((at_ms, self.made), event);
    }

    pub(crate) fn after(&mut self, pause_ms: i64, event: Event) {
        self.at(self.now_ms.saturating_add(pause_ms), event);
    }

    /// What the clock of this pod shows.
    pub(crate) fn clock(&self, pod: usize) -> i64 {
        self.now_ms + self.pods.get(pod).map_or(0, |host| host.skew_ms)
    }

    pub(crate) fn say(&mut self, pod: Option<usize>, what: impl AsRef<str>) {
        let ms = self.now_ms - START_MS;
        let who = pod.and_then(|pod| Some(format!("pod {pod}.{}", self.pods.get(pod)?.life)));
        let line = format!(
            "{:>5}.{:03}  {:<8}  {}",
            ms / 1_000,
            ms % 1_000,
            who.unwrap_or_default(),
            what.as_ref()
        );
        self.trace.push(line);
    }

    /// The event, if its pod lives and is awake; it waits for one that is asleep.
    fn awake(&mut self, event: Event) -> Option<Event> {
        let pod = match &event {
            Event::Try { pod, life, .. } if self.pods.get(*pod)?.life == *life => *pod,
            other => match other.place() {
                None => return Some(event),
                Some((pod, life)) => {
                    let host = self.pods.get(pod)?;
                    if life.is_some_and(|life| life != host.life) {
                        return None;
                    }
                    host.process.as_ref()?;
                    pod
                }
            },
        };
        let until_ms = self.pods.get(pod)?.asleep_until_ms;
        if until_ms > self.now_ms {
            self.at(until_ms, event);
            return None;
        }
        Some(event)
    }

    /// Whether everything that anybody wanted has come to its end.
    fn at_rest(&self) -> bool {
        !self.troubled()
            && self.wishes.iter().all(|wish| wish.answer.is_some())
            && self.events.values().all(Event::periodic)
            && self.journal.open_work().is_empty()
    }
}
