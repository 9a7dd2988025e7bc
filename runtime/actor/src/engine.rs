//! A shard's mind, without threads, clocks or I/O: what happens to it comes in through methods, what it
//! wants done goes out as [`Action`]s. The actix shard around it carries the actions out; a simulator can
//! do so in virtual time, with many engines on one thread.
//!
//! The rules it keeps:
//! - *Decide ahead, answer behind.* An entity decides on its newest state, even while the commit that made
//!   it is in flight; answers (refusals too) and effects wait until all they stand on is durable.
//! - *A refused commit drops the memory.* Everything decided on top of it is void: its callers are told to
//!   send again, and the entity is read anew from the journal.
//! - *A life has a number.* An answer that was meant for an earlier life of an entity (its epoch) is
//!   dropped.
//! - *Effects outlive lives.* An effect that is with the runner when its entity is dropped stays there; the
//!   next life finds it in the journal, sees that the runner has it, and waits for its end.

use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use datamesh_journal::{
    AppendError, Appended, Commit, CommitId, EntityKey, JournalError, Loaded, Mark, MarkKind,
};
use rand::Rng;
use rand::rngs::StdRng;
use tokio_util::sync::CancellationToken;

use crate::ask::AskError;
use crate::behalf::Behalf;
use crate::cell::Kind;
use crate::control::{ActorStatus, Control, ControlError, ControlReply, EffectDetail};
use crate::effect::{EffectCx, Idempotency, Rank};
use crate::life::{
    back_off_load, cancel_wished, durable, landed, load, lost, panic_text, panicked,
    pause_condemned, quarantine, start_held, status,
};
use crate::limit::Limit;
use crate::options::Options;
use crate::planted::planted;
use crate::recorder::record::What;
use crate::recorder::suspects::Suspects;
use crate::recorder::{Recorder, Watch};
use crate::reply::ReplyTo;
use crate::residence::{Headcount, Residence};
use crate::slot::{Envelope, Phase, Resident, Slot, Work};
use crate::unsettled::Unsettled;
use crate::weight::Scale;
use serde_json::value::RawValue;

/// What an entity does when it comes back to memory, as a cause.
pub(crate) const REPLAY: &str = "replay";

/// How soon a caller that was told "busy" may find room.
pub(crate) const BUSY_RETRY: Duration = Duration::from_millis(100);

/// All kinds of entities that a runtime knows.
pub(crate) type Kinds = HashMap<Arc<str>, Arc<dyn Kind>>;

/// What the engine wants done.
pub(crate) enum Action {
    /// Read the entity and call [`Engine::loaded`].
    Load { key: EntityKey, epoch: u64 },
    /// Write the commit and call [`Engine::appended`].
    Append { commit: Box<Commit>, tag: Tag },
    /// Do the effect after the pause and call [`Engine::settled`].
    Start(Box<Task>),
    /// Call [`Engine::wake`] after the pause.
    Wake {
        key: EntityKey,
        epoch: u64,
        after: Duration,
    },
    /// Keep the mark in the journal, however long it takes, and call [`Engine::mark_kept`].
    Mark { key: EntityKey, mark: Mark },
    /// Call [`Engine::settled`] after the pause: there is no room for its commit just now.
    Later {
        key: EntityKey,
        effect_id: String,
        result: Result<crate::cell::Erased, crate::effect::EffectError>,
        after: Duration,
    },
    /// A timer is due then: see that [`Engine::timer`] is called.
    Arm { due_ms: i64 },
    /// The entity has a new durable commit: tell who watches.
    Changed { key: EntityKey, seq: u64 },
}

/// Says which commit of which life an answer of the journal is about.
#[derive(Clone, Debug)]
pub(crate) struct Tag {
    pub(crate) key: EntityKey,
    pub(crate) epoch: u64,
}

