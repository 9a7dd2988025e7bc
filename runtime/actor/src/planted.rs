//! Bugs in the middle of the runtime, for the simulator to find: a simulator that finds nothing proves nothing.
//!
//! They are there under the feature `simulation` only, and each process has at most one. Without the feature
//! there is no switch: `planted!` is the word `false`, and what stands behind its arrow is not compiled.

/// `planted!(env, Bug)`: whether this bug is planted. `planted!(env, Bug => what)`: does it if it is.
#[cfg(feature = "simulation")]
macro_rules! planted {
    ($env:expr, $bug:ident) => {
        $env.planted == Some(crate::planted::Planted::$bug)
    };
    ($env:expr, $bug:ident => $what:expr) => {
        if $env.planted == Some(crate::planted::Planted::$bug) {
            $what;
        }
    };
}

#[cfg(not(feature = "simulation"))]
macro_rules! planted {
    ($env:expr, $bug:ident) => {
        false
    };
    ($env:expr, $bug:ident => $what:expr) => {};
}

pub(crate) use planted;

/// A bug that can be planted in an engine, or in what is beside it.
#[cfg(feature = "simulation")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Planted {
    /// A repeat is answered from the inbox before what the inbox says is durable.
    RepeatAnsweredAhead,
    /// What waits for a commit that was refused is answered as if it had been written.
    VoidAnswered,
    /// A new life forgets which of the entity's effects the runner has.
    RunningForgotten,
    /// A quarantined entity leaves memory before its mark is kept.
    QuarantineForgotten,
    /// A timer is fired although the clock was put back since the look that found it due.
    TimerEarly,
    /// A timer is fired as often as it is told.
    TimerTwice,
    /// A life that was read before an earlier life's commit landed goes on.
    LandedIgnored,
    /// A throttle uses up the tries.
    ThrottleCounted,
    /// A paused entity takes commands and starts effects.
    MarkIgnored,
    /// The fate of a commit is taken for one of the present life, whichever life wrote it.
    LifeIgnored,
    /// Effects start when they are asked for.
    EffectBeforeCommit,
    /// The number in an effect's id is that of the last durable commit.
    EffectNumberReused,
    /// An entity that is read again has an empty inbox.
    InboxForgotten,
    /// An entity that is read again takes half of its receipts.
    InboxHalved,
    /// A write that was not done keeps its place among those in flight.
    PlaceNotFreed,
    /// An effect that was called back by a pause is not started at the resume.
    HeldForgotten,
    /// The end of an effect is taken in, and the runner is still believed to have it.
    RunningKept,
    /// A drain does not wait for the commands that wait for a load.
    WaitingForgotten,
    /// A try that may have done its deed is followed by one that does not know it.
    DoubtForgotten,
    /// A decision ahead of a commit in flight does not change the views.
    ViewForgotten,
    /// The steps of a slow start do not grow.
    StepNotGrown,
    /// A step of a slow start does not wait for the one before it.
    StepNotAwaited,
    /// What looks is taken up before what takes access away.
    RevokesLast,
    /// An orderly end counts as a crash.
    CleanEndCounted,
    /// The crashes of what was under way are counted anew at each start.
    CrashesForgotten,
    /// Effects on probation run side by side.
    ProbationShared,
    /// More effects run at once than may.
    PermitsIgnored,
    /// A try that is given up after its time keeps its permit.
    PermitLeaked,
    /// A try on probation that fails keeps its turn.
    TurnLeaked,
    /// A command for which there is no place is refused, and done all the same.
    RefusedDone,
    /// Commands are taken though there is no place for them.
    PlacesIgnored,
    /// What effects ask of other entities is refused where commands are.
    AsksRefused,
    /// Commands that ask for effects are taken however many have not ended.
    UnsettledIgnored,
    /// A wish to cancel an effect is forgotten with the memory of its entity.
    WishForgotten,
    /// Entities leave memory with work that is nowhere else.
    WorkForgotten,
}

#[cfg(feature = "simulation")]
mod doing {
    use super::Planted;
    use crate::slot::{Phase, Slot};

    impl Planted {
        /// All of them.
        pub const ALL: [Self; 35] = [
            Self::RepeatAnsweredAhead,
            Self::VoidAnswered,
            Self::RunningForgotten,
            Self::QuarantineForgotten,
            Self::TimerEarly,
            Self::TimerTwice,
            Self::LandedIgnored,
            Self::ThrottleCounted,
            Self::MarkIgnored,
            Self::LifeIgnored,
            Self::EffectBeforeCommit,
            Self::EffectNumberReused,
            Self::InboxForgotten,
            Self::InboxHalved,
            Self::PlaceNotFreed,
            Self::HeldForgotten,
            Self::RunningKept,
            Self::WaitingForgotten,
            Self::DoubtForgotten,
            Self::ViewForgotten,
            Self::StepNotGrown,
            Self::StepNotAwaited,
            Self::RevokesLast,
            Self::CleanEndCounted,
            Self::CrashesForgotten,
            Self::ProbationShared,
            Self::PermitsIgnored,
            Self::PermitLeaked,
            Self::TurnLeaked,
            Self::RefusedDone,
            Self::PlacesIgnored,
            Self::AsksRefused,
            Self::UnsettledIgnored,
            Self::WishForgotten,
            Self::WorkForgotten,
        ];
    }

    /// Gives all answers that wait for a commit.
    pub(crate) fn answer_all(slot: &mut Slot) {
        if let Phase::Resident(resident) = &mut slot.phase {
            for flight in &mut resident.flight {
                for (reply, answer) in flight.answers.drain(..) {
                    drop(reply.send(answer));
                }
            }
        }
    }
}

#[cfg(feature = "simulation")]
pub(crate) use doing::answer_all;
