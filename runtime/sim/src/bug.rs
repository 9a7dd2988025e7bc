//! Known bugs, to be planted: a simulator that finds nothing proves nothing.
//!
//! Some are planted at the seam between the runtime and what is around it: an answer is given too early, a
//! commit is written without a part of it, a message is falsified. The others are in the middle of the engine and
//! of what is beside it, which have a switch for them under the feature `simulation`, and none without it.

use std::fmt;

use datamesh_actor::Planted;

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
    /// A try that does not end is never given up.
    NoTimeLimit,
    /// A process that goes down in order does not wait for its commits.
    HastyDrain,
    /// The journal keeps half of the receipts.
    ReceiptsTrimmedEarly,
    /// A bug in the runtime.
    Engine(Planted),
}

impl Bug {
    const SEAM: [Self; 16] = [
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
        Self::NoTimeLimit,
        Self::HastyDrain,
        Self::ReceiptsTrimmedEarly,
    ];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        let engine = Planted::ALL.into_iter().map(Self::Engine);
        Self::SEAM.into_iter().chain(engine)
    }

    /// The bug of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|bug| bug.to_string() == name)
    }
}

impl fmt::Display for Bug {
    /// The variant's name in small letters, with hyphens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Engine(planted) => format!("{planted:?}"),
            seam => format!("{seam:?}"),
        };
        for (place, letter) in name.chars().enumerate() {
            if letter.is_ascii_uppercase() && place > 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", letter.to_ascii_lowercase())?;
        }
        Ok(())
    }
}