/// An effect for the runner.
pub(crate) struct Task {
    pub(crate) kind: Arc<dyn Kind>,
    pub(crate) cx: EffectCx,
    pub(crate) idempotency: Idempotency,
    pub(crate) data: Arc<RawValue>,
    pub(crate) after: Duration,
    /// Cancelled when it must not start any more, for its entity was paused.
    pub(crate) hold: CancellationToken,
    pub(crate) rank: Rank,
    /// In whose name it asks other entities.
    pub(crate) behalf: Behalf,
    /// It was under way when processes died: it is tried alone among such.
    pub(crate) probation: bool,
}

/// What every step needs beside the entity itself.
pub(crate) struct Env {
    pub(crate) options: Arc<Options>,
    pub(crate) rng: StdRng,
    pub(crate) out: Vec<Action>,
    /// Entities that are being read from the journal.
    pub(crate) loading: usize,
    /// Commits in flight over all entities of the shard.
    pub(crate) in_flight: usize,
    /// Effects that the runner has, or whose end is not taken in yet: none of them is started again.
    pub(crate) running: HashMap<(EntityKey, String), CancellationToken>,
    /// Effects of the process that are asked for and have not ended.
    pub(crate) unsettled: Unsettled,
    /// What the entities in memory weigh.
    pub(crate) scale: Scale,
    /// Ends of effects that wait until there is room for their commits.
    pub(crate) put_off: HashSet<(EntityKey, String)>,
    /// Writes down what is done, so that it is known after a crash.
    pub(crate) recorder: Recorder,
    /// This shard's number.
    pub(crate) shard: usize,
    /// What was under way when processes before this one died.
    pub(crate) suspects: Suspects,
    /// Lives begun so far, over all entities: an epoch is never used twice.
    epochs: u64,
    /// A bug for the simulator to find.
    #[cfg(feature = "simulation")]
    pub(crate) planted: Option<crate::planted::Planted>,
}

impl Env {
    pub(crate) fn epoch(&mut self) -> u64 {
        self.epochs += 1;
        self.epochs
    }

    /// To be held while an entity decides.
    pub(crate) fn deciding(&self, entity: &EntityKey, cause: &str, by: Option<&str>) -> Watch {
        self.recorder.deciding(self.shard, entity, cause, by)
    }

    /// The entity's quarantine is kept, or an operator lifted it: its crashes are counted anew.
    pub(crate) fn forgive_entity(&mut self, entity: &EntityKey) {
        for cause in self.suspects.forgive_entity(entity) {
            self.recorder.forgive(entity, What::Deciding(cause));
        }
    }

    /// The effect is known to be paused, is gone, or an operator wants it tried again: its crashes are counted
    /// anew.
    pub(crate) fn forgive_effect(&mut self, entity: &EntityKey, effect_id: &str) {
        if self.suspects.forgive_effect(entity, effect_id) {
            let what = What::Trying(effect_id.to_owned());
            self.recorder.forgive(entity, what);
        }
    }

    /// There is no room for the commit of this end: it comes again.
    pub(crate) fn later(
        &mut self,
        entity: &EntityKey,
        effect_id: &str,
        result: Result<crate::cell::Erased, crate::effect::EffectError>,
    ) {
        self.put_off.insert((entity.clone(), effect_id.to_owned()));
        self.out.push(Action::Later {
            key: entity.clone(),
            effect_id: effect_id.to_owned(),
            result,
            after: BUSY_RETRY,
        });
    }

    /// The end of this effect waits no more, if it did.
    fn taken_up(&mut self, entity: EntityKey, effect_id: String) -> (EntityKey, String) {
        let end = (entity, effect_id);
        if !self.put_off.is_empty() {
            self.put_off.remove(&end);
        }
        end
    }

    pub(crate) fn commit_id(&mut self) -> CommitId {
        let mut bytes = [0; 16];
        self.rng.fill_bytes(&mut bytes);
        CommitId(bytes)
    }
}

pub(crate) struct Engine {
    kinds: Arc<Kinds>,
    slots: HashMap<EntityKey, Slot>,
    residence: Residence,
    env: Env,
    draining: bool,
}

