//! The simulated world: pods over one journal, clients, and a world outside, on one thread and one virtual
//! clock. What happens next is the earliest event; events of one moment happen in the order they were made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datamesh_journal::EntityKey;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::value::RawValue;

use crate::client::Waiting;
use crate::event::Event;
use crate::history::History;
use crate::host::Host;
use crate::journal::SimJournal;
use crate::outside::Outside;
use crate::plan::Plan;
use crate::play::Counts;
use crate::telling::Asking;
use crate::wish::Wish;

/// Trouble ends after so long; then everything has to come to its end.
pub(crate) const TROUBLE_MS: i64 = 60_000;
pub(crate) const START_MS: i64 = 1_000_000_000;
/// Tries of an effect before it is paused.
pub(crate) const ATTEMPTS: u32 = 4;

/// A line of the trace; made only if somebody wants to read it.
macro_rules! say {
    ($world:expr, $pod:expr, $($what:tt)*) => {
        if $world.traced {
            let line = format!($($what)*);
            $world.line($pod, &line);
        }
    };
}
pub(crate) use say;

pub(crate) struct World {
    pub(crate) plan: Plan,
    pub(crate) rng: StdRng,
    pub(crate) now_ms: i64,
    pub(crate) events: BTreeMap<(i64, u64), Event>,
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
    /// Tries that wait for another ledger.
    pub(crate) asking: Vec<Asking>,
    /// The most entries of each ledger that a writer was told of.
    pub(crate) told: BTreeMap<String, u64>,
    pub(crate) histories: BTreeMap<EntityKey, History>,
    /// The newest commit of a ledger that a life was told is durable.
    pub(crate) heard: BTreeMap<(u32, EntityKey), u64>,
    /// The commit up to which a life has read a ledger last.
    pub(crate) read: BTreeMap<(u32, EntityKey), u64>,
    /// The effects that a life's runner has.
    pub(crate) with_runner: BTreeSet<(u32, String)>,
    /// Failures of an effect in one life that count against its tries.
    pub(crate) strikes: BTreeMap<(u32, String), u32>,
    /// Since which moment a life wants an operator to look at a ledger that panicked too often.
    pub(crate) given_over: BTreeMap<(u32, EntityKey), u64>,
    /// Lives that ended in order: nothing of them is on its way.
    pub(crate) ended_well: BTreeSet<u32>,
    pub(crate) snapshots: BTreeMap<EntityKey, Box<RawValue>>,
    pub(crate) traced: bool,
    pub(crate) trace: Vec<String>,
    pub(crate) wrong: Vec<String>,
    /// Events so far.
    pub(crate) events_so_far: u64,
    pub(crate) counts: Counts,
    /// The number of what kills, if anything does.
    pub(crate) deadly: u32,
    /// Processes die of one command or deed only, if at all.
    pub(crate) one_kills: bool,
}

impl World {
    pub(crate) fn new(plan: Plan, traced: bool) -> Self {
        let mut world = Self {
            rng: StdRng::seed_from_u64(plan.seed),
            now_ms: START_MS,
            events: BTreeMap::new(),
            made: 0,
            lives: 0,
            pods: Vec::new(),
            cut_ms: BTreeMap::new(),
            born_ms: BTreeMap::new(),
            journal: Arc::new(SimJournal::new(plan.receipts, plan.bug)),
            outside: Outside::new(plan.bug),
            wishes: Vec::new(),
            waiting: Vec::new(),
            asking: Vec::new(),
            told: BTreeMap::new(),
            histories: BTreeMap::new(),
            heard: BTreeMap::new(),
            read: BTreeMap::new(),
            with_runner: BTreeSet::new(),
            strikes: BTreeMap::new(),
            given_over: BTreeMap::new(),
            ended_well: BTreeSet::new(),
            snapshots: BTreeMap::new(),
            traced,
            events_so_far: 0,
            counts: Counts::default(),
            trace: Vec::new(),
            wrong: Vec::new(),
            deadly: 0,
            one_kills: plan.one_kills(),
            plan,
        };
        for pod in 0..world.plan.pods {
            world.pods.push(Host::new());
            world.after(0, Event::Boot { pod });
        }
        if world.plan.trouble {
            world.after(500, Event::Trouble);
        }
        world
    }

    /// Whether chance wants trouble just now: once in so many times.
    pub(crate) fn chance(&mut self, one_in: u64) -> bool {
        self.troubled() && self.rng.next_u64().is_multiple_of(one_in)
    }

    pub(crate) fn troubled(&self) -> bool {
        self.plan.trouble && self.now_ms < START_MS + TROUBLE_MS
    }

    /// Whether what is poisonous kills just now.
    pub(crate) fn poisonous(&self) -> bool {
        self.plan.poison.is_some() && (self.troubled() || !self.plan.cured)
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

    /// See [`say!`].
    pub(crate) fn line(&mut self, pod: Option<usize>, what: &str) {
        let ms = self.now_ms - START_MS;
        let who = pod.and_then(|pod| Some(format!("pod {pod}.{}", self.pods.get(pod)?.life)));
        let line = format!(
            "{:>5}.{:03}  {:<8}  {what}",
            ms / 1_000,
            ms % 1_000,
            who.unwrap_or_default(),
        );
        self.trace.push(line);
    }

    /// The event, if its pod lives and is awake; it waits for one that is asleep, in the order of the making.
    pub(crate) fn awake(&mut self, made: u64, event: Event) -> Option<Event> {
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
            self.events.insert((until_ms, made), event);
            return None;
        }
        Some(event)
    }
}
