//! A write reaches the journal: it is kept, refused or lost, and its writer hears of that, or of something
//! else, or dies.

use datamesh_actor::pod::Ticket;
use datamesh_journal::{AppendError, Appended, Commit};

use crate::bug::Bug;
use crate::event::Event;
use crate::plan::Side;
use crate::world::{World, say};

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
        let chance = match (self.dies(120), self.dies(120)) {
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
            say!(self, Some(pod), "{what}: lost with its writer");
            self.crash(pod);
            self.cut_ms.insert(life, self.now_ms - 1);
            return;
        }
        let entity = commit.entity.clone();
        let mut new = false;
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
            new = matches!(&written, Ok(appended) if !appended.repeated);
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
        say!(self, Some(pod), "{what}{stranger} {how}");
        if new {
            self.judge_written(&entity);
        }
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
        if let Some(ticket) = ticket
            && !self.ended_well.contains(&life)
        {
            let mut at_ms = self.now_ms + self.delay();
            if let Some(host) = self.pods.get_mut(pod)
                && host.life == life
            {
                at_ms = at_ms.max(host.fates_until_ms);
                host.fates_until_ms = at_ms;
            }
            self.at(
                at_ms,
                Event::Fate {
                    pod,
                    life,
                    ticket,
                    fate,
                },
            );
        }
    }

    /// The writer hears what became of its write.
    pub(crate) fn fate(
        &mut self,
        pod: usize,
        life: u32,
        ticket: &Ticket,
        fate: Result<Appended, AppendError>,
    ) {
        let seq = fate.as_ref().ok().map(|appended| appended.seq);
        if let Some(seq) = seq {
            let place = (life, ticket.key().clone());
            let heard: &mut u64 = self.heard.entry(place).or_default();
            *heard = seq.max(*heard);
        }
        let now_ms = self.clock(pod);
        self.with(pod, |process| process.appended(now_ms, ticket, fate));
        if let Some(seq) = seq {
            self.judge_heard(pod, ticket.key(), seq);
        }
    }
}