impl Engine {
    pub(crate) fn new(
        kinds: Arc<Kinds>,
        options: Arc<Options>,
        rng: StdRng,
        shard: usize,
        recorder: Recorder,
        suspects: Suspects,
        unsettled: Unsettled,
    ) -> Self {
        let scale = Scale::default();
        Self {
            kinds,
            slots: HashMap::new(),
            residence: Residence::new(options.residents, options.resident_bytes, scale.clone()),
            env: Env {
                unsettled,
                options,
                rng,
                out: Vec::new(),
                loading: 0,
                in_flight: 0,
                running: HashMap::new(),
                scale,
                put_off: HashSet::new(),
                recorder,
                shard,
                suspects,
                epochs: 0,
                #[cfg(feature = "simulation")]
                planted: None,
            },
            draining: false,
        }
    }

    /// From now on this engine has this bug.
    #[cfg(feature = "simulation")]
    pub(crate) fn plant(&mut self, bug: Option<crate::planted::Planted>) {
        self.env.planted = bug;
        self.residence.planted = bug;
    }

    /// What is to be done since the last call.
    pub(crate) fn actions(&mut self) -> Vec<Action> {
        std::mem::take(&mut self.env.out)
    }

    /// Nothing new is taken from now on.
    pub(crate) fn drain(&mut self) {
        self.draining = true;
    }

    /// Commits in flight, quarantines that are being kept, commands that wait for a load, and ends of effects that
    /// wait for it or for room.
    pub(crate) fn unanswered(&self) -> usize {
        planted!(self.env, WaitingForgotten => return self.env.in_flight);
        let waiting: usize = self.slots.values().map(Slot::unanswered).sum();
        self.env.in_flight + self.env.put_off.len() + waiting
    }

    /// A command came.
    pub(crate) fn command(&mut self, now_ms: i64, key: EntityKey, envelope: Envelope) {
        if self.draining {
            drop(envelope.reply.send(Err(AskError::Draining)));
            return;
        }
        match self.slot(now_ms, &key) {
            Some(_) => self.work(now_ms, &key, Work::Command(envelope)),
            None => {
                let kind = key.kind.to_string();
                drop(envelope.reply.send(Err(AskError::UnknownKind(kind))));
            }
        }
    }

    /// An effect ended one try.
    pub(crate) fn settled(
        &mut self,
        now_ms: i64,
        key: EntityKey,
        effect_id: String,
        result: Result<crate::cell::Erased, crate::effect::EffectError>,
    ) {
        let (key, effect_id) = self.env.taken_up(key, effect_id);
        if self.slot(now_ms, &key).is_some() {
            self.work(now_ms, &key, Work::Settled { effect_id, result });
        }
    }

    /// A timer came due.
    pub(crate) fn timer(&mut self, now_ms: i64, key: EntityKey, name: String, due_ms: i64) {
        if !self.draining && self.slot(now_ms, &key).is_some() {
            self.work(now_ms, &key, Work::Timer { name, due_ms });
        }
    }

    /// The journal says that this entity has work: bring it to life, and its effects start.
    pub(crate) fn rouse(&mut self, now_ms: i64, key: &EntityKey) {
        if !self.draining {
            self.slot(now_ms, key);
        }
    }

    /// An operator asks.
    pub(crate) fn control(
        &mut self,
        now_ms: i64,
        key: EntityKey,
        control: Control,
        reply: ReplyTo<ControlReply>,
    ) {
        let Some(slot) = self.slot(now_ms, &key) else {
            let kind = key.kind.to_string();
            drop(reply.send(Err(ControlError::UnknownKind(kind))));
            return;
        };
        if matches!(slot.phase, Phase::BackingOff) {
            let Self { slots, env, .. } = self;
            if let Some(slot) = slots.get_mut(&key) {
                crate::operate::control(slot, env, now_ms, control, reply);
            }
        } else {
            self.work(now_ms, &key, Work::Control { control, reply });
        }
    }

