//! How a pod is made, from what the process before left.

use std::sync::Arc;
use std::time::Duration;

use datamesh_journal::EntityKey;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::Pod;
use super::black_box::BlackBox;
use super::door::Door;
use super::line::Line;
use super::recovery::Recovery;
use crate::cell::{Kind, TypedKind};
use crate::claim::{Claim, Pace};
use crate::effect::Effects;
use crate::engine::{Engine, Kinds};
use crate::entity::Entity;
use crate::options::Options;
use crate::permits::Permits;
use crate::planted::{Planted, planted};
use crate::recorder::Recorder;
use crate::recorder::adoption::first_of;
use crate::recorder::record::What;
use crate::recorder::suspects::Suspects;
use crate::timers::Told;
use crate::unsettled::Unsettled;

/// Collects the kinds of entities before the start.
#[derive(Default)]
pub struct Builder {
    kinds: Kinds,
    black_box: BlackBox,
    planted: Option<Planted>,
}

/// What was under way when processes before this one died.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspected {
    /// Whose.
    pub entity: EntityKey,
    /// The id of the effect that was tried, or what was decided on: `command Enter`.
    pub what: String,
    /// How many times in a row, as the recorder counts.
    pub crashes: u32,
}

impl Builder {
    /// The process has this bug.
    #[must_use]
    pub fn plant(mut self, bug: Option<Planted>) -> Self {
        self.planted = bug;
        self
    }

    /// Adds a kind of entity and who does its effects.
    #[must_use]
    pub fn register<E: Entity>(mut self, effects: impl Effects<E>) -> Self {
        let kind: Arc<dyn Kind> = Arc::new(TypedKind::<E, _>::new(effects));
        self.kinds.insert(Arc::from(E::KIND), kind);
        self
    }

    /// The process comes after those that this tells of, and keeps it up.
    #[must_use]
    pub fn after(mut self, black_box: &BlackBox) -> Self {
        self.black_box = black_box.clone();
        self
    }

    /// An empty process with `options.shards` shards (at least one). The same seed draws the same commit ids,
    /// jitter and hints.
    pub fn start(self, options: Options, seed: u64) -> Pod {
        let mut rng = StdRng::seed_from_u64(seed);
        let (kinds, shards) = (Arc::new(self.kinds), options.shards.max(1));
        let options = Arc::new(options);
        let crash_limit = u8::try_from(options.crash_limit).unwrap_or(u8::MAX);
        let found = Recorder::in_memory(&self.black_box, shards, crash_limit, self.planted);
        let suspects = Suspects::new(&found.suspects, crash_limit);
        let unsettled = Unsettled::new(options.unsettled);
        let engines = (0..shards).map(|shard| {
            let rng = StdRng::seed_from_u64(rng.next_u64());
            let (kinds, options) = (kinds.clone(), options.clone());
            let (recorder, suspects) = (found.recorder.clone(), suspects.clone());
            let unsettled = unsettled.clone();
            let mut engine = Engine::new(kinds, options, rng, shard, recorder, suspects, unsettled);
            engine.plant(self.planted);
            engine
        });
        let engines: Vec<Engine> = engines.collect();
        let door = Door::new(&options, shards, &mut rng);
        let effects = match planted!(self, PermitsIgnored) {
            true => options.effects.saturating_mul(2),
            false => options.effects,
        };
        let mut permits = Permits::new(effects);
        permits.planted = self.planted;
        let mut pass = Claim::new(Pace::after(found.crashed, &options));
        pass.planted = self.planted;
        let suspected = found.suspects.iter().map(|suspect| Suspected {
            entity: suspect.deed.entity.clone(),
            what: match &suspect.deed.what {
                What::Trying(effect_id) => effect_id.clone(),
                What::Deciding(cause) => cause.clone(),
            },
            crashes: suspect.crashes.into(),
        });
        Pod {
            engines,
            door,
            told: Told::default(),
            suspected: suspected.collect(),
            recovery: Recovery::new(first_of(&found.suspects, crash_limit), pass),
            recorder: found.recorder,
            line: Line::new(permits),
            limit: Duration::from_secs(options.effect_limit_s.max(1)),
            planted: self.planted,
            unsettled,
        }
    }
}
