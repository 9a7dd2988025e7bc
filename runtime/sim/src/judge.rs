//! Whether a run was a good one. What is true of every moment is looked at when it happens; the rest at the
//! end.
//!
//! Linearizability: the journal gives the order of one ledger's commands. A command that counted is in it
//! once; every answer to it is the ledger as it was right after it; and it stands behind all that any client
//! had been told of when it was first sent. An answer to a command that changes nothing is some ledger of that
//! order that was durable when it was given, and not older than what its process had heard to be durable: a
//! process that does not know of another's writes may answer an older one.
//!
//! What is promised of receipts: a command that comes again before so many others counted as a ledger keeps
//! receipts is answered as before, and changes nothing. After that it may count again, as a new one.

use datamesh_actor::pod::Pod;
use datamesh_actor::{
    ActorDetail, ActorStatus, AskError, EffectCx, EffectState, Entity, Idempotency,
};
use datamesh_journal::{Commit, EntityKey, WorkChange};

use crate::history::History;
use crate::ledger::{Command, Ledger, Page, VIEW};
use crate::world::{ATTEMPTS, World, say};

impl World {
    pub(crate) fn wrong(&mut self, what: String) {
        say!(self, None, "WRONG: {what}");
        self.wrong.push(what);
    }

    /// A commit was written: it stands on the one before it, what it says is in order, and the view shows what
    /// is durable, no more and no less.
    pub(crate) fn judge_written(&mut self, key: &EntityKey) {
        let journal = self.journal.clone();
        let history = self.histories.entry(key.clone()).or_default();
        let wrong = journal.newest(key, |before, last, number| {
            let mut wrong = history.take(last);
            if last.expected + 1 != number || last.parent != before {
                wrong.push(format!(
                    "#{number} was written by an owner that did not know of what stands before it"
                ));
            }
            wrong
        });
        let mut wrong = wrong.unwrap_or_default();
        let shown = journal
            .shown(VIEW, &key.id)
            .and_then(|row| serde_json::from_str::<Page>(row.doc.get()).ok())
            .unwrap_or_default();
        if shown != *history.page() {
            wrong.push(format!(
                "the view shows {} entries, and {} are durable",
                shown.entries,
                history.page().entries
            ));
        }
        for what in wrong {
            self.wrong(format!("{key}: {what}"));
        }
    }

    /// A process decided: an effect is paused only when its tries have run out.
    pub(crate) fn judge_decided(&mut self, life: u32, commit: &Commit) {
        let key = &commit.entity;
        for change in &commit.work {
            let WorkChange::Put(work) = change else {
                continue;
            };
            let effect = (life, format!("{key}/{}", work.id));
            match work.due_ms {
                Some(_) => drop(self.strikes.remove(&effect)),
                None => {
                    let strikes = self.strikes.get(&effect).copied().unwrap_or(0);
                    if strikes < ATTEMPTS {
                        self.wrong(format!(
                            "{key} {} is paused after {strikes} failures that count, of {ATTEMPTS}",
                            work.id
                        ));
                    }
                }
            }
        }
    }

    /// A process hands an effect to its runner: it is asked for, durably, and the runner does not have it yet.
    pub(crate) fn judge_start(&mut self, life: u32, cx: &EffectCx) {
        let history = self.histories.get(&cx.entity);
        if !history.is_some_and(|history| history.asked.contains_key(&cx.effect_id)) {
            self.wrong(format!(
                "effect {} starts and is not in the journal",
                cx.key()
            ));
        }
        if !self.with_runner.insert((life, cx.key())) {
            self.wrong(format!("effect {} starts while it is under way", cx.key()));
        }
    }

    /// A try ended: what its ledger takes to be with the runner is there.
    pub(crate) fn judge_runner(&mut self, pod: usize, life: u32, key: &EntityKey) {
        let Some(detail) = self.detail(pod, key) else {
            return;
        };
        for effect in detail.effects {
            let started = effect.state == EffectState::Running || effect.next_ms.is_some();
            let place = (life, format!("{key}/{}", effect.effect_id));
            if started && !self.with_runner.contains(&place) {
                self.wrong(format!(
                    "effect {} is waited for, and nobody does it",
                    place.1
                ));
            }
        }
    }

    /// A process heard that a commit is durable: it does not go on from an older past.
    pub(crate) fn judge_heard(&mut self, pod: usize, key: &EntityKey, seq: u64) {
        let Some(detail) = self.detail(pod, key) else {
            return;
        };
        let resident = matches!(detail.status, ActorStatus::Resident | ActorStatus::Paused);
        if resident && detail.seq < seq {
            self.wrong(format!(
                "{key} goes on from commit {}, and its process heard of commit {seq}",
                detail.seq
            ));
        }
    }

    /// Everything has come to its end: no process believes that it has a commit in flight.
    pub(crate) fn judge_rest(&mut self) {
        for pod in 0..self.pods.len() {
            let process = self.pods[pod].process.as_ref();
            let left = process.map_or(0, Pod::unanswered);
            if left > 0 {
                self.wrong(format!(
                    "pod {pod} rests, and counts {left} commits in flight"
                ));
            }
        }
    }

