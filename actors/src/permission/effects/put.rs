use std::time::Duration;

use datamesh_actor::EffectCx;
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::access::{LedgerId, Thing};
use crate::lakeformation::{self, ThingError, Trouble};
use crate::world::World;

/// How long a batch may take. It is short, so that nothing that gives waits at a limit or an open circuit
/// while something that takes is due; the ledger decides anew what comes next.
const DEADLINE: Duration = Duration::from_secs(5);

/// Puts things. A repeat finds them put; what was cut off by the deadline may be put, and is put again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Put {
    /// Their numbers.
    pub numbers: Vec<u32>,
    /// What they are, in the same order: what others stand on first.
    pub things: Vec<Thing>,
}

impl Put {
    pub(super) async fn run(&self, world: &World, ledger: &LedgerId, cx: &EffectCx) -> Outcome {
        let put = lakeformation::put(world, ledger, &self.things, cx);
        let answers = tokio::time::timeout(DEADLINE, put).await;
        Outcome::Answered(answers.unwrap_or_else(|_| vec![Err(cut_off()); self.things.len()]))
    }
}

fn cut_off() -> ThingError {
    ThingError {
        trouble: Trouble::Later,
        code: "WaitedTooLong".to_owned(),
        message: format!(
            "Lake Formation did not answer within {} seconds",
            DEADLINE.as_secs()
        ),
        retry_after_ms: 0,
    }
}
