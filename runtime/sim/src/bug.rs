//! Known bugs, to be planted: a simulator that finds nothing proves nothing.
//!
//! They are planted at the seam between the runtime and what is around it: an answer is given too early, a
//! commit is written without a part of it, a message is falsified. So the runtime has no switch for them.

use std::fmt;

/// A bug that can be planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Answers leave, and effects start, before the commit they stand on is durable.
    ReplyBeforeCommit,
    /// A commit is written without the receipt of its command.
    ForgottenReceipt,
    /// The journal writes whatever comes, whoever wrote before.
    FenceIgnored,
    /// The journal compares the number of commits and not the parent.
    ParentUnchecked,
    /// The token of an effect is another at each try.
    TokenNotStable,
    /// An entity that is read again has no timers.
    TimerLostOnReload,
    /// An effect that may be a repeat does not know that it is one.
    RepeatForgotten,
    /// What settles an effect does not take it away from the work.
    SettledEffectKept,
    /// An effect whose retries ran out is taken away instead of paused.
    EffectDropped,
    /// A process that starts does not look for unsettled effects.
    NoRecovery,
    /// A snapshot is the one before.
    StaleSnapshot,
    /// A write whose end is not known is taken for done.
    UnknownTakenForDone,
    /// An effect is asked for without being journaled.
    EffectNotJournaled,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::ReplyBeforeCommit,
        Self::ForgottenReceipt,
        Self::FenceIgnored,
        Self::ParentUnchecked,
        Self::TokenNotStable,
        Self::TimerLostOnReload,
        Self::RepeatForgotten,
        Self::SettledEffectKept,
        Self::EffectDropped,
        Self::NoRecovery,
        Self::StaleSnapshot,
        Self::UnknownTakenForDone,
        Self::EffectNotJournaled,
    ];

    /// The bug of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|bug| bug.to_string() == name)
    }
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReplyBeforeCommit => "reply-before-commit",
            Self::ForgottenReceipt => "forgotten-receipt",
            Self::FenceIgnored => "fence-ignored",
            Self::ParentUnchecked => "parent-unchecked",
            Self::TokenNotStable => "token-not-stable",
            Self::TimerLostOnReload => "timer-lost-on-reload",
            Self::RepeatForgotten => "repeat-forgotten",
            Self::SettledEffectKept => "settled-effect-kept",
            Self::EffectDropped => "effect-dropped",
            Self::NoRecovery => "no-recovery",
            Self::StaleSnapshot => "stale-snapshot",
            Self::UnknownTakenForDone => "unknown-taken-for-done",
            Self::EffectNotJournaled => "effect-not-journaled",
        })
    }
}
