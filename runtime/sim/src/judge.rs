//! Whether a run was a good one. What is true of every moment is looked at when it happens; the rest at the
//! end, from all commits that were ever written.
//!
//! Linearizability: the journal gives the order of one ledger's commands. A command that counted is in it
//! once; every answer to it is the ledger as it was right after it; and it stands behind all that any client
//! had been told of when it was first sent. An answer to a command that changes nothing is some ledger of that
//! order that was durable when it was given: a pod that does not know of another's writes may answer an older
//! one.

use std::collections::BTreeMap;

use datamesh_actor::{Entity, Idempotency};
use datamesh_journal::{Commit, EntityKey, WorkChange, WorkKind};

use crate::ledger::{Command, Event, Ledger, Page};
use crate::world::World;

/// The history of one ledger.
#[derive(Default)]
struct History {
    /// The ledger after each commit; before the first stands the empty one.
    pages: Vec<Page>,
    /// After which commits each number was entered, done or failed, woken.
    entered: BTreeMap<u32, Vec<usize>>,
    settled: BTreeMap<u32, Vec<usize>>,
    woken: BTreeMap<u32, Vec<i64>>,
    /// How often each effect was asked for, and taken away.
    asked: BTreeMap<String, (u32, u32)>,
    /// When each commit was decided, by its pod's clock.
    at_ms: Vec<i64>,
}

impl World {
    pub(crate) fn wrong(&mut self, what: String) {
        self.say(None, format!("WRONG: {what}"));
        self.wrong.push(what);
    }

    /// Every commit stands on the one before it: nobody wrote who did not know of it.
    pub(crate) fn judge_chain(&mut self, key: &EntityKey) {
        let Some((before, last, number)) = self.journal.newest(key) else {
            return;
        };
        if last.expected + 1 != number || last.parent != before {
            self.wrong(format!(
                "{key} #{number} was written by an owner that did not know of what stands before it"
            ));
        }
    }

    /// An answer leaves: it says only what is durable.
    pub(crate) fn judge_answer(&mut self, wish: usize, entity: &str, page: &Page) {
        let Some(wanted) = self.wishes.get(wish) else {
            return;
        };
        if let Some(first) = &wanted.answer
            && !matches!(wanted.command, Command::Read)
            && first != page
        {
            self.wrong(format!("w{wish} was answered twice, and not with the same"));
        }
        let commits = self.journal.of(&EntityKey::new(Ledger::KIND, entity));
        let history = self.read_history(&commits);
        if page.entries > 0 && !history.pages.contains(page) {
            self.wrong(format!(
                "the answer to w{wish} says {} entries, and no durable past of {entity} says that",
                page.entries
            ));
        }
    }

