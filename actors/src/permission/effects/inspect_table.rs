use datamesh_actor::EffectCx;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::access::LedgerId;
use crate::lakeformation;
use crate::world::World;

/// Reads everything that decides who can read a table. It changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectTable {
    /// The table.
    pub table: String,
    /// Which wish, as the asker numbered it.
    pub number: u64,
}

impl InspectTable {
    pub(super) async fn run(&self, world: &World, ledger: &LedgerId, cx: &EffectCx) -> Outcome {
        let facts = lakeformation::facts(world, ledger, &self.table, cx).await;
        Outcome::Inspected(facts.map(Box::new))
    }
}
