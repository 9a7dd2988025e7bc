//! Every operation against the embedded AWS: what is sent is understood there,
//! and what comes back is understood here.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod catalogue;
mod events;
mod faults;
mod glue;
mod identity;
mod lake;
mod objects;
mod queues;
mod setup;
mod shares;
mod socket;
mod stacks;
mod topics;
