//! The engine under a simulator: two engines believe that they own the same entities, on one journal that
//! refuses, fails for a while, and answers late; they panic and crash at any moment; effects fail and are cut
//! off. Whatever happens, each command counts once, each effect is settled once, no node runs an effect twice
//! at the same time, and everything comes to an end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use datamesh_journal::{
    AppendError, Appended, Commit, Committed, EntityKey, Loaded, Snapshot, Work, WorkChange,
};
use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::sync::oneshot;

use crate::cell::{Kind, TypedKind};
use crate::control::{Cancelled, Control, ControlDone, ControlReply, Order};
use crate::effect::{EffectError, ErrorClass, HELD, Idempotency};
use crate::engine::{Action, Engine, Kinds, Tag, Task};
use crate::id::fingerprint;
use crate::recorder::Recorder;
use crate::recorder::suspects::Suspects;
use crate::slot::{Answer, Envelope};
use crate::toy::{Command, Counter, State, World, id, quick};
use crate::unsettled::Unsettled;
use crate::{AskError, Options};

/// What the journal keeps of one entity.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) commits: Vec<Commit>,
}

impl Log {
    pub(crate) fn append(&mut self, commit: Commit) -> Result<Appended, AppendError> {
        let actual = self.commits.len() as u64;
        let head = self.commits.last().map(|c| c.commit_id);
        if commit.expected != actual || commit.parent != head {
            return Err(AppendError::Fenced {
                expected: commit.expected,
                actual,
            });
        }
        self.commits.push(commit);
        Ok(Appended {
            seq: actual + 1,
            repeated: false,
        })
    }

    pub(crate) fn load(&self) -> Loaded {
        let mut work: BTreeMap<String, Work> = BTreeMap::new();
        for change in self.commits.iter().flat_map(|c| &c.work) {
            match change {
                WorkChange::Put(put) => drop(work.insert(put.id.clone(), put.clone())),
                WorkChange::Remove(id) => drop(work.remove(id)),
            }
        }
        let snapshot = self.commits.iter().rev().find_map(|c| {
            let data = c.snapshot.clone()?;
            let seq = c.expected + 1;
            Some(Snapshot { seq, data })
        });
        let from = snapshot.as_ref().map_or(0, |s| s.seq);
        let commits = self.commits.iter().filter(|c| c.expected >= from);
        Loaded {
            seq: self.commits.len() as u64,
            head: self.commits.last().map(|c| c.commit_id),
            snapshot,
            commits: commits
                .map(|c| Committed {
                    seq: c.expected + 1,
                    commit_id: c.commit_id,
                    at_ms: c.at_ms,
                    cause: c.cause.clone(),
                    events: c.events.clone(),
                })
                .collect(),
            receipts: self
                .commits
                .iter()
                .filter_map(|c| c.receipt.clone())
                .collect(),
            work: work.into_values().collect(),
            mark: None,
        }
    }
}

/// A command that a client wants done, until it is answered.
struct Wish {
    command_id: String,
    entity: EntityKey,
    deliver: bool,
    answer: Option<oneshot::Receiver<Answer>>,
}

/// One process: its engine and what it waits for.
struct Node {
    engine: Engine,
    /// In the order in which the journal will see them.
    appends: VecDeque<(Commit, Tag)>,
    rest: Vec<Action>,
    /// Effects under way.
    running: Vec<Task>,
    /// The storage fails until then.
    broken_until_ms: i64,
}

struct Simulation {
    rng: StdRng,
    now_ms: i64,
    kinds: Arc<Kinds>,
    options: Arc<Options>,
    logs: HashMap<EntityKey, Log>,
    nodes: Vec<Node>,
    wishes: Vec<Wish>,
    trouble: bool,
    /// What an operator asked to be cancelled; none if there is no operator.
    cancels: Option<Vec<oneshot::Receiver<ControlReply>>>,
}

impl Simulation {
    fn new(seed: u64) -> Self {
        let kind: Arc<dyn Kind> = Arc::new(TypedKind::<Counter, _>::new(World::default()));
        let mut world = Self {
            rng: StdRng::seed_from_u64(seed),
            now_ms: 0,
            kinds: Arc::new(HashMap::from([(Arc::from("counter"), kind)])),
            options: Arc::new(Options {
                panic_limit: u32::MAX,
                // Fewer than there are entities.
                residents: 2,
                ..quick()
            }),
            logs: HashMap::new(),
            nodes: Vec::new(),
            wishes: Vec::new(),
            trouble: true,
            cancels: None,
        };
        for _ in 0..2 {
            let node = world.node();
            world.nodes.push(node);
        }
        world
    }

    fn node(&mut self) -> Node {
        let rng = StdRng::seed_from_u64(self.rng.next_u64());
        Node {
            engine: Engine::new(
                self.kinds.clone(),
                self.options.clone(),
                rng,
                0,
                Recorder::default(),
                Suspects::default(),
                Unsettled::new(self.options.unsettled),
            ),
            appends: VecDeque::new(),
            rest: Vec::new(),
            running: Vec::new(),
            broken_until_ms: 0,
        }
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.trouble && self.rng.next_u64().is_multiple_of(one_in)
    }

