use datamesh_actor::EffectCx;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::access::{LedgerId, Thing};
use crate::lakeformation;
use crate::world::World;

/// Reads whether things are there. It changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct See {
    /// Which.
    pub targets: Vec<Target>,
    /// What they are, in the same order.
    pub things: Vec<Thing>,
    /// Whether it is a part of a look that somebody asked for; else it is the proof of a change.
    pub look: bool,
}

/// A thing as it was when the read was decided: what has changed since is not told by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The thing's number.
    pub number: u32,
    /// Its epoch then.
    pub epoch: u32,
}

impl See {
    pub(super) async fn run(&self, world: &World, ledger: &LedgerId, cx: &EffectCx) -> Outcome {
        Outcome::Seen(lakeformation::see(world, ledger, &self.things, cx).await)
    }
}
