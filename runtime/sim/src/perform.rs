//! Carries out what a pod wants: each wish becomes an event at a moment that chance draws. Bugs are planted
//! here, between the pod and the rest.

use std::time::Duration;

use datamesh_actor::pod::{Pod, Wanted};
use datamesh_actor::{ActorStatus, Entity, Named};
use datamesh_journal::{Appended, Commit, EntityKey, WorkChange, WorkKind};

use crate::bug::Bug;
use crate::event::Event;
use crate::ledger::Ledger;
use crate::mine::{Kills, Mine, lay};
use crate::onlooker::{Killer, REPLAY};
use crate::plan::Poison;
use crate::world::World;

impl World {
    /// Lets something happen to a living pod, and carries out what it wants then.
    pub(crate) fn with(&mut self, pod: usize, happen: impl FnOnce(&mut Pod)) {
        self.with_mine(pod, Kills::Timer, happen);
    }

    /// The same, where something else may kill.
    pub(crate) fn with_mine(&mut self, pod: usize, kills: Kills, happen: impl FnOnce(&mut Pod)) {
        let lies = match (self.plan.poison, kills) {
            (Some(Poison::Timer), _) => Some(Kills::Timer),
            (Some(Poison::Replay), Kills::Replay) => Some(Kills::Replay),
            _ => None,
        };
        let number = self.deadly;
        let host = self.pods.get(pod).filter(|_| self.poisonous());
        let mine = host.zip(lies).map(|(host, kills)| Mine {
            number,
            fuse: host.black_box.fuse(),
            kills,
        });
        lay(mine);
        if let Some(process) = self
            .pods
            .get_mut(pod)
            .and_then(|host| host.process.as_mut())
        {
            happen(process);
        }
        lay(None);
        self.perform(pod);
    }

    /// Carries out what the pod wants.
    pub(crate) fn perform(&mut self, pod: usize) {
        loop {
            let Some(host) = self.pods.get_mut(pod) else {
                return;
            };
            let life = host.life;
            let Some(process) = host.process.as_mut() else {
                return;
            };
            if host.black_box.fuse().is_blown() {
                self.die_deciding(pod);
                return;
            }
            let wanted = process.wanted();
            if wanted.is_empty() {
                self.judge_line(pod);
                return;
            }
            for want in wanted {
                self.carry_out(pod, life, want);
            }
        }
    }

    fn carry_out(&mut self, pod: usize, life: u32, want: Wanted) {
        let delay = self.delay();
        match want {
            Wanted::Append { mut commit, ticket } => {
                self.judge_decided(pod, life, &commit);
                self.falsify(&mut commit);
                let ticket = if self.plan.bug == Some(Bug::ReplyBeforeCommit) {
                    let seq = commit.expected + 1;
                    let repeated = false;
                    let now_ms = self.clock(pod);
                    if let Some(process) = self.pods.get_mut(pod).and_then(|h| h.process.as_mut()) {
                        process.appended(now_ms, &ticket, Ok(Appended { seq, repeated }));
                    }
                    None
                } else {
                    Some(ticket)
                };
                let mut at_ms = self.now_ms + delay;
                if let Some(host) = self.pods.get_mut(pod) {
                    at_ms = at_ms.max(host.writes_until_ms);
                    host.writes_until_ms = at_ms;
                }
                self.at(
                    at_ms,
                    Event::Write {
                        pod,
                        life,
                        commit,
                        ticket,
                    },
                );
            }
            Wanted::Load(load) => self.after(delay, Event::Read { pod, life, load }),
            Wanted::Pause { after, effect } => {
                self.judge_start(life, effect.cx());
                self.after(ms(after) + delay, Event::LineUp { pod, life, effect });
            }
            Wanted::Try(attempt) => {
                let most = self.plan.effects;
                let host = self.pods.get_mut(pod);
                let wrong = host.and_then(|host| host.onlooker.begins(&attempt, most));
                if let Some(wrong) = wrong {
                    self.wrong(wrong);
                }
                self.after(delay, Event::Try { pod, life, attempt });
            }
            Wanted::Wake { after, sleeper } => {
                self.after(ms(after), Event::Wake { pod, life, sleeper });
            }
            Wanted::Mark { key, mark } => {
                self.judge_quarantined(pod, &key, &mark);
                // A resume may have stood behind the last panic in the ledger's queue.
                let process = self.pods.get_mut(pod).and_then(|h| h.process.as_mut());
                if process.and_then(|p| p.status(&key)) == Some(ActorStatus::Quarantined) {
                    let moment = self.events_so_far;
                    self.given_over.insert((life, key.clone()), moment);
                }
                self.after(
                    delay,
                    Event::Mark {
                        pod,
                        life,
                        key,
                        mark,
                    },
                );
            }
            Wanted::Later { after, end } => {
                let effect = format!("{}/{}", end.key(), end.effect_id());
                self.with_runner.insert((life, effect));
                self.after(
                    ms(after),
                    Event::Ended {
                        pod,
                        life,
                        end,
                        ran: false,
                    },
                );
            }
            // The pump looks often enough, and nobody watches.
            Wanted::Arm { .. } | Wanted::Changed { .. } => {}
        }
    }

    /// A poisonous command killed the process in the middle of its decision.
    fn die_deciding(&mut self, pod: usize) {
        let Some(wish) = self.wishes.get(self.deadly as usize) else {
            return;
        };
        let key = EntityKey::new(Ledger::KIND, wish.entity.as_str());
        let what = match self.plan.poison {
            Some(Poison::Timer) => {
                self.counts.timers += 1;
                format!("timer wake-{}", self.deadly)
            }
            Some(Poison::Replay) => {
                self.counts.replays += 1;
                REPLAY.to_owned()
            }
            _ => format!("command {}", wish.command.name()),
        };
        self.die(pod, &Killer::Decision((key, what)));
    }

    fn falsify(&mut self, commit: &mut Commit) {
        match self.plan.bug {
            Some(Bug::ForgottenReceipt) => commit.receipt = None,
            Some(Bug::SettledEffectKept) => commit.work.retain(
                |change| !matches!(change, WorkChange::Remove(id) if !id.starts_with("timer:")),
            ),
            Some(Bug::EffectNotJournaled) => commit.work.retain(
                |change| !matches!(change, WorkChange::Put(work) if work.kind == WorkKind::Effect),
            ),
            Some(Bug::EffectDropped) => {
                for change in &mut commit.work {
                    if let WorkChange::Put(work) = change
                        && work.due_ms.is_none()
                    {
                        *change = WorkChange::Remove(work.id.clone());
                    }
                }
            }
            Some(Bug::StaleSnapshot) => {
                if let Some(snapshot) = commit.snapshot.take() {
                    commit.snapshot = self.snapshots.insert(commit.entity.clone(), snapshot);
                }
            }
            _ => {}
        }
    }
}

pub(crate) fn ms(pause: Duration) -> i64 {
    i64::try_from(pause.as_millis()).unwrap_or(i64::MAX)
}
