//! What access is made of, and how whoever needs some asks for it. Pure data; no actor is here.
//!
//! **Three things apart.** An [`agreement`](crate::agreement) says what was asked and decided. *Fulfilment* is
//! desired against observed, generation by generation: see `share`. *Health* is what the last look
//! saw.
//!
//! **One writer.** Everything that Lake Formation keeps about a database is written by one actor, the
//! *ledger* of that account and database ([`LedgerId`]), so that our own writes never collide. What Lake
//! Formation keeps for a whole account (settings, locations, tag keys) has a ledger too: the one without a
//! database.
//!
//! **Holding.** Who needs something does not write it. It tells the ledger what it needs, all of it, under a
//! generation ([`Hold`]): a new generation replaces what the same holder held before, an empty one lets go of
//! all. The ledger wants what any holder wants; a [`Thing`] that nobody holds any more is taken away. When
//! what the generation asks is so, or cannot be, the ledger tells the holder ([`HoldEnd`]), once for each
//! generation, in effect. A generation that is older than the last is answered as the last was.
//!
//! So a grant that several agreements need is counted by reference and goes with the last of them, a crash
//! between two steps changes nothing, and a revoke can overtake a grant at any moment.

mod grant;
mod hold;
mod ledger_id;
mod options;
mod order;
mod thing;

pub use grant::{Grant, Object, Permission, Tagged};
pub use hold::{Hold, HoldEnd, HoldResult, Kept, Look, LookEnd, Reread, Why};
pub use ledger_id::LedgerId;
pub use options::{AccessOptions, Drift};
pub use order::{Give, ShareEnd, ShareOrder, ShareResult, Take};
pub use thing::{CellsFilter, Link, Location, Rows, Thing};
