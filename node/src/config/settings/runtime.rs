//! `[runtime]` and `[runtime.retry]`: the machine that runs actors.

use super::{COUNT, MILLISECONDS, SECONDS, setting};
use crate::config::setting::{Kind, Setting};

pub(super) const RUNTIME: &[Setting] = &[
    setting(
        "runtime.shards",
        Kind::Whole(0, 1_024),
        "0",
        "Threads that own entities; 0 is one a core.",
    ),
    setting(
        "runtime.mailbox",
        COUNT,
        "4096",
        "Commands that a shard holds at most; a third of these places is kept for what takes access away. \
         docs/overload.md says more.",
    ),
    setting(
        "runtime.entity_mailbox",
        COUNT,
        "128",
        "Commands of one entity without an answer, and commits of it that may be in flight; half as many \
         again for what takes access away.",
    ),
    setting(
        "runtime.in_flight",
        COUNT,
        "4096",
        "Commits in flight, over all shards, at which commands are refused; those of a shard bound its \
         commands without an answer too.",
    ),
    setting(
        "runtime.passivate_after_s",
        SECONDS,
        "60",
        "An entity without work leaves memory after this many seconds.",
    ),
    setting(
        "runtime.residents",
        COUNT,
        "65536",
        "Entities in memory; when there are more, those without work that were used least recently leave at once.",
    ),
    setting(
        "runtime.resident_bytes",
        Kind::Whole(0, 1 << 40),
        "1073741824",
        "What the entities in memory may weigh together, in bytes: their states as JSON and the answers that they keep. \
         Beyond it the same leave.",
    ),
    setting(
        "runtime.snapshot_every",
        COUNT,
        "64",
        "Commits between two snapshots of an entity.",
    ),
    setting(
        "runtime.receipts",
        COUNT,
        "512",
        "Receipts of commands that an entity keeps: a repeat of one of these is answered as before.",
    ),
    setting(
        "runtime.effects",
        COUNT,
        "16384",
        "Effects that may be under way at once.",
    ),
    setting(
        "runtime.unsettled",
        COUNT,
        "65536",
        "Effects that are asked for and have not ended, at which commands that ask for more are refused; what takes \
         access away has as many of its own.",
    ),
    setting(
        "runtime.effect_limit_s",
        SECONDS,
        "300",
        "A try of an effect that has not ended after this many seconds counts as failed.",
    ),
    setting(
        "runtime.panic_limit",
        COUNT,
        "5",
        "This many panics of an entity within `panic_window_s` quarantine it.",
    ),
    setting(
        "runtime.panic_window_s",
        SECONDS,
        "60",
        "See `panic_limit`; in seconds.",
    ),
    setting(
        "runtime.crash_limit",
        Kind::Whole(0, 250),
        "3",
        "What was under way each of so many times in a row that datameshd died is stopped and waits for an \
         operator: an effect is paused, an actor that was deciding is quarantined. 0 is off.",
    ),
    setting(
        "runtime.claim_first",
        COUNT,
        "16",
        "Actors with unsettled effects that are taken up at once after a crash; each step is twice the one \
         before.",
    ),
    setting(
        "runtime.claim_most",
        COUNT,
        "4096",
        "Actors of the largest step, which is also the first one after an orderly end.",
    ),
    setting(
        "runtime.claim_pause_ms",
        MILLISECONDS,
        "1000",
        "The next step begins when most effects of the one before have ended, or after this many \
         milliseconds.",
    ),
    setting(
        "runtime.timer_poll_ms",
        MILLISECONDS,
        "1000",
        "Longest sleep between two looks for timers that are due, in milliseconds.",
    ),
    setting(
        "runtime.retry.initial_ms",
        MILLISECONDS,
        "200",
        "Pause before the second try, in milliseconds.",
    ),
    setting(
        "runtime.retry.factor",
        Kind::Number,
        "2.0",
        "Each pause is this many times the one before.",
    ),
    setting(
        "runtime.retry.max_ms",
        MILLISECONDS,
        "60000",
        "No pause is longer, in milliseconds.",
    ),
    setting(
        "runtime.retry.attempts",
        COUNT,
        "12",
        "Tries before the effect is paused for an operator. Throttles do not count.",
    ),
];
