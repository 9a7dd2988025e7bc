use serde::{Deserialize, Serialize};

use crate::retry::RetryPolicy;

/// The settings of a runtime.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Threads that own entities; 0 means one a core.
    pub shards: usize,
    /// Commands that a shard holds at most; two thirds of these places are open to all, the rest is kept for
    /// [`crate::Priority::High`]. More are told "busy".
    pub mailbox: usize,
    /// Commands of one entity without an answer, and commits of it that may be in flight; half as many again
    /// for [`crate::Priority::High`].
    pub entity_mailbox: usize,
    /// Commits in flight, over all shards, at which commands are refused; as many commands may be without
    /// an answer. The journal's queue should hold twice as many.
    pub in_flight: usize,
    /// An entity without work leaves memory after this long, in seconds.
    pub passivate_after_s: u64,
    /// Entities in memory, over all shards, beyond which those without work that were used least recently leave
    /// before that. Those that have work stay, however many they are.
    pub residents: usize,
    /// What the entities in memory may weigh together, in bytes, beyond which the same leave: their states as JSON and
    /// the answers that they keep.
    pub resident_bytes: usize,
    /// Commits between two snapshots of an entity.
    pub snapshot_every: u32,
    /// Receipts of commands that an entity keeps. The journal keeps its own, and should keep as many.
    pub receipts: usize,
    /// Effects that may be under way at once. Far above what the pools let through: the pools know what
    /// goes first.
    pub effects: usize,
    /// Effects, over all shards, that are asked for and have not ended, at which commands that ask for more are
    /// refused; nobody's may be more than their share, with all that follows from what they asked. What tenants ask for
    /// with [`crate::Priority::High`] has as many places of its own; what effects ask of other entities is not refused.
    pub unsettled: usize,
    /// A try of an effect that takes longer, in seconds, is given up and repeated.
    pub effect_limit_s: u64,
    /// How effects are repeated.
    pub retry: RetryPolicy,
    /// This many panics of an entity within `panic_window_s` quarantine it.
    pub panic_limit: u32,
    /// See `panic_limit`; in seconds.
    pub panic_window_s: u64,
    /// What was under way each of so many times in a row that the process died is stopped, and waits for an
    /// operator: an effect is paused, an entity that was deciding is quarantined. 0 is off. Works where the
    /// runtime has a recorder; at most 250.
    pub crash_limit: u32,
    /// Entities with unsettled effects that are taken up at once after a crash; each step is twice the one
    /// before.
    pub claim_first: usize,
    /// Entities of the largest step, which is also the first one after an orderly end.
    pub claim_most: usize,
    /// The next step begins when most effects of the one before have ended, or after this long, in milliseconds.
    pub claim_pause_ms: u64,
    /// Longest sleep of the timer pump between two looks at the journal, in milliseconds.
    pub timer_poll_ms: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            shards: 0,
            mailbox: 4_096,
            entity_mailbox: 128,
            in_flight: 4_096,
            passivate_after_s: 60,
            residents: 65_536,
            resident_bytes: 1 << 30,
            snapshot_every: 64,
            receipts: 512,
            effects: 16_384,
            unsettled: 65_536,
            effect_limit_s: 300,
            retry: RetryPolicy::default(),
            panic_limit: 5,
            panic_window_s: 60,
            crash_limit: 3,
            claim_first: 16,
            claim_most: 4_096,
            claim_pause_ms: 1_000,
            timer_poll_ms: 1_000,
        }
    }
}
