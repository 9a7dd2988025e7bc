//! What kills a process in the middle of a decision for which no client is there to bring the fuse: a timer, and a
//! replay. The entity's functions are pure and are given none; so what kills just now lies here, for the thread that
//! plays the run.

use std::cell::RefCell;

use datamesh_actor::pod::Fuse;

thread_local! {
    static LAID: RefCell<Option<Mine>> = const { RefCell::new(None) };
}

/// What kills.
#[derive(Clone)]
pub(crate) struct Mine {
    /// The number whose timer, or whose entry, it lies on.
    pub(crate) number: u32,
    /// Of the process that may step on it.
    pub(crate) fuse: Fuse,
    pub(crate) kills: Kills,
}

/// Who steps on it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kills {
    /// Who decides on the timer.
    Timer,
    /// Who replays the entry.
    Replay,
}

/// Lays it, or takes it away.
pub(crate) fn lay(mine: Option<Mine>) {
    LAID.set(mine);
}

/// Something of this number is done: it may be the last that the process does.
pub(crate) fn step(number: u32, doing: Kills) {
    LAID.with_borrow(|laid| {
        if let Some(mine) = laid
            && (mine.number, mine.kills) == (number, doing)
        {
            mine.fuse.blow();
        }
    });
}
