//! The operator: pauses and resumes ledgers, cancels effects and thinks better of it while there is trouble; once it is over, lifts every
//! quarantine and has every effect tried again whose retries ran out.

use datamesh_actor::Entity;
use datamesh_actor::pod::Operation;
use datamesh_journal::{EntityKey, Mark, MarkKind, WorkKind};

use crate::event::Event;
use crate::ledger::Ledger;
use crate::world::{World, say};

const ROUND_MS: i64 = 5_000;

impl World {
    /// Pauses some ledger for a while.
    pub(crate) fn pause_some(&mut self) {
        let entity = self.below(self.plan.entities as u64);
        let key = EntityKey::new(Ledger::KIND, format!("l{entity}"));
        if self.journal.mark_of(&key).is_some() {
            return;
        }
        let mark = Mark {
            kind: MarkKind::Paused,
            reason: "the operator wants it".to_owned(),
            cause: None,
            at_ms: self.now_ms,
        };
        say!(self, None, "the operator pauses {key}");
        self.journal.keep(&key, Some(mark.clone()));
        self.tell_all(&key, &Operation::Pause(mark));
        let pause_ms = 500 + self.below(5_000) as i64;
        self.after(pause_ms, Event::Resume { key });
    }

    /// Has some effect cancelled that has not ended, by some process.
    pub(crate) fn cancel_some(&mut self) {
        let open = self.journal.open_work();
        let effects: Vec<_> = open
            .into_iter()
            .filter(|(_, work)| work.kind == WorkKind::Effect)
            .collect();
        let which = self.below(effects.len() as u64) as usize;
        let Some((key, work)) = effects.into_iter().nth(which) else {
            return;
        };
        let pod = self.below(self.plan.pods as u64) as usize;
        say!(self, Some(pod), "the operator cancels {key}/{}", work.id);
        let life = self.pods.get(pod).map_or(0, |host| host.life);
        let mut delay = self.delay();
        let mut operations = vec![Operation::Cancel(work.id.clone())];
        if self.chance(3) {
            operations.push(Operation::Retry(Some(work.id)));
        }
        for operation in operations {
            self.after(
                delay,
                Event::Operate {
                    pod,
                    life,
                    key: key.clone(),
                    operation,
                },
            );
            delay += 1 + self.below(200) as i64;
        }
    }

    pub(crate) fn resume(&mut self, key: &EntityKey) {
        say!(self, None, "the operator resumes {key}");
        self.journal.keep(key, None);
        self.given_over.retain(|(_, given), _| given != key);
        self.see_to(key);
        self.tell_all(key, &Operation::Resume);
    }

    /// One round, after the trouble.
    pub(crate) fn operator(&mut self) {
        self.judge_paused();
        for entity in 0..self.plan.entities {
            let key = EntityKey::new(Ledger::KIND, format!("l{entity}"));
            if self.journal.mark_of(&key).is_some() {
                self.resume(&key);
            }
        }
        let mut paused: Vec<EntityKey> = self
            .journal
            .open_work()
            .into_iter()
            .filter(|(_, work)| work.due_ms.is_none())
            .map(|(key, _)| key)
            .collect();
        paused.dedup();
        for key in paused {
            say!(
                self,
                None,
                "the operator has the effects of {key} tried again"
            );
            self.see_to(&key);
            self.tell_all(&key, &Operation::Retry(None));
        }
        self.after(ROUND_MS, Event::Operator);
    }

    pub(crate) fn operate(&mut self, pod: usize, life: u32, key: &EntityKey, operation: Operation) {
        if matches!(operation, Operation::Resume) {
            // Also one that was sent before: it lifts the quarantine that it finds.
            self.given_over.remove(&(life, key.clone()));
        }
        match &operation {
            // Somebody looks at it: its deaths are counted anew, also if what they want is lost.
            Operation::Cancel(_) => self.see_to(key),
            Operation::Retry(Some(effect_id)) => {
                say!(
                    self,
                    Some(pod),
                    "the operator has {key}/{effect_id} tried again"
                );
                self.see_to(key);
            }
            _ => {}
        }
        let now_ms = self.clock(pod);
        self.with(pod, |process| process.operate(now_ms, key, operation));
    }

    fn see_to(&mut self, key: &EntityKey) {
        for host in &mut self.pods {
            host.onlooker.seen_to(key);
        }
    }

    fn tell_all(&mut self, key: &EntityKey, operation: &Operation) {
        for pod in 0..self.pods.len() {
            let mut at_ms = self.now_ms + self.delay();
            let Some(host) = self.pods.get_mut(pod) else {
                continue;
            };
            // One operator: a resume does not overtake the pause before it.
            at_ms = at_ms.max(host.told_until_ms);
            host.told_until_ms = at_ms;
            let life = host.life;
            self.at(
                at_ms,
                Event::Operate {
                    pod,
                    life,
                    key: key.clone(),
                    operation: operation.clone(),
                },
            );
        }
    }
}