    fn pick(&mut self, below: usize) -> usize {
        (self.rng.next_u64() % below.max(1) as u64) as usize
    }

    fn send(&mut self, wish: usize) {
        let node = self.pick(self.nodes.len());
        let (reply, answer) = oneshot::channel();
        let wish = &mut self.wishes[wish];
        let command = if wish.deliver {
            Command::Deliver(Idempotency::Token)
        } else {
            Command::Add(1)
        };
        let json = serde_json::to_vec(&command).unwrap();
        let envelope = Envelope {
            fingerprint: fingerprint("c", &json),
            command: Box::new(command),
            name: "c",
            meta: id(&wish.command_id),
            behalf: None,
            reply: reply.into(),
        };
        wish.answer = Some(answer);
        let key = wish.entity.clone();
        self.nodes[node].engine.command(self.now_ms, key, envelope);
        self.collect(node);
    }

    fn collect(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        for action in node.engine.actions() {
            match action {
                Action::Append { commit, tag } => node.appends.push_back((*commit, tag)),
                Action::Changed { .. } | Action::Arm { .. } | Action::Mark { .. } => {}
                other => node.rest.push(other),
            }
        }
    }

    /// Something happens to one node.
    fn happen(&mut self) {
        self.now_ms += 1;
        let node = self.pick(self.nodes.len());
        if self.cancels.is_some() && self.chance(25) {
            self.cancel(node);
        }
        if self.chance(150) {
            // It dies; of what it sent to the journal, some first part arrives.
            let arrive = self.pick(self.nodes[node].appends.len() + 1);
            let fresh = self.node();
            let mut dead = std::mem::replace(&mut self.nodes[node], fresh);
            for (commit, _) in dead.appends.drain(..arrive) {
                drop(
                    self.logs
                        .entry(commit.entity.clone())
                        .or_default()
                        .append(commit),
                );
            }
            let keys: Vec<_> = self.logs.keys().cloned().collect();
            for key in keys {
                self.nodes[node].engine.rouse(self.now_ms, &key);
            }
        } else if !self.nodes[node].appends.is_empty() && self.rng.next_u64().is_multiple_of(2) {
            let (commit, tag) = self.nodes[node].appends.pop_front().unwrap();
            if self.chance(60) {
                self.nodes[node].broken_until_ms = self.now_ms + 50;
            }
            let result = if self.trouble && self.now_ms < self.nodes[node].broken_until_ms {
                if self.chance(2) {
                    drop(
                        self.logs
                            .entry(commit.entity.clone())
                            .or_default()
                            .append(commit),
                    );
                }
                Err(AppendError::Storage("the disk said no".into()))
            } else {
                self.logs
                    .entry(commit.entity.clone())
                    .or_default()
                    .append(commit)
            };
            self.nodes[node].engine.appended(self.now_ms, &tag, result);
        } else if self.chance(60) {
            let key = EntityKey::new("counter", format!("c{}", self.pick(3)));
            let (reply, _) = oneshot::channel();
            let envelope = Envelope {
                fingerprint: 0,
                command: Box::new(Command::Panic),
                name: "Panic",
                meta: crate::Meta::default(),
                behalf: None,
                reply: reply.into(),
            };
            self.nodes[node].engine.command(self.now_ms, key, envelope);
        } else if !self.nodes[node].running.is_empty() && self.rng.next_u64().is_multiple_of(3) {
            let index = self.pick(self.nodes[node].running.len());
            let task = self.nodes[node].running.swap_remove(index);
            let result = if task.hold.is_cancelled() && self.chance(2) {
                Err(EffectError::new(ErrorClass::Throttle, HELD, "called back"))
            } else if self.chance(4) {
                Err(EffectError::new(ErrorClass::Throttle, "Scripted", "later"))
            } else {
                Ok(Box::new(()) as crate::cell::Erased)
            };
            let engine = &mut self.nodes[node].engine;
            engine.settled(self.now_ms, task.cx.entity, task.cx.effect_id, result);
        } else if !self.nodes[node].rest.is_empty() {
            let index = self.pick(self.nodes[node].rest.len());
            let action = self.nodes[node].rest.swap_remove(index);
            self.carry_out(node, action);
        }
        self.collect(node);
    }

    /// An operator gives up an effect that some entity has open, as this node sees it.
    fn cancel(&mut self, node: usize) {
        let key = EntityKey::new("counter", format!("c{}", self.pick(3)));
        let engine = &mut self.nodes[node].engine;
        let Some(open) = engine.effects(&key, self.now_ms).pop() else {
            return;
        };
        let (reply, told) = oneshot::channel();
        let control = Control::Cancel {
            effect_id: open.effect_id,
            order: Order::default(),
        };
        engine.control(self.now_ms, key, control, reply.into());
        self.cancels.get_or_insert_default().push(told);
        self.collect(node);
    }

