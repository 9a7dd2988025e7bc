//! What is written: each commit stands on the one before it, pauses only what has to be paused, and is known to who
//! wrote it.

use datamesh_actor::ActorStatus;
use datamesh_journal::{Commit, EntityKey, WorkChange};

use crate::ledger::{Page, VIEW};
use crate::world::{ATTEMPTS, World};

impl World {
    /// A commit was written: it stands on the one before it, what it says is in order, and the view shows what
    /// is durable, no more and no less.
    pub(crate) fn judge_written(&mut self, key: &EntityKey) {
        let journal = self.journal.clone();
        let history = self.histories.entry(key.clone()).or_default();
        let counts = &mut self.counts;
        let wrong = journal.newest(key, |before, last, number| {
            let what = &last.cause.what;
            counts.cancelled += u32::from(what.starts_with("cancelled "));
            counts.wished += u32::from(what.starts_with("operator cancel "));
            counts.kept += u32::from(what.ends_with("(Uncancellable)"));
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

    /// A process decided: an effect is paused only when its tries have run out, or when processes died of it.
    pub(crate) fn judge_decided(&mut self, pod: usize, life: u32, commit: &Commit) {
        let key = &commit.entity;
        for change in &commit.work {
            let WorkChange::Put(work) = change else {
                continue;
            };
            let effect = (life, format!("{key}/{}", work.id));
            match work.due_ms {
                Some(_) => drop(self.strikes.remove(&effect)),
                None if commit.cause.what.ends_with("(ProcessDied)") => {
                    self.judge_stopped(pod, &(key.clone(), work.id.clone()));
                    let deadly = work.data.get().contains("\"deadly\":true");
                    if !deadly && self.one_kills {
                        self.wrong(format!("{key} {} is stopped for another's deaths", work.id));
                    }
                }
                // Its ledger panicked on its end: an operator has another look.
                None if commit.cause.what.ends_with("(Uncancellable)") => {
                    if !work.data.get().contains("\"fragile\":true") {
                        self.wrong(format!("{key} {} is kept, and could be cancelled", work.id));
                    }
                }
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
}
