//! A try of an effect reaches the world outside, also when its process is gone.

use datamesh_actor::Idempotency;
use datamesh_actor::pod::Try;

use crate::bug::Bug;
use crate::event::Event;
use crate::outside::Fate;
use crate::world::World;

impl World {
    pub(crate) fn attempt(&mut self, pod: usize, life: u32, mut attempt: Try) {
        let alive = self.pods.get(pod).is_some_and(|host| host.life == life);
        if !alive {
            // A call on its way may still arrive. One whose repeats nobody drops is taken to be lost.
            let dropped = matches!(
                attempt.idempotency(),
                Idempotency::Token | Idempotency::NaturalKey
            );
            if !dropped || !self.chance(3) {
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
            Some(7..=9) => Fate::TimedOutAfter,
            _ => Fate::Done,
        };
        let what = format!(
            "effect {} try {}{}",
            attempt.cx().key(),
            attempt.cx().attempt,
            if attempt.cx().repeat {
                " (a repeat)"
            } else {
                ""
            }
        );
        self.outside.expect(fate, life, self.now_ms);
        let end = attempt.run();
        let how = match end.error() {
            None => "is done".to_owned(),
            Some(error) => format!("{error} ({fate:?})"),
        };
        let late = if alive {
            ""
        } else {
            " arrives after its process died and"
        };
        self.say(Some(pod), format!("{what}{late} {how}"));
        if alive {
            let delay = self.delay();
            self.after(delay, Event::Ended { pod, life, end });
        }
    }
}
