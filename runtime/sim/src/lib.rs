//! The runtime under a deterministic simulator.
//!
//! A [`Plan`] and its seed make one run: a few processes ([`datamesh_actor::pod::Pod`]: the engine, the
//! entities, the inbox, the retries, the choice of the shard, the look for due timers and the recovery, as they
//! are) over one journal in memory, clients that send again until they are answered, and a world outside where
//! deeds are done. One thread, one virtual clock, no sockets; the same plan gives the same trace, byte for byte.
//!
//! What goes wrong: writes fail, or succeed and look as if they had failed; processes stand still and come back
//! after another has gone on; they die before and after commits; messages come twice, late and in another
//! order, and once more when their receipts are gone; the index of due work is behind; deeds are throttled, half
//! done, done and not answered, never answered, or done long after they were given up; entities panic until they
//! are quarantined; an operator pauses, resumes and cancels; processes go down in order; clocks jump; a deed, a command, a
//! timer or a replay kills every process that touches it; there is no place for a command, no room for one more effect,
//! and no permit for it; ledgers leave memory because there are too many. What must be true all the same stands in `judge`, and in `onlooker.rs` and `claiming.rs` what must be true of crashes and of the start
//! after them.
//!
//! What is *not* the code that runs in `datameshd`: the journal (SQLite there), the actix shards with their
//! mailboxes and channels, the sleep of the timer pump, the runner's tasks and its clock, and the file of the flight
//! recorder (its bytes are).

pub mod bug;
mod claiming;
mod client;
mod event;
mod going;
mod happen;
mod history;
mod host;
pub mod journal;
mod judge;
pub mod ledger;
mod mine;
mod onlooker;
mod operator;
pub mod outside;
mod perform;
mod plan;
mod play;
mod rest;
mod telling;
mod trying;
mod wish;
mod world;
mod writing;

pub use bug::Bug;
pub use plan::{Plan, Poison, Side};
pub use play::{Outcome, run, trace};