    /// Looks at the end of a run.
    pub(crate) fn judge(&mut self) {
        let histories: BTreeMap<String, History> = self
            .journal
            .commits()
            .iter()
            .map(|(key, commits)| (key.id.to_string(), self.read_history(commits)))
            .collect();
        for wish in 0..self.wishes.len() {
            if let Some(wrong) = self.judge_wish(wish, &histories) {
                self.wrong(wrong);
            }
        }
        for (entity, history) in &histories {
            for (id, (asked, gone)) in &history.asked {
                if *gone > 1 || (*gone == 1 && *asked == 0) {
                    self.wrong(format!("effect {entity}/{id} was settled {gone} times"));
                }
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

    fn judge_wish(&self, wish: usize, histories: &BTreeMap<String, History>) -> Option<String> {
        let wanted = self.wishes.get(wish)?;
        let none = History::default();
        let history = histories.get(&wanted.entity).unwrap_or(&none);
        let (number, deed, timer) = match &wanted.command {
            Command::Enter(number) => (*number, None, None),
            Command::Do(number, deed) => (*number, Some(deed), None),
            Command::Wake(number, after_ms) => (*number, None, Some(*after_ms)),
            Command::Read | Command::Refuse | Command::Panic => return None,
        };
        let places = history.entered.get(&number).cloned().unwrap_or_default();
        let [place] = places[..] else {
            let times = places.len();
            return match wanted.answer {
                Some(_) => Some(format!(
                    "w{wish} was acknowledged and counted {times} times"
                )),
                None if times > 1 => Some(format!("w{wish} counted {times} times")),
                None => None,
            };
        };
        let page = &history.pages[place];
        if let Some(answer) = &wanted.answer
            && answer != page
        {
            return Some(format!(
                "w{wish} was answered with {} entries and stands at {}",
                answer.entries, page.entries
            ));
        }
        if page.entries <= wanted.floor {
            return Some(format!(
                "w{wish} stands at {} entries, and {} were told before it was sent",
                page.entries, wanted.floor
            ));
        }
        if deed.is_some() {
            let settled = history.settled.get(&number).map_or(0, Vec::len);
            let paused = self.journal.open_work().iter().any(|(key, work)| {
                *key.id == *wanted.entity
                    && work.kind == WorkKind::Effect
                    && work.id.starts_with(&format!("{}.", place))
            });
            if settled != usize::from(!paused) {
                return Some(format!(
                    "the effect of w{wish} was settled {settled} times{}",
                    if paused { " and is paused" } else { "" }
                ));
            }
        }
        if let Some(after_ms) = timer {
            let woken = history.woken.get(&number).map_or(&[][..], Vec::as_slice);
            let due_ms = history.at_ms.get(place).copied().unwrap_or(0) + after_ms;
            match woken {
                [at_ms] if *at_ms >= due_ms => {}
                [_] => return Some(format!("the timer of w{wish} came before it was due")),
                _ => return Some(format!("the timer of w{wish} came {} times", woken.len())),
            }
        }
        None
    }

    /// At most once in effect: by token and by name whatever happens; by a look before, unless a pod that
    /// began before the first deed was done did it too, for that one had no reason to look.
    fn judge_deeds(&mut self) {
        let done = self.outside.done();
        for (n, second) in done.iter().enumerate() {
            let Some(first) = done[..n].iter().find(|first| first.deed == second.deed) else {
                continue;
            };
            let born_ms = self.born_ms.get(&second.life).copied().unwrap_or(0);
            let twice = match second.how {
                Idempotency::Token | Idempotency::NaturalKey => true,
                Idempotency::ReadBack => first.life == second.life || born_ms > first.at_ms,
                Idempotency::AtLeastOnce => false,
            };
            if twice {
                let (deed, part) = second.deed;
                self.wrong(format!(
                    "part {part} of deed {deed} was done twice ({:?})",
                    second.how
                ));
            }
        }
    }

    fn read_history(&self, commits: &[Commit]) -> History {
        let mut history = History {
            pages: vec![Page::default()],
            at_ms: vec![0],
            ..History::default()
        };
        let mut page = Page::default();
        for (place, commit) in (1..).zip(commits) {
            for record in &commit.events {
                let Ok(event) = serde_json::from_str::<Event>(record.data.get()) else {
                    continue;
                };
                Ledger::apply(&mut page, &event);
                match event {
                    Event::Entered(n) => history.entered.entry(n).or_default().push(place),
                    Event::Done(n) | Event::Failed(n) => {
                        history.settled.entry(n).or_default().push(place);
                    }
                    Event::Woken(n, at_ms) => history.woken.entry(n).or_default().push(at_ms),
                }
            }
            for change in &commit.work {
                match change {
                    WorkChange::Put(work) if work.kind == WorkKind::Effect => {
                        history.asked.entry(work.id.clone()).or_default().0 += 1;
                    }
                    WorkChange::Remove(id) if !id.starts_with("timer:") => {
                        history.asked.entry(id.clone()).or_default().1 += 1;
                    }
                    _ => {}
                }
            }
            history.pages.push(page.clone());
            history.at_ms.push(commit.at_ms);
        }
        history
    }
}
