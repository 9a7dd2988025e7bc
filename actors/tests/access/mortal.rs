use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use datamesh_journal::intercepted::{Intercepted, Writes};
use datamesh_journal::{AppendError, Commit, Done, Journal};
use tokio::sync::Notify;

/// When a process dies.
#[derive(Clone, Copy, Debug)]
pub enum Death {
    /// As soon as it has asked for this commit: what the commit stands for is not begun.
    After(usize),
    /// When it asks for the one after this commit: what this one stands for may be done, and nobody knows.
    BeforeNext(usize),
}

/// A journal that takes so many commits and no more: what runs on it is as good as dead from then on. Nothing
/// that it does after that is known to anybody.
pub type MortalJournal = Intercepted<Mortal>;

pub struct Mortal {
    death: Option<Death>,
    commits: AtomicUsize,
    dead: AtomicBool,
    died: Notify,
}

impl Mortal {
    pub fn journal(inner: Arc<dyn Journal>, death: Option<Death>) -> Arc<MortalJournal> {
        let mortal = Self {
            death,
            commits: AtomicUsize::new(0),
            dead: AtomicBool::new(false),
            died: Notify::new(),
        };
        Intercepted::by(mortal, inner)
    }

    /// How many commits were asked of it.
    pub fn commits(&self) -> usize {
        self.commits.load(Ordering::SeqCst)
    }

    pub fn is_dead(&self) -> bool {
        self.dead.load(Ordering::SeqCst)
    }

    /// Waits until it is dead.
    pub async fn death(&self) {
        while !self.is_dead() {
            self.died.notified().await;
        }
    }
}

impl Writes for Mortal {
    fn append(&self, journal: &dyn Journal, commit: Commit, done: Done) {
        let number = self.commits.fetch_add(1, Ordering::SeqCst) + 1;
        let (taken, dies) = match self.death {
            None => (true, false),
            Some(Death::After(last)) => (number <= last, number >= last),
            Some(Death::BeforeNext(last)) => (number <= last, number > last),
        };
        match taken {
            true => journal.append(commit, done),
            false => done(Err(AppendError::Unavailable)),
        }
        if dies {
            self.dead.store(true, Ordering::SeqCst);
            self.died.notify_one();
        }
    }
}
