//! A process goes down in order, as `Runtime::drain` has it: commands are refused and no effect starts; what
//! runs gets a while to end; what was taken is answered; then it is gone.

use crate::bug::Bug;
use crate::event::Event;
use crate::world::{World, say};

/// How long effects get to end, and then answers to leave. Less than the time limit of an effect.
const GRACE_MS: i64 = 2_000;
const LOOK_MS: i64 = 10;

/// How far a process is on its way down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Going {
    /// No effect starts; those that run may end until then.
    Quiet { until_ms: i64 },
    /// What was taken may be answered until then. The end of an effect that was given up is not taken in.
    Draining { until_ms: i64, aborted: bool },
}

impl World {
    /// One step of the way down, if there is one to take.
    pub(crate) fn go(&mut self, pod: usize, life: u32) {
        let now_ms = self.now_ms;
        let Some(host) = self.pods.get_mut(pod) else {
            return;
        };
        let Some(process) = host.process.as_mut() else {
            return;
        };
        match host.going {
            None => {
                process.close();
                let until_ms = now_ms + GRACE_MS;
                host.going = Some(Going::Quiet { until_ms });
                say!(self, Some(pod), "goes down in order: takes nothing more");
            }
            Some(Going::Quiet { until_ms })
                if host.onlooker.under_way() == 0 || now_ms >= until_ms =>
            {
                let under_way = host.onlooker.under_way();
                let aborted = under_way > 0;
                process.drain();
                let until_ms = now_ms + GRACE_MS;
                host.going = Some(Going::Draining { until_ms, aborted });
                say!(self, Some(pod), "drains; {under_way} effects are given up");
            }
            Some(Going::Draining { until_ms, .. }) => {
                let left = process.unanswered();
                if left == 0 || now_ms >= until_ms || self.plan.bug == Some(Bug::HastyDrain) {
                    self.gone(pod, life, left);
                    return;
                }
            }
            Some(Going::Quiet { .. }) => {}
        }
        self.after(LOOK_MS, Event::Going { pod, life });
    }

    /// The journal is closed: what was sent to it arrives.
    fn gone(&mut self, pod: usize, life: u32, left: usize) {
        let left = match self.plan.bug {
            Some(Bug::HastyDrain) => 0,
            _ => left,
        };
        say!(self, Some(pod), "is gone; {left} answers are owed");
        if left == 0 {
            self.judge_drained(pod, life);
        }
        self.ended_well.insert(life);
        self.counts.drained += 1;
        if let Some(host) = self.pods.get_mut(pod) {
            if let Some(process) = host.process.take() {
                process.end();
            }
            host.black_box = host.black_box.handed_on();
            host.onlooker.ends_in_order();
            host.crashed = false;
        }
        let pause_ms = 50 + self.below(3_000) as i64;
        self.after(pause_ms, Event::Boot { pod });
    }
}
