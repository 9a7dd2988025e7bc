//! What each event does, and the trouble that it meets.

use std::sync::Arc;

use datamesh_actor::ActorStatus;
use datamesh_actor::pod::Load;
use datamesh_journal::{
    EntityKey, Journal, JournalError, Loaded, Mark, MarkKind, Record, WorkKind,
};

use crate::bug::Bug;
use crate::claiming::{self, Claiming};
use crate::event::Event;
use crate::ledger;
use crate::mine::Kills;
use crate::onlooker::{Killer, REPLAY};
use crate::world::{World, say};

const PUMP_MS: i64 = 200;
const SWEEP_MS: i64 = 1_000;

impl World {
    pub(crate) fn happen(&mut self, event: Event) {
        match event {
            Event::Send { wish } => self.send(wish),
            Event::Impatient { wish, sent } => self.impatient(wish, sent),
            Event::Arrive { pod, wish } => self.arrive(pod, wish),
            Event::Repeat { wish } => self.repeat(wish),
            Event::Write {
                pod,
                life,
                commit,
                ticket,
            } => self.write(pod, life, *commit, ticket),
            Event::Fate {
                pod,
                life,
                ticket,
                fate,
            } => self.fate(pod, life, &ticket, fate),
            Event::Read { pod, life, load } => self.read(pod, life, load),
            Event::Loaded {
                pod, load, result, ..
            } => self.loaded(pod, &load, *result),
            Event::LineUp { pod, effect, .. } => self.with(pod, |process| process.line_up(effect)),
            Event::Try { pod, life, attempt } => self.attempt(pod, life, attempt),
            Event::Ended {
                pod,
                life,
                end,
                ran,
            } => self.ended(pod, life, end, ran),
            Event::Land { silent, life } => self.land(&silent, life),
            Event::Wake { pod, sleeper, .. } => self.with(pod, |process| process.wake(&sleeper)),
            Event::Mark {
                pod,
                life,
                key,
                mark,
            } => self.mark(pod, life, key, mark),
            Event::Pump { pod, life } => self.pump(pod, life),
            Event::Claim { pod, life } => self.claim(pod, life),
            Event::Sweep { pod, life } => {
                let now_ms = self.clock(pod);
                self.with(pod, |process| process.sweep(now_ms));
                self.after(SWEEP_MS, Event::Sweep { pod, life });
            }
            Event::Boot { pod } => self.boot(pod),
            Event::Crash { pod, .. } => self.crash(pod),
            Event::Operate {
                pod,
                life,
                key,
                operation,
            } => self.operate(pod, life, &key, operation),
            Event::Resume { key } => self.resume(&key),
            Event::Operator => self.operator(),
            Event::Going { pod, life } => self.go(pod, life),
            Event::Trouble => self.trouble(),
        }
    }

    fn boot(&mut self, pod: usize) {
        let process = self.process(pod);
        self.lives += 1;
        let life = self.lives;
        self.born_ms.insert(life, self.now_ms);
        let mut wrong = None;
        if let Some(host) = self.pods.get_mut(pod) {
            wrong = host.onlooker.judge(process.suspected());
            host.claiming = Claiming::new(match host.crashed {
                true => self.plan.claim_first,
                false => claiming::MOST,
            });
            host.process = Some(process);
            host.life = life;
            host.asleep_until_ms = 0;
            host.writes_until_ms = 0;
            host.fates_until_ms = 0;
            host.going = None;
        }
        say!(self, Some(pod), "starts");
        if let Some(wrong) = wrong {
            self.wrong(wrong);
        }
        if self.dies(5) {
            // What kills a process may kill the next one soon.
            let pause_ms = self.below(600) as i64;
            self.after(pause_ms, Event::Crash { pod, life });
        }
        self.after(0, Event::Claim { pod, life });
        self.after(1, Event::Pump { pod, life });
        self.after(SWEEP_MS, Event::Sweep { pod, life });
    }

    /// The process is gone at once; what it sent to the journal arrives up to some moment.
    pub(crate) fn crash(&mut self, pod: usize) {
        self.die(pod, &Killer::Chance);
    }

    /// The same, of something that it does.
    pub(crate) fn die(&mut self, pod: usize, killer: &Killer) {
        let cut_ms = self.now_ms + self.below(30) as i64;
        let Some(host) = self.pods.get_mut(pod) else {
            return;
        };
        if host.process.take().is_none() {
            return;
        }
        host.black_box = host.black_box.handed_on();
        host.crashed = true;
        let wrong = host.onlooker.dies(killer);
        let life = host.life;
        self.cut_ms.insert(life, cut_ms);
        self.counts.crashes += 1;
        match killer {
            Killer::Chance => say!(self, Some(pod), "crashes"),
            Killer::Decision((key, what)) => say!(self, Some(pod), "dies of {what} of {key}"),
            Killer::Effect((key, what)) => say!(self, Some(pod), "dies of effect {key}/{what}"),
        }
        if let Some(wrong) = wrong {
            self.wrong(wrong);
        }
        let pause_ms = 50 + self.below(3_000) as i64;
        self.after(pause_ms, Event::Boot { pod });
    }

    /// Whether a process dies of chance just now: once in so many times.
    pub(crate) fn dies(&mut self, one_in: u64) -> bool {
        self.chance(one_in) && self.plan.mortal
    }

