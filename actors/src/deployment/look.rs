use datamesh_actor::{Ctx, Decision, Rejection};
use serde::{Deserialize, Serialize};

use super::{Environment, State};

/// Asks for what is deployed, which the lists are without. Changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {}

impl Look {
    pub(super) fn decide(
        self,
        state: &State,
        ctx: &Ctx,
    ) -> Result<Decision<Environment>, Rejection> {
        state.record(ctx.id())?;
        Ok(Decision::none())
    }
}
