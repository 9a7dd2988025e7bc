//! What is stopped: only what processes died of, or what failed too often, and it says why.

use datamesh_journal::{EntityKey, Mark};

use crate::onlooker::{CRASH_LIMIT, Name};
use crate::world::World;

impl World {
    /// A process gives a ledger over to an operator: if that is because processes died, they did.
    pub(crate) fn judge_quarantined(&mut self, pod: usize, key: &EntityKey, mark: &Mark) {
        if let Some(cause) = &mark.cause
            && mark.reason.contains("process died")
        {
            self.judge_stopped(pod, &(key.clone(), cause.clone()));
        }
    }

    pub(super) fn judge_stopped(&mut self, pod: usize, name: &Name) {
        self.counts.stopped += 1;
        let host = self.pods.get(pod);
        if !host.is_some_and(|host| host.onlooker.may_be_stopped(name)) {
            self.wrong(format!(
                "{} {} is stopped, and was not there at {CRASH_LIMIT} deaths in a row",
                name.0, name.1
            ));
        }
    }

    /// Where nobody sees to what is stopped, it is the poison and nothing else, after as many deaths as it takes.
    pub(super) fn judge_left(&mut self) {
        if self.plan.cured {
            return;
        }
        self.judge_paused();
        let (deaths, stopped) = (self.counts.crashes, self.counts.stopped);
        if (deaths, stopped) != (CRASH_LIMIT, 1) {
            self.wrong(format!(
                "{deaths} processes died of one poison, and {stopped} were stopped"
            ));
        }
    }

    /// What waits for an operator says why.
    pub(crate) fn judge_paused(&mut self) {
        for (key, work) in self.journal.open_work() {
            let reason = serde_json::from_str::<serde_json::Value>(work.data.get())
                .ok()
                .and_then(|job| Some(job.get("paused")?.as_str()?.to_owned()));
            if work.due_ms.is_none() && reason.is_none_or(|reason| reason.is_empty()) {
                self.wrong(format!("{key} {} is paused without a reason", work.id));
            }
        }
    }
}