    fn carry_out(&mut self, node: usize, action: Action) {
        let now_ms = self.now_ms;
        match action {
            Action::Load { key, epoch } => {
                let loaded = self.logs.get(&key).map(Log::load).unwrap_or_default();
                let engine = &mut self.nodes[node].engine;
                engine.loaded(now_ms, &key, epoch, Ok(loaded));
            }
            Action::Wake { key, epoch, .. } => self.nodes[node].engine.wake(&key, epoch),
            Action::Start(task) => {
                let node = &mut self.nodes[node];
                let same =
                    |t: &Task| t.cx.entity == task.cx.entity && t.cx.effect_id == task.cx.effect_id;
                assert!(!node.running.iter().any(same), "an effect runs twice");
                node.running.push(*task);
            }
            Action::Later {
                key,
                effect_id,
                result,
                ..
            } => {
                let engine = &mut self.nodes[node].engine;
                engine.settled(now_ms, key, effect_id, result);
            }
            Action::Append { .. }
            | Action::Changed { .. }
            | Action::Arm { .. }
            | Action::Mark { .. } => {}
        }
    }

    /// Looks at the answers; what was not done, or may not have been, is sent again under its id.
    fn look(&mut self) {
        let mut again = Vec::new();
        for (index, wish) in self.wishes.iter_mut().enumerate() {
            let Some(receiver) = &mut wish.answer else {
                continue;
            };
            match receiver.try_recv() {
                Ok(Ok(_)) => wish.answer = None,
                Ok(Err(AskError::Retry { .. } | AskError::Busy { .. })) => again.push(index),
                Ok(Err(other)) => panic!("{other}"),
                Err(oneshot::error::TryRecvError::Closed) => again.push(index),
                Err(oneshot::error::TryRecvError::Empty) => {}
            }
        }
        for index in again {
            self.send(index);
        }
    }

    /// How many commits of an entity have this cause.
    fn commits_of(&self, key: &EntityKey, cause: &str) -> usize {
        let commits = self.logs[key].commits.iter();
        commits.filter(|c| c.cause.what == cause).count()
    }

    fn state(&self, key: &EntityKey) -> State {
        let mut state = State::default();
        for record in self.logs[key].commits.iter().flat_map(|c| &c.events) {
            let event = serde_json::from_str(record.data.get()).unwrap();
            <Counter as crate::Entity>::apply(&mut state, &event);
        }
        state
    }
}

fn simulate(seed: u64, operator: bool) {
    let mut world = Simulation::new(seed);
    world.cancels = operator.then(Vec::new);
    let keys: Vec<_> = (0..3)
        .map(|n| EntityKey::new("counter", format!("c{n}")))
        .collect();
    for n in 0..60 {
        world.wishes.push(Wish {
            command_id: format!("w{n}"),
            entity: keys[n % keys.len()].clone(),
            deliver: n % 5 == 0,
            answer: None,
        });
        world.send(n);
        for _ in 0..world.pick(20) {
            world.happen();
        }
        world.look();
    }
    world.trouble = false;
    let quiet = |world: &Simulation| {
        world.wishes.iter().all(|w| w.answer.is_none())
            && world
                .nodes
                .iter()
                .all(|n| n.appends.is_empty() && n.rest.is_empty() && n.running.is_empty())
    };
    for _ in 0..200_000 {
        if quiet(&world) {
            break;
        }
        world.happen();
        world.look();
    }
    assert!(quiet(&world), "seed {seed}: it never came to rest");
    for key in &keys {
        let mine = world.wishes.iter().filter(|w| w.entity == *key);
        let (asked, adds): (Vec<_>, Vec<_>) = mine.partition(|w| w.deliver);
        let state = world.state(key);
        assert_eq!(state.sum, adds.len() as i64, "seed {seed}: each add once");
        let failed = world.commits_of(key, "cancelled Deliver");
        assert_eq!(
            state.delivered as usize + failed,
            asked.len(),
            "seed {seed}: each effect settled once"
        );
        assert!(operator || failed == 0, "seed {seed}: nobody gave it up");
        assert!(
            world.logs[key].load().work.is_empty(),
            "seed {seed}: nothing open"
        );
    }
    let told = world
        .cancels
        .take()
        .into_iter()
        .flatten()
        .filter_map(|mut told| {
            let done = match told.try_recv().ok()?.ok()? {
                ControlDone::Wished(mut end) => end.try_recv().ok()?.ok()?,
                done => done,
            };
            matches!(done, ControlDone::Cancelled(Cancelled::Cancelled { .. })).then_some(())
        });
    let durable: usize = keys
        .iter()
        .map(|key| world.commits_of(key, "cancelled Deliver"))
        .sum();
    assert!(
        told.count() <= durable,
        "seed {seed}: told, and not durable"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn whatever_fails_each_command_counts_once_and_everything_ends(seed in any::<u64>()) {
        simulate(seed, false);
    }

    #[test]
    fn what_an_operator_cancels_is_settled_once_too(seed in any::<u64>()) {
        simulate(seed, true);
    }
}