    /// The journal has the mark of a [`Action::Mark`].
    pub(crate) fn mark_kept(&mut self, key: &EntityKey) {
        if let Some(slot) = self.slots.get_mut(key) {
            slot.mark_unkept = false;
        }
        self.env.forgive_entity(key);
    }

    /// What is in memory of this entity, if anything: status, mailbox, last error.
    pub(crate) fn glance(&self, key: &EntityKey) -> Option<(ActorStatus, usize, Option<String>)> {
        let slot = self.slots.get(key)?;
        Some((
            status(&slot.phase),
            slot.queue.len(),
            slot.last_error.clone(),
        ))
    }

    /// The unsettled effects of this entity as they stand, if it is in memory.
    pub(crate) fn effects(&self, key: &EntityKey, now_ms: i64) -> Vec<EffectDetail> {
        match self.slots.get(key) {
            Some(slot) => crate::operate::effects(slot, &self.env, now_ms),
            None => Vec::new(),
        }
    }

    /// The entity as it is in memory.
    #[cfg(feature = "simulation")]
    pub(crate) fn detail(
        &self,
        key: &EntityKey,
        now_ms: i64,
    ) -> Option<crate::control::ActorDetail> {
        let slot = self.slots.get(key)?;
        Some(crate::operate::detail(slot, &self.env, now_ms))
    }

    /// How many of these effects are under way: of those that are not, each has ended, waits for an operator, or
    /// is not here.
    pub(crate) fn open(&self, effects: &[(EntityKey, String)]) -> usize {
        let open = |(key, effect_id): &&(EntityKey, String)| {
            let slot = self.slots.get(key);
            slot.is_some_and(|slot| slot.is_open(effect_id))
        };
        effects.iter().filter(open).count()
    }

    /// How many entities are being read from the journal.
    pub(crate) fn loading(&self) -> usize {
        self.env.loading
    }

    /// How many entities are in memory, to be read at any time.
    pub(crate) fn headcount(&self) -> Headcount {
        self.residence.headcount()
    }

    /// Drops what has had no work for a while, and what is too much.
    pub(crate) fn sweep(&mut self, now_ms: i64) {
        let Self { slots, env, .. } = self;
        let keep_ms =
            i64::try_from(env.options.passivate_after_s.saturating_mul(1_000)).unwrap_or(i64::MAX);
        slots.retain(|_, slot| {
            planted!(env, QuarantineForgotten => slot.mark_unkept = false);
            !slot.idle() || now_ms.saturating_sub(slot.used_ms) < keep_ms
        });
        self.residence.look(slots);
    }

    /// The journal answered a [`Action::Load`].
    pub(crate) fn loaded(
        &mut self,
        now_ms: i64,
        key: &EntityKey,
        epoch: u64,
        result: Result<Loaded, JournalError>,
    ) {
        let Self { slots, env, .. } = self;
        env.loading = env.loading.saturating_sub(1);
        let Some(slot) = slots.get_mut(key) else {
            return;
        };
        if slot.epoch != epoch || !matches!(slot.phase, Phase::Loading) {
            return;
        }
        match result {
            Err(error) => back_off_load(slot, env, now_ms, &error),
            Ok(loaded) if loaded.seq < slot.landed => load(slot, env),
            Ok(loaded) => {
                if slot.lives > 1 {
                    // A commit of an earlier life may have landed without anybody being told.
                    env.out.push(Action::Changed {
                        key: key.clone(),
                        seq: loaded.seq,
                    });
                }
                if let Some(mark) = &loaded.mark
                    && mark.kind == MarkKind::Quarantined
                {
                    slot.phase = Phase::Quarantined(mark.clone());
                } else {
                    let watch = env.deciding(&slot.key, REPLAY, None);
                    let revived =
                        catch_unwind(AssertUnwindSafe(|| slot.kind.revive(&slot.key, &loaded)));
                    drop(watch);
                    match revived {
                        Ok(Ok(cell)) => {
                            slot.failed_loads = 0;
                            let resident = Resident::revived(cell, loaded, &slot.key, env, now_ms);
                            slot.phase = Phase::Resident(Box::new(resident));
                            cancel_wished(slot, env, now_ms);
                            pause_condemned(slot, env, now_ms);
                            start_held(slot, env, now_ms);
                        }
                        Ok(Err(error)) => {
                            back_off_load(slot, env, now_ms, &JournalError::Corrupt(error));
                        }
                        Err(panic) => panicked(slot, env, now_ms, &panic_text(&*panic), REPLAY),
                    }
                }
            }
        }
        pump(slot, env, now_ms);
    }