    fn trouble(&mut self) {
        if !self.troubled() {
            self.journal.lag(0);
            say!(self, None, "the trouble is over");
            if self.plan.mortal && self.below(2) == 0 {
                // What is left is found by its search alone.
                (0..self.plan.pods).for_each(|pod| self.crash(pod));
            }
            self.after(0, Event::Operator);
            return;
        }
        let pod = self.below(self.plan.pods as u64) as usize;
        match self.below(7) {
            0 if self.plan.mortal => self.crash(pod),
            1 => {
                let pause_ms = 100 + self.below(8_000) as i64;
                say!(self, Some(pod), "stands still for {pause_ms} ms");
                let until_ms = self.now_ms + pause_ms;
                if let Some(host) = self.pods.get_mut(pod) {
                    // What waits for it to wake up keeps its order.
                    host.asleep_until_ms = host.asleep_until_ms.max(until_ms);
                }
            }
            2 => {
                self.jump(pod);
            }
            3 => {
                let commits = self.below(8) as usize;
                say!(
                    self,
                    None,
                    "the index of due work is {commits} commits behind"
                );
                self.journal.lag(commits);
            }
            4 => self.pause_some(),
            6 => self.cancel_some(),
            5 if self.plan.mortal => {
                let life = self.pods.get(pod).map_or(0, |host| host.life);
                if self.pods.get(pod).is_some_and(|host| host.going.is_none()) {
                    self.after(0, Event::Going { pod, life });
                }
            }
            _ => {}
        }
        let pause_ms = 100 + self.below(2_500) as i64;
        self.after(pause_ms, Event::Trouble);
    }

    /// Somebody sets the clock of a machine.
    fn jump(&mut self, pod: usize) {
        let skew_ms = self.below(60_000) as i64 - 30_000;
        say!(
            self,
            Some(pod),
            "its clock jumps to {skew_ms} ms beside the true time"
        );
        if let Some(host) = self.pods.get_mut(pod) {
            host.skew_ms = skew_ms;
        }
    }

    fn read(&mut self, pod: usize, life: u32, load: Load) {
        if self.chance(20) {
            // What came for the ledger before waits for the read.
            self.jump(pod);
        }
        let result = if self.chance(30) {
            Err(JournalError::Storage("the disk said no".to_owned()))
        } else {
            let mut loaded = self.journal.read(load.key());
            if self.plan.bug == Some(Bug::TimerLostOnReload) {
                loaded.work.retain(|work| work.kind != WorkKind::Timer);
            }
            Ok(loaded)
        };
        let delay = self.delay();
        let result = Box::new(result);
        self.after(
            delay,
            Event::Loaded {
                pod,
                life,
                load,
                result,
            },
        );
    }

    fn loaded(&mut self, pod: usize, load: &Load, result: Result<Loaded, JournalError>) {
        match &result {
            Ok(loaded) => {
                say!(
                    self,
                    Some(pod),
                    "reads {}: {} commits",
                    load.key(),
                    loaded.seq
                );
                let life = self.pods.get(pod).map_or(0, |host| host.life);
                self.read.insert((life, load.key().clone()), loaded.seq);
            }
            Err(error) => say!(self, Some(pod), "reads {}: {error}", load.key()),
        }
        let now_ms = self.clock(pod);
        // Only what is replayed is stepped on, not what is decided right after that.
        let deadly = |record: &Record| matches!(serde_json::from_str(record.data.get()), Ok(ledger::Event::Entered(number)) if number == self.deadly);
        let events = result.iter().flat_map(|loaded| &loaded.commits);
        let kills = match events.flat_map(|commit| &commit.events).any(deadly) {
            true => Kills::Replay,
            false => Kills::Timer,
        };
        let name = (load.key().clone(), REPLAY.to_owned());
        let quarantined = |mark: &Mark| mark.kind == MarkKind::Quarantined;
        let replayed =
            matches!(&result, Ok(loaded) if !loaded.mark.as_ref().is_some_and(quarantined));
        self.with_mine(pod, kills, |process| process.loaded(now_ms, load, result));
        if let Some(host) = self.pods.get_mut(pod)
            && replayed
            && let Some(process) = &mut host.process
            && matches!(
                process.status(&name.0),
                Some(ActorStatus::Resident | ActorStatus::Paused)
            )
        {
            host.onlooker.decided(&name);
        }
    }

    fn mark(&mut self, pod: usize, life: u32, key: EntityKey, mark: Mark) {
        if self.chance(2) {
            self.after(
                1_000,
                Event::Mark {
                    pod,
                    life,
                    key,
                    mark,
                },
            );
            return;
        }
        say!(self, Some(pod), "marks {key}: {}", mark.reason);
        self.journal.keep(&key, Some(mark));
        self.with(pod, |process| process.mark_kept(&key));
    }

    /// Whether the process is on its way down: it looks for nothing to do any more.
    pub(crate) fn goes(&self, pod: usize) -> bool {
        self.pods.get(pod).is_some_and(|host| host.going.is_some())
    }

    fn pump(&mut self, pod: usize, life: u32) {
        if self.goes(pod) {
            return;
        }
        let (now_ms, journal) = (self.clock(pod), self.journal());
        if !self.chance(20) {
            self.with(pod, |process| {
                // It cannot fail: the journal's failures are drawn above.
                drop(process.tell_due(now_ms, &*journal));
            });
        }
        self.after(PUMP_MS, Event::Pump { pod, life });
    }

    pub(crate) fn journal(&self) -> Arc<dyn Journal> {
        self.journal.clone()
    }
}
