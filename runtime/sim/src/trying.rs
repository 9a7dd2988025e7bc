//! A try of an effect reaches the world outside, also when its process is gone; and its end comes back, unless
//! nobody answers.

use datamesh_actor::pod::{Ended, Try};
use datamesh_actor::{ErrorClass, Idempotency};

use crate::bug::Bug;
use crate::event::Event;
use crate::going::Going;
use crate::onlooker::Killer;
use crate::outside::{Fate, Silent};
use crate::perform::ms;
use crate::world::{World, say};

impl World {
    pub(crate) fn attempt(&mut self, pod: usize, life: u32, mut attempt: Try) {
        let host = self.pods.get(pod).filter(|host| host.life == life);
        let alive = host.is_some_and(|host| host.process.is_some());
        let going = host.and_then(|host| host.going);
        if self.ended_well.contains(&life)
            || (alive && matches!(going, Some(Going::Draining { .. })))
        {
            // Given up; it is found in the journal at the next start.
            return;
        }
        if !alive {
            // A call on its way may still arrive. One whose repeats nobody drops is taken to be lost.
            if !repeats_are_dropped(attempt.idempotency()) || !self.chance(3) {
                return;
            }
        }
        if self.plan.bug == Some(Bug::RepeatForgotten) {
            attempt.cx_mut().repeat = false;
        }
        let fate = match self.troubled().then(|| self.below(20)) {
            Some(0..=2) => Fate::Throttled,
            Some(3..=4) => Fate::FailedBefore,
            Some(5..=6) => Fate::Half,
            Some(7..=8) => Fate::TimedOutAfter,
            Some(9) => Fate::Silent,
            _ => Fate::Done,
        };
        let effect = attempt.cx().key();
        let (number, repeat) = (attempt.cx().attempt, attempt.cx().repeat);
        self.outside.expect(fate, life, self.now_ms);
        self.outside.let_kill(alive && self.poisonous());
        let end = attempt.run();
        if let Some(telling) = self.outside.take_telling() {
            if alive {
                self.tell(pod, life, &telling, end);
            }
            return;
        }
        if self.outside.has_killed() {
            let name = (end.key().clone(), end.effect_id().to_owned());
            self.die(pod, &Killer::Effect(name));
            return;
        }
        let how = match end.error() {
            None => "is done".to_owned(),
            Some(error) => format!("{error} ({fate:?})"),
        };
        say!(
            self,
            Some(pod),
            "effect {effect} try {number}{}{} {how}",
            if repeat { " (a repeat)" } else { "" },
            if alive {
                ""
            } else {
                " arrives after its process died and"
            }
        );
        let silent = self.outside.take_silent();
        if let Some(silent) = silent
            && !self.below(3).is_multiple_of(3)
        {
            self.arrive_unheard(silent, life);
        }
        if !alive {
            return;
        }
        let delay = match end.given_up() {
            // Where nothing else is wrong deeds take their time, so that many are under way beside the poison.
            None if !self.plan.cured => self.below(4_500) as i64,
            None if self.chance(4) => self.below(1_500) as i64,
            None => self.delay(),
            Some(_) if self.plan.bug == Some(Bug::NoTimeLimit) => return,
            Some(limit) => {
                self.counts.given_up += 1;
                ms(limit)
            }
        };
        let ran = true;
        self.after(
            delay,
            Event::Ended {
                pod,
                life,
                end,
                ran,
            },
        );
    }

    /// A deed that nobody answers for is done all the same: some time, if its repeats are dropped; if not, now.
    fn arrive_unheard(&mut self, silent: Silent, life: u32) {
        let late_ms = match repeats_are_dropped(silent.deed.how) {
            true => self.below(10_000) as i64,
            false => 0,
        };
        self.after(late_ms, Event::Land { silent, life });
    }

    pub(crate) fn land(&mut self, silent: &Silent, life: u32) {
        say!(
            self,
            None,
            "effect {}: the deed is done, and nobody hears of it",
            silent.key
        );
        self.outside.land(silent, life, self.now_ms);
    }

    /// The end of a try comes back to its process.
    pub(crate) fn ended(&mut self, pod: usize, life: u32, end: Ended, ran: bool) {
        if let Some(host) = self.pods.get_mut(pod)
            && ran
        {
            if matches!(host.going, Some(Going::Draining { aborted: true, .. })) {
                return;
            }
            let name = (end.key().clone(), end.effect_id().to_owned());
            host.onlooker.ends(&name);
        }
        let effect = (life, format!("{}/{}", end.key(), end.effect_id()));
        self.with_runner.remove(&effect);
        if let Some(error) = end.error()
            && !matches!(error.class, ErrorClass::Throttle | ErrorClass::Terminal)
        {
            *self.strikes.entry(effect).or_default() += 1;
        }
        let (now_ms, key) = (self.clock(pod), end.key().clone());
        self.with(pod, |process| process.ended(now_ms, end));
        self.judge_runner(pod, life, &key);
    }
}

fn repeats_are_dropped(how: Idempotency) -> bool {
    matches!(how, Idempotency::Token | Idempotency::NaturalKey)
}
