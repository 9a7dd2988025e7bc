//! A write reaches the journal: it is kept, refused or lost, and its writer hears of that, or of something
//! else, or dies.

use datamesh_actor::pod::Ticket;
use datamesh_journal::{AppendError, Appended, Commit};

use crate::bug::Bug;
use crate::event::Event;
use crate::plan::Side;
use crate::world::World;

impl World {
    pub(crate) fn write(&mut self, pod: usize, life: u32, commit: Commit, ticket: Option<Ticket>) {
        if self.cut_ms.get(&life).is_some_and(|cut| *cut < self.now_ms) {
            return;
        }
        let here = |world: &Self| world.pods.get(pod).is_some_and(|host| host.life == life);
        let number = commit.expected + 1;
        let what = format!(
            "write of {} #{number} ({})",
            commit.entity, commit.cause.what
        );
        let chance = match (self.chance(120), self.chance(120)) {
            (true, _) => Some(Side::Before),
            (_, true) => Some(Side::After),
            _ => None,
        };
        let side = match self.plan.crash_at {
            Some((n, side)) if n == self.journal.len() + 1 => Some(side),
            _ => chance,
        };
        if side == Some(Side::Before) && here(self) {
            self.plan.crash_at = None;
            self.say(Some(pod), format!("{what}: lost with its writer"));
            self.crash(pod);
            self.cut_ms.insert(life, self.now_ms - 1);
            return;
        }
        let entity = commit.entity.clone();
        let (fate, how) = if self.chance(25) {
            let error = AppendError::Storage("the disk said no".to_owned());
            (Err(error), "fails".to_owned())
        } else if self.chance(60) {
            (
                Err(AppendError::Unavailable),
                "is refused: no room".to_owned(),
            )
        } else {
            let written = self.journal.write(commit);
            let how = match &written {
                Ok(_) => "is durable".to_owned(),
                Err(error) => format!("is refused: {error}"),
            };
            if written.is_ok() && self.chance(20) {
                let error = AppendError::Storage("it timed out".to_owned());
                (Err(error), "is durable, and its answer is lost".to_owned())
            } else {
                (written, how)
            }
        };
        let stranger = if here(self) {
            ""
        } else {
            ", sent by a life that is over,"
        };
        self.say(Some(pod), format!("{what}{stranger} {how}"));
        self.judge_chain(&entity);
        if side == Some(Side::After) && here(self) {
            self.plan.crash_at = None;
            self.crash(pod);
            return;
        }
        let fate = match fate {
            Err(AppendError::Storage(_)) if self.plan.bug == Some(Bug::UnknownTakenForDone) => {
                Ok(Appended {
                    seq: number,
                    repeated: false,
                })
            }
            other => other,
        };
        if let Some(ticket) = ticket {
            let delay = self.delay();
            self.after(
                delay,
                Event::Fate {
                    pod,
                    life,
                    ticket,
                    fate,
                },
            );
        }
    }
}
