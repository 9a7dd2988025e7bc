//! The flight recorder of a [`Pod`](crate::pod::Pod): kept by whoever plays the machine, as the recorder's file
//! outlives its process. The threaded runtime writes the same down in [`crate::recorder`].

use datamesh_journal::EntityKey;

use crate::effect::HELD;
use crate::pod::{Ended, Try};
use crate::recorder::adoption::{Past, Suspect, first_of, suspects};
use crate::recorder::record::{Deed, What};
use crate::recorder::suspects::Suspects;

/// What a pod is doing, and what was under way when pods before it died.
#[derive(Clone, Debug, Default)]
pub struct BlackBox {
    suspects: Vec<Suspect>,
    running: Vec<Deed>,
}

impl BlackBox {
    /// A try begins.
    pub fn begins(&mut self, attempt: &Try) {
        let cx = attempt.cx();
        self.running.push(Deed {
            entity: cx.entity.clone(),
            what: What::Trying(cx.effect_id.clone()),
            by: None,
            rank: attempt.rank(),
        });
    }

    /// A try ended, in whatever way: it is no suspect any more.
    pub fn ends(&mut self, end: &Ended) {
        let same = |deed: &Deed| {
            let effect = matches!(&deed.what, What::Trying(id) if id == end.effect_id());
            effect && deed.entity == *end.key()
        };
        self.running.retain(|deed| !same(deed));
        if end.error().is_none_or(|error| error.code != HELD) {
            self.suspects.retain(|suspect| !same(&suspect.deed));
        }
    }

    /// The pod died: what was under way is suspected, and condemned after `limit` times (at most 255; 0 suspects
    /// nobody).
    pub fn crashed(&mut self, limit: u32) {
        let past = Past {
            clean: false,
            suspects: std::mem::take(&mut self.suspects),
            running: std::mem::take(&mut self.running),
        };
        self.suspects = suspects(past, narrow(limit), usize::MAX);
    }

    /// How many times in a row pods died while they tried this effect.
    pub fn crashes(&self, entity: &EntityKey, effect_id: &str) -> u32 {
        let what = What::Trying(effect_id.to_owned());
        let same = |s: &&Suspect| s.deed.entity == *entity && s.deed.what == what;
        let suspect = self.suspects.iter().find(same);
        suspect.map_or(0, |suspect| suspect.crashes.into())
    }

    pub(crate) fn suspects(&self, limit: u32) -> Suspects {
        Suspects::new(&self.suspects, narrow(limit))
    }

    /// The entities that are taken up before all others.
    pub(crate) fn first(&self, limit: u32) -> Vec<EntityKey> {
        first_of(&self.suspects, narrow(limit))
    }
}

fn narrow(limit: u32) -> u8 {
    u8::try_from(limit).unwrap_or(u8::MAX)
}
