use datamesh_actor::{EffectCx, EffectError};
use serde::{Deserialize, Serialize};

use super::Outcome;
use crate::aws_error::terminal;
use crate::world::{Place, World};

/// Looks how the consumer's account is associated with the table, and accepts the invitations that wait, with
/// tokens: a repeat is one deed. Lake Formation makes these shares itself: one for databases, one for tables;
/// outside an organization each brings an invitation, which lapses after 12 hours.
///
/// RAM operations: `GetResourceShareAssociations` in the producer's account, `GetResourceShareInvitations` and
/// `AcceptResourceShareInvitation` in the consumer's. It never fails for good: what could not be seen is said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LookAtRam {
    /// See [`super::super::Ticket`].
    pub ticket: u64,
    /// Whether invitations are accepted.
    pub accept: bool,
    /// Where the table is.
    pub source: Place,
    /// Its database.
    pub database: String,
    /// The table.
    pub table: String,
    /// Where the consumer is.
    pub target: Place,
}

impl LookAtRam {
    pub(super) async fn run(&self, _: &World, _: &EffectCx) -> Result<Outcome, EffectError> {
        Err(terminal("NO_RAM", "RAM cannot be read yet"))
    }
}
