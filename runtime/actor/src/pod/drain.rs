//! A process goes down in order, by the steps of `Runtime::drain`.

use super::Pod;
use crate::engine::Engine;

impl Pod {
    /// First step: commands are refused, and no effect starts. The surroundings look for no more due timers and
    /// unsettled effects, and wait for the effects that run.
    pub fn close(&mut self) {
        self.door.close();
        self.line.quiet();
    }

    /// Second step: no effect runs any more, or they were given up, and nothing new is taken.
    pub fn drain(&mut self) {
        for engine in &mut self.engines {
            engine.drain();
        }
    }

    /// Commits in flight and commands that wait: third, the surroundings wait until there are none.
    pub fn unanswered(&self) -> usize {
        self.engines.iter().map(Engine::unanswered).sum()
    }

    /// Last step: the recorder says that the process ended in order.
    pub fn end(self) {
        self.recorder.close();
    }
}
