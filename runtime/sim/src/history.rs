//! The history of one ledger, commit by commit: what its commits say, and what they must not say.

use std::collections::BTreeMap;

use datamesh_actor::Entity;
use datamesh_journal::{Commit, WorkChange, WorkKind};

use crate::ledger::{Event, Ledger, Page};

/// What became of one effect.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked {
    /// How often it was asked for, by its command or an operator.
    pub(crate) times: u32,
    /// Whether it was settled.
    pub(crate) settled: bool,
    /// The commit that asked for it first.
    pub(crate) place: usize,
    /// The commit that keeps that it is to be cancelled, if one does.
    pub(crate) wished: Option<usize>,
}

/// The history of one ledger.
pub(crate) struct History {
    /// The ledger after each commit; before the first stands the empty one.
    pub(crate) pages: Vec<Page>,
    /// Receipts written up to each commit.
    receipts: Vec<usize>,
    /// After which commits each number was entered.
    pub(crate) entered: BTreeMap<u32, Vec<usize>>,
    /// Wishes to cancel an effect that were withdrawn.
    pub(crate) withdrawn: u32,
    /// How often the deed of each number was settled.
    pub(crate) settled: BTreeMap<u32, usize>,
    /// How often it was done.
    pub(crate) done: BTreeMap<u32, usize>,
    /// The effects by their ids.
    pub(crate) asked: BTreeMap<String, Asked>,
    /// When each timer is due that was set and did not come.
    timers: BTreeMap<String, i64>,
    /// How often the timer of each number came.
    pub(crate) woken: BTreeMap<u32, usize>,
}

impl Default for History {
    fn default() -> Self {
        Self {
            pages: vec![Page::default()],
            withdrawn: 0,
            receipts: vec![0],
            entered: BTreeMap::new(),
            settled: BTreeMap::new(),
            done: BTreeMap::new(),
            asked: BTreeMap::new(),
            timers: BTreeMap::new(),
            woken: BTreeMap::new(),
        }
    }
}

impl History {
    /// One more commit. Says what is wrong with it.
    pub(crate) fn take(&mut self, commit: &Commit) -> Vec<String> {
        let mut wrong = Vec::new();
        let place = self.pages.len();
        let mut page = self.page().clone();
        for record in &commit.events {
            let Ok(event) = serde_json::from_str::<Event>(record.data.get()) else {
                wrong.push(format!("#{place} has an event that cannot be read"));
                continue;
            };
            Ledger::apply(&mut page, &event);
            if let Event::Done(n) = event {
                *self.done.entry(n).or_default() += 1;
            }
            match event {
                Event::Entered(n) => self.entered.entry(n).or_default().push(place),
                Event::Done(n) | Event::Failed(n) => *self.settled.entry(n).or_default() += 1,
                Event::Woken(n, at_ms) => wrong.extend(self.wake(n, at_ms)),
            }
        }
        for change in &commit.work {
            match change {
                WorkChange::Put(work) if work.kind == WorkKind::Effect => {
                    let asked = self.asked.entry(work.id.clone()).or_insert(Asked {
                        place,
                        ..Asked::default()
                    });
                    asked.times += 1;
                    let wished = work.data.get().contains("\"cancel\":");
                    let retried = commit.cause.what.starts_with("operator retry");
                    self.withdrawn += u32::from(retried && !wished && asked.wished.is_some());
                    asked.wished = wished.then_some(place);
                    if asked.settled {
                        wrong.push(format!("effect {} was asked for after its end", work.id));
                    }
                }
                WorkChange::Put(work) => {
                    self.timers
                        .insert(work.id.clone(), work.due_ms.unwrap_or(i64::MAX));
                }
                WorkChange::Remove(id) if id.starts_with("timer:") => {
                    self.timers.remove(id);
                }
                WorkChange::Remove(id) => match self.asked.get_mut(id) {
                    Some(asked) if !asked.settled => asked.settled = true,
                    Some(_) => wrong.push(format!("effect {id} was settled twice")),
                    None => wrong.push(format!("effect {id} was settled and never asked for")),
                },
            }
        }
        self.pages.push(page);
        let written = usize::from(commit.receipt.is_some());
        self.receipts
            .push(self.receipts.last().copied().unwrap_or(0) + written);
        wrong
    }

    fn wake(&mut self, number: u32, at_ms: i64) -> Option<String> {
        *self.woken.entry(number).or_default() += 1;
        match self.timers.get(&format!("timer:wake-{number}")) {
            None => Some(format!("the timer of w{number} came, and is not set")),
            Some(due_ms) if at_ms < *due_ms => Some(format!(
                "the timer of w{number} came {} ms before it was due",
                due_ms - at_ms
            )),
            Some(_) => None,
        }
    }

    /// The ledger as it is.
    pub(crate) fn page(&self) -> &Page {
        static EMPTY: Page = Page {
            entries: 0,
            digest: 0,
        };
        self.pages.last().unwrap_or(&EMPTY)
    }

    /// How many receipts were written after commit `from` and before commit `to`.
    pub(crate) fn receipts_between(&self, from: usize, to: usize) -> usize {
        let up_to = |place: usize| self.receipts.get(place).copied().unwrap_or(0);
        up_to(to.saturating_sub(1)).saturating_sub(up_to(from))
    }
}
