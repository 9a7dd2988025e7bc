//! How a process takes up what is unsettled: it looks every 20 ms until it has taken up all, and again after a
//! while. The steps are judged as they begin: how large, how early, and in which order.

use datamesh_actor::ActorStatus;
use datamesh_actor::pod::Claimed;
use datamesh_journal::DueWork;

use crate::bug::Bug;
use crate::event::Event;
use crate::perform::ms;
use crate::world::{World, say};

const LOOK_MS: i64 = 20;
const AFTER_ERROR_MS: i64 = 1_000;
/// Much shorter than in the threaded runtime, whose virtue is patience: here it finds more.
const AGAIN_MS: i64 = 20_000;
/// Ledgers of the largest step: more than there are.
pub(crate) const MOST: usize = 64;
/// A step may begin so long after the one before, however that stands.
pub(crate) const PAUSE_MS: u64 = 1_000;

/// The pass of a process as its steps were seen.
pub(crate) struct Claiming {
    /// How large the next step has to be.
    size: usize,
    step: Vec<DueWork>,
    /// When it began, by the clock of its process.
    began_ms: i64,
}

impl Claiming {
    /// A process starts.
    pub(crate) fn new(first: usize) -> Self {
        Self {
            size: first,
            step: Vec::new(),
            began_ms: 0,
        }
    }
}

impl World {
    pub(crate) fn claim(&mut self, pod: usize, life: u32) {
        if self.goes(pod) {
            return;
        }
        let (now_ms, journal) = (self.clock(pod), self.journal());
        let mut pause_ms = AFTER_ERROR_MS;
        if self.plan.bug == Some(Bug::NoRecovery) {
            pause_ms = AGAIN_MS;
        } else if !self.chance(25) {
            let mut claimed = None;
            let open = self.open(pod, life);
            self.with(pod, |process| {
                claimed = process.claim(now_ms, &*journal).ok()
            });
            if let Some(Claimed { step, over }) = claimed {
                if let Some(step) = step {
                    self.judge_step(pod, now_ms, open, step, over);
                }
                pause_ms = if over { AGAIN_MS } else { LOOK_MS };
            }
        }
        self.after(pause_ms, Event::Claim { pod, life });
    }

    /// How many effects of the present step are with the runner, are not settled by somebody else, and wait for no
    /// operator.
    fn open(&mut self, pod: usize, life: u32) -> usize {
        let Some(host) = self.pods.get_mut(pod) else {
            return 0;
        };
        let Some(process) = host.process.as_mut() else {
            return 0;
        };
        let (with_runner, journal) = (&self.with_runner, &self.journal);
        let mut open = |row: &&DueWork| {
            let effect = format!("{}/{}", row.entity, row.work_id);
            let status = process.status(&row.entity);
            with_runner.contains(&(life, effect))
                && journal.is_due(&row.entity, &row.work_id)
                && !matches!(status, Some(ActorStatus::Paused | ActorStatus::Quarantined))
        };
        host.claiming.step.iter().filter(|row| open(row)).count()
    }

    fn judge_step(&mut self, pod: usize, now_ms: i64, open: usize, step: Vec<DueWork>, over: bool) {
        let claiming = &self.pods[pod].claiming;
        let (size, taken, last) = (claiming.size, step.len(), claiming.step.last());
        let waited_ms = now_ms - claiming.began_ms;
        let pause_ms = ms(std::time::Duration::from_millis(PAUSE_MS));
        let early = open * 2 > claiming.step.len() && (0..pause_ms).contains(&waited_ms);
        // What is asked for meanwhile has its place in the index, and is begun by whoever asks.
        let before = last
            .map(|row| row.rank)
            .or_else(|| self.journal.least_rank());
        let ranks: Vec<u8> = step.iter().map(|row| row.rank).collect();
        let first_comes_first = match (last, before, ranks.first()) {
            (None, Some(least), Some(rank)) => *rank == least,
            (Some(_), Some(before), Some(rank)) => *rank >= before,
            _ => true,
        };
        let names: Vec<String> = step.iter().map(|row| row.entity.id.to_string()).collect();
        say!(
            self,
            Some(pod),
            "takes up {taken} of at most {size}: {}",
            names.join(", ")
        );
        if taken > size || (taken < size && !over) {
            self.wrong(format!(
                "a step takes up {taken} ledgers, and it is one of {size}"
            ));
        }
        if early {
            self.wrong(format!(
                "a step begins {waited_ms} ms after the one before, of which {open} have not ended"
            ));
        }
        if !first_comes_first || !ranks.is_sorted() {
            self.wrong(format!(
                "a step takes up {ranks:?}: not what takes access away first"
            ));
        }
        let claiming = &mut self.pods[pod].claiming;
        claiming.began_ms = now_ms;
        (claiming.size, claiming.step) = match over {
            true => (MOST, Vec::new()),
            false => ((size * 2).min(MOST), step),
        };
    }
}
