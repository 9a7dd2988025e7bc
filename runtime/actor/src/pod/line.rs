//! The runner of a pod: tries whose pause is over stand in line for a permit, as the runner's tasks do.

use std::collections::VecDeque;

use futures::FutureExt;
use futures::future::BoxFuture;

use crate::engine::Task;
use crate::permits::{Permit, Permits};

pub(super) struct Line {
    permits: Permits,
    waiting: VecDeque<(Box<Task>, BoxFuture<'static, Option<Permit>>)>,
    /// Nothing starts any more.
    quiet: bool,
}

/// A task that leaves the line.
pub(super) enum Turn {
    Runs(Box<Task>, Permit),
    /// Its entity was paused while it waited.
    Held(Box<Task>),
}

impl Line {
    pub(super) fn new(permits: Permits) -> Self {
        Self {
            permits,
            waiting: VecDeque::new(),
            quiet: false,
        }
    }

    pub(super) fn join(&mut self, task: Box<Task>) {
        if !self.quiet {
            let turn = self.permits.clone().take(task.probation).boxed();
            self.waiting.push_back((task, turn));
        }
    }

    /// How many wait: of those on probation, who want a turn before they want a place, or of the others.
    pub(super) fn waiting(&self, probation: bool) -> usize {
        let of = |(task, _): &&(Box<Task>, _)| task.probation == probation;
        self.waiting.iter().filter(of).count()
    }

    /// What waits is found in the journal at the next start.
    pub(super) fn quiet(&mut self) {
        self.quiet = true;
        self.waiting.clear();
    }

    /// Whose turn it is. To be asked after whatever may have changed that.
    pub(super) fn turns(&mut self) -> Vec<Turn> {
        let mut turns = Vec::new();
        let mut still = VecDeque::new();
        for (task, turn) in self.waiting.drain(..) {
            match task.hold.is_cancelled() {
                true => turns.push(Turn::Held(task)),
                false => still.push_back((task, turn)),
            }
        }
        for (task, mut turn) in still {
            // The first look takes a place in the line.
            match turn.as_mut().now_or_never().flatten() {
                Some(permit) => turns.push(Turn::Runs(task, permit)),
                None => self.waiting.push_back((task, turn)),
            }
        }
        turns
    }
}
