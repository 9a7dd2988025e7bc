//! The machine that runs actors.
//!
//! An [`Entity`] is a pure core: `decide` and `apply`. A [`Runtime`] keeps many of them: it finds the one a
//! command is for, brings it to memory, lets it decide, writes the decision to the journal, and only then
//! answers and starts the effects it asked for. A crash at any moment loses nothing that was answered, and
//! every effect that was asked for ends.
//!
//! What this crate does not try to do: it does not place entities on nodes, it does not order commands of
//! different entities, it does not run effects in order (an entity that wants an order asks for one effect
//! after the other), and it knows nothing of data meshes or AWS.

mod admission;
mod ask;
mod behalf;
mod cell;
mod claim;
mod control;
mod ctx;
mod decision;
mod effect;
mod engine;
mod entity;
mod flight;
mod gate;
mod id;
mod inbox;
mod inspect;
mod life;
mod limit;
mod operate;
mod options;
mod pace;
mod permits;
mod planted;
#[cfg(feature = "simulation")]
pub mod pod;
mod priority;
mod recorder;
mod recover;
mod rejection;
mod reply;
mod residence;
mod resident;
mod retry;
mod router;
mod runner;
mod runtime;
mod shard;
mod share;
mod slot;
mod step;
mod supervise;
mod timers;
mod turns;
mod unsettled;
mod weight;

pub use ask::{AskError, Meta};
pub use control::{
    ActorDetail, ActorStatus, ActorSummary, Cancelled, ControlError, EffectDetail, EffectState,
    Order,
};
pub use ctx::{Clock, Ctx, SystemClock};
pub use decision::Decision;
pub use effect::{
    CANCELLED, Effect, EffectCx, EffectError, Effects, ErrorClass, Failure, Idempotency, Rank,
};
pub use entity::{Entity, Named};
pub use gate::{Gate, Place, Places, Refused, Taken};
pub use id::derive_id;
pub use limit::Limit;
pub use options::Options;
#[cfg(feature = "simulation")]
pub use planted::Planted;
pub use priority::{Priority, Tenant};
pub use recorder::RecorderError;
pub use rejection::{Rejection, RejectionKind, Violation};
pub use retry::RetryPolicy;
pub use runtime::{Builder, Change, Runtime, ShardLoad, StartError};

#[cfg(test)]
extern crate self as datamesh_actor;
#[cfg(test)]
mod operate_tests;
#[cfg(test)]
mod simulation;
#[cfg(test)]
#[path = "../tests/toy/mod.rs"]
mod toy;