    /// The pause after a failure is over.
    pub(crate) fn wake(&mut self, key: &EntityKey, epoch: u64) {
        let Self { slots, env, .. } = self;
        if let Some(slot) = slots.get_mut(key)
            && slot.epoch == epoch
            && matches!(slot.phase, Phase::BackingOff)
        {
            load(slot, env);
        }
    }

    /// The journal answered an [`Action::Append`].
    pub(crate) fn appended(
        &mut self,
        now_ms: i64,
        tag: &Tag,
        result: Result<Appended, AppendError>,
    ) {
        if result.is_ok() || !planted!(self.env, PlaceNotFreed) {
            self.env.in_flight = self.env.in_flight.saturating_sub(1);
        }
        if result.is_ok() && !self.draining {
            // An entity that left memory meanwhile may have effects in this commit: it comes back.
            self.slot(now_ms, &tag.key);
        }
        let Self { slots, env, .. } = self;
        let Some(slot) = slots.get_mut(&tag.key) else {
            return;
        };
        let same = slot.epoch == tag.epoch || planted!(env, LifeIgnored);
        match result {
            Ok(appended) if same => durable(slot, env, now_ms, appended.seq),
            Ok(appended) => landed(slot, env, appended.seq),
            Err(error) if slot.epoch == tag.epoch => lost(slot, env, &error),
            Err(_) => {}
        }
    }

    fn slot(&mut self, now_ms: i64, key: &EntityKey) -> Option<&mut Slot> {
        let Self {
            slots,
            env,
            kinds,
            residence,
            ..
        } = self;
        if !slots.contains_key(key) {
            let kind = kinds.get(&key.kind)?.clone();
            let mut slot = Slot::new(key.clone(), kind, now_ms);
            match env.suspects.condemned_entity(key, now_ms) {
                Some(mark) => quarantine(&mut slot, env, mark),
                None => load(&mut slot, env),
            }
            slots.insert(key.clone(), slot);
            // This one has work: it stays.
            residence.one_more(slots);
        }
        slots.get_mut(key)
    }

    fn work(&mut self, now_ms: i64, key: &EntityKey, work: Work) {
        let Self { slots, env, .. } = self;
        let Some(slot) = slots.get_mut(key) else {
            return;
        };
        slot.used_ms = now_ms;
        if let Work::Command(envelope) = work {
            let most = envelope.meta.priority.of(env.options.entity_mailbox);
            if slot.waiting_commands() >= most {
                envelope.reply.busy(Limit::Actor);
                return;
            }
            slot.queue.push_back(Work::Command(envelope));
        } else {
            slot.queue.push_back(work);
        }
        pump(slot, env, now_ms);
    }
}

/// Works off what waits, as far as the phase allows.
pub(crate) fn pump(slot: &mut Slot, env: &mut Env, now_ms: i64) {
    loop {
        if matches!(slot.phase, Phase::Loading | Phase::BackingOff) {
            return;
        }
        let Some(work) = slot.queue.pop_front() else {
            return;
        };
        match work {
            Work::Command(envelope) => crate::step::command(slot, env, now_ms, envelope),
            Work::Settled { effect_id, result } => {
                crate::step::settled(slot, env, now_ms, &effect_id, result);
            }
            Work::Timer { name, due_ms } => crate::step::timer(slot, env, now_ms, &name, due_ms),
            Work::Control { control, reply } => {
                crate::operate::control(slot, env, now_ms, control, reply);
            }
        }
    }
}