    fn detail(&mut self, pod: usize, key: &EntityKey) -> Option<ActorDetail> {
        let now_ms = self.clock(pod);
        let process = self.pods.get_mut(pod)?.process.as_mut()?;
        process.detail(now_ms, key)
    }

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
        if !refused {
            let why = match status {
                _ if goes => "its process goes down".to_owned(),
                status => format!("its ledger is {status:?}"),
            };
            self.wrong(format!("w{wish} was taken although {why}"));
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

    /// Looks at the end of a run.
    pub(crate) fn judge(&mut self) {
        for wish in 0..self.wishes.len() {
            if let Some(wrong) = self.judge_wish(wish) {
                self.wrong(wrong);
            }
        }
        self.judge_deeds();
    }

    /// What waits for an operator says why.
    pub(crate) fn judge_paused(&mut self) {
        for (key, work) in self.journal.open_work() {
            let reason = serde_json::from_str::<serde_json::Value>(work.data.get())
                .ok()
                .and_then(|job| Some(job.get("paused")?.as_str()?.to_owned()));
            if work.due_ms.is_none() && reason.is_none_or(|reason| reason.is_empty()) {
                self.wrong(format!("{key} {} is paused without a reason", work.id));
            }
        }
    }

    pub(crate) fn never_rested(&mut self) {
        let open: Vec<String> = self
            .wishes
            .iter()
            .enumerate()
            .filter(|(_, wish)| wish.answer.is_none())
            .map(|(n, wish)| format!("w{n} for {} is not answered", wish.entity))
            .chain(
                self.journal
                    .open_work()
                    .into_iter()
                    .map(|(key, work)| format!("{key} {} is not done", work.id)),
            )
            .collect();
        self.wrong(format!("it never came to rest: {}", open.join(", ")));
    }

    fn judge_wish(&mut self, wish: usize) -> Option<String> {
        let wanted = self.wishes.get(wish)?;
        let number = match &wanted.command {
            Command::Enter(number) | Command::Do(number, _) | Command::Wake(number, _) => *number,
            Command::Read | Command::Refuse | Command::Panic => return None,
        };
        let none = History::default();
        let key = EntityKey::new(Ledger::KIND, wanted.entity.as_str());
        let history = self.histories.get(&key).unwrap_or(&none);
        let places = history.entered.get(&number).map_or(&[][..], Vec::as_slice);
        let Some(first) = places.first() else {
            let lost = || format!("w{wish} was acknowledged and never counted");
            return wanted.answer.is_some().then(lost);
        };
        for pair in places.windows(2) {
            let others = history.receipts_between(pair[0], pair[1]);
            if others < self.plan.receipts {
                return Some(format!(
                    "w{wish} counted again after {others} others, and {} receipts are kept",
                    self.plan.receipts
                ));
            }
        }
        let again = u32::try_from(places.len() - 1).unwrap_or(u32::MAX);
        for answer in wanted.answer.iter().chain(&wanted.others) {
            if !places.iter().any(|place| history.pages[*place] == *answer) {
                return Some(format!(
                    "w{wish} was answered with {} entries and stands at {}",
                    answer.entries, history.pages[*first].entries
                ));
            }
        }
        let entries = history.pages[*first].entries;
        if entries <= wanted.floor {
            return Some(format!(
                "w{wish} stands at {entries} entries, and {} were told before it was sent",
                wanted.floor
            ));
        }
        if matches!(wanted.command, Command::Do(..)) {
            let settled = history.settled.get(&number).copied().unwrap_or(0);
            let open = |place: &&usize| {
                let mut asked = history.asked.values();
                asked.any(|asked| asked.place == **place && !asked.settled)
            };
            let open = places.iter().filter(open).count();
            if settled + open != places.len() {
                return Some(format!(
                    "w{wish} counted {} times; its effect was settled {settled} times and waits {open} times",
                    places.len()
                ));
            }
        }
        if matches!(wanted.command, Command::Wake(..)) {
            let woken = history.woken.get(&number).copied().unwrap_or(0);
            // Set again before it came, it comes once.
            if woken == 0 || woken > places.len() {
                return Some(format!("the timer of w{wish} came {woken} times"));
            }
        }
        self.counts.counted_again += again;
        None
    }

    /// At most once in effect for each time that its command counted: by token and by name whatever happens; by
    /// a look before, unless a pod that began before the first deed was done did it too, for that one had no
    /// reason to look.
    fn judge_deeds(&mut self) {
        let done = self.outside.done();
        for (n, second) in done.iter().enumerate() {
            let (number, part) = second.deed;
            let counted: usize = self
                .histories
                .values()
                .filter_map(|history| history.entered.get(&number))
                .map(Vec::len)
                .sum();
            let before: Vec<_> = done[..n]
                .iter()
                .filter(|first| first.deed == second.deed)
                .collect();
            let mut by_this = before.iter().filter(|first| first.key == second.key);
            let born_ms = self.born_ms.get(&second.life).copied().unwrap_or(0);
            let twice = match second.how {
                Idempotency::Token | Idempotency::NaturalKey => {
                    by_this.next().is_some() || before.len() >= counted
                }
                Idempotency::ReadBack => {
                    by_this.any(|first| first.life == second.life || born_ms > first.at_ms)
                }
                Idempotency::AtLeastOnce => counted == 0,
            };
            if twice {
                self.wrong(format!(
                    "part {part} of deed {number} was done {} times and asked for {counted} times ({:?})",
                    before.len() + 1,
                    second.how
                ));
            }
        }
    }
}
