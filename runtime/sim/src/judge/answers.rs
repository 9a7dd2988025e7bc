//! What is said: who is refused is refused at once, and an answer says only what is durable.

use datamesh_actor::{ActorStatus, AskError, Entity, Priority};
use datamesh_journal::EntityKey;

use crate::client::Waiting;
use crate::history::History;
use crate::ledger::{Command, Ledger, Page};
use crate::world::World;

impl World {
    /// A command came to a process that goes down, or to a ledger that was paused or quarantined there: it is
    /// refused, at once.
    pub(crate) fn judge_taken(
        &mut self,
        wish: usize,
        goes: bool,
        status: Option<ActorStatus>,
        answer: Option<&Result<Page, AskError>>,
    ) {
        let refused = match (goes, status) {
            (true, _) => matches!(answer, Some(Err(AskError::Draining))),
            (_, Some(ActorStatus::Paused)) => matches!(answer, Some(Err(AskError::Paused { .. }))),
            (_, Some(ActorStatus::Quarantined)) => {
                matches!(answer, Some(Err(AskError::Quarantined { .. })))
            }
            _ => true,
        };
        let no_place = !goes && matches!(answer, Some(Err(AskError::Busy { .. })));
        if !refused && !no_place {
            let why = match status {
                _ if goes => "its process goes down".to_owned(),
                status => format!("its ledger is {status:?}"),
            };
            self.wrong(format!("w{wish} was taken although {why}"));
        }
    }

    /// A command was taken by a ledger of a process that has all the effects that it may have: it asks for none, or
    /// counted before.
    pub(crate) fn judge_full(&mut self, wish: usize) {
        let Some(wanted) = self.wishes.get(wish) else {
            return;
        };
        let normal = wanted.meta.priority == Priority::Normal;
        if let Command::Do(number, _) = wanted.command
            && normal
            && wanted.sent == 1
        {
            let key = EntityKey::new(Ledger::KIND, wanted.entity.as_str());
            let history = self.histories.get(&key);
            let counted = history.is_some_and(|history| history.entered.contains_key(&number));
            if !counted {
                self.wrong(format!(
                    "w{wish} was taken, and there is no room for its effect"
                ));
            }
        }
    }

    /// No more commands are with a process than it has places for, half as many again for what cannot wait.
    pub(crate) fn judge_places(&mut self) {
        let each = self.plan.in_flight + (self.plan.in_flight / 2).max(1);
        for pod in 0..self.pods.len() {
            let life = self.pods[pod].life;
            let here = |waiting: &&Waiting| waiting.pod == pod && waiting.life == life;
            let here = self.waiting.iter().filter(here).count();
            if here > each * self.plan.shards {
                self.wrong(format!(
                    "{here} commands wait for pod {pod}, which has no place for so many"
                ));
            }
        }
    }

    /// An answer leaves: it says only what is durable.
    pub(crate) fn judge_answer(&mut self, wish: usize, life: u32, taken: u64, page: &Page) {
        let Some(wanted) = self.wishes.get(wish) else {
            return;
        };
        let (entity, reads) = (
            wanted.entity.clone(),
            matches!(wanted.command, Command::Read),
        );
        let key = EntityKey::new(Ledger::KIND, entity.as_str());
        let none = History::default();
        let history = self.histories.get(&key).unwrap_or(&none);
        // A refusal and a panic stand for the empty page, which every past begins with.
        let newest = history.pages.iter().rposition(|known| known == page);
        let heard = self.heard.get(&(life, key.clone())).copied().unwrap_or(0);
        let given_over = self.given_over.get(&(life, key));
        let wrong = if newest.is_none() {
            format!(
                "says {} entries, and no durable past of {entity} says that",
                page.entries
            )
        } else if reads && newest.is_some_and(|place| (place as u64) < heard) {
            format!(
                "says {} entries, and its process had heard of commit {heard}",
                page.entries
            )
        } else if given_over.is_some_and(|since| taken > *since) {
            "came from a process that had given its ledger over to an operator".to_owned()
        } else {
            return;
        };
        self.wrong(format!("the answer to w{wish} {wrong}"));
    }

    /// A process went down in order and owed nothing: all that it took is answered.
    pub(crate) fn judge_drained(&mut self, pod: usize, life: u32) {
        self.look();
        let owed = self.waiting.iter();
        let owed = owed
            .filter(|waiting| waiting.pod == pod && waiting.life == life)
            .count();
        if owed > 0 {
            self.wrong(format!(
                "a process went down in order and left {owed} commands unanswered"
            ));
        }
    }
}
