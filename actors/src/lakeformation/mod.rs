//! How each [`Thing`] of a ledger is put, taken away and seen in Lake Formation (and in Glue, for links).
//!
//! Nobody but the ledger calls this. Every function here states the wanted end: a repeat finds it reached
//! (`NaturalKey`).

mod facts;
mod thing_error;

use datamesh_actor::EffectCx;

use crate::access::{LedgerId, Thing};
use crate::world::World;

pub use facts::{Facts, TableSeen};
pub use thing_error::{ThingError, Trouble};

/// Puts things, as many in one call as AWS takes; the answers are in the order of `things`. A thing that is
/// there already is put. What is there under the same name and is not ours is [`Trouble::Refused`].
pub(crate) async fn put(
    _world: &World,
    _ledger: &LedgerId,
    things: &[Thing],
    _cx: &EffectCx,
) -> Vec<Result<(), ThingError>> {
    things.iter().map(|_| Err(ThingError::default())).collect()
}

/// Takes things away; the answers are in the order of `things`. A thing that is not there, as a read showed,
/// is away, also when its table, principal or database is gone.
pub(crate) async fn remove(
    _world: &World,
    _ledger: &LedgerId,
    things: &[Thing],
    _cx: &EffectCx,
) -> Vec<Result<(), ThingError>> {
    things.iter().map(|_| Err(ThingError::default())).collect()
}

/// What a look at a ledger's things saw.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Seen {
    /// Whether each of the things is there, in their order.
    pub present: Vec<bool>,
    /// What else there is for the same principals on the same tables.
    pub extra: Vec<Thing>,
}

/// Looks whether things are there, reading every page. Verify priority.
///
/// # Errors
/// When not all could be read.
pub(crate) async fn see(
    _world: &World,
    _ledger: &LedgerId,
    _things: &[Thing],
    _cx: &EffectCx,
) -> Result<Seen, ThingError> {
    Err(ThingError::default())
}

/// Everything that decides who can read a table, as the ledger's account sees it.
///
/// # Errors
/// When not all could be read.
pub(crate) async fn facts(
    _world: &World,
    _ledger: &LedgerId,
    _table: &str,
    _cx: &EffectCx,
) -> Result<Facts, ThingError> {
    Err(ThingError::default())
}
