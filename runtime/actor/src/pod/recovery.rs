//! What is found in the journal: timers that are due, and effects that are not settled. The looks are the threaded
//! runtime's; only who takes the letters is another.

use datamesh_journal::{DueWork, EntityKey, Journal, JournalError};
use futures::FutureExt;
use parking_lot::Mutex;

use super::Pod;
use crate::claim::Claim;
use crate::router::Post;
use crate::shard::Letter;
use crate::timers::tell_due;

/// How far the taking up is.
pub(super) struct Recovery {
    /// Entities to be taken up before all others.
    first: Vec<EntityKey>,
    pass: Claim,
}

impl Recovery {
    pub(super) fn new(first: Vec<EntityKey>, pass: Claim) -> Self {
        Self { first, pass }
    }
}

/// What a look for unsettled effects came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The step that began, if one did: its entities, each with the effect for which it was taken up.
    pub step: Option<Vec<DueWork>>,
    /// Whether all is taken up.
    pub over: bool,
}

/// Takes the letters of a look, which is over in one moment.
#[derive(Default)]
struct Hand(Mutex<Vec<Letter>>);

impl Post for Hand {
    async fn deliver(&self, _: &EntityKey, letter: Letter) {
        self.0.lock().push(letter);
    }
}

impl Pod {
    /// One look of the timer pump. The journal has to answer at once.
    ///
    /// # Errors
    /// When the journal cannot be read: the next look is at the usual time.
    pub fn tell_due(&mut self, now_ms: i64, journal: &dyn Journal) -> Result<(), JournalError> {
        let hand = Hand::default();
        let look = tell_due(journal, &hand, now_ms, &mut self.told).now_or_never();
        self.take(now_ms, hand);
        look.unwrap_or_else(|| Err(not_at_once()))
    }

    /// One look for unsettled effects, to be called about every 20 ms until it answers that all is taken up: the
    /// suspects first, then step by step. Called again after that, it looks anew, in large steps. The journal has to
    /// answer at once.
    ///
    /// # Errors
    /// When the journal cannot be read: to be called again soon.
    pub fn claim(&mut self, now_ms: i64, journal: &dyn Journal) -> Result<Claimed, JournalError> {
        for key in std::mem::take(&mut self.recovery.first) {
            if let Some(engine) = self.engine(&key) {
                engine.rouse(now_ms, &key);
            }
        }
        let pass = &mut self.recovery.pass;
        pass.again();
        let present = pass.present().iter();
        let rows: Vec<_> = present
            .map(|row| (row.entity.clone(), row.work_id.clone()))
            .collect();
        let open: usize = self.engines.iter().map(|engine| engine.open(&rows)).sum();
        let mut step = None;
        if pass.may_go_on(now_ms, open) {
            let hand = Hand::default();
            let look = pass.go_on(journal, &hand, now_ms).now_or_never();
            look.unwrap_or_else(|| Err(not_at_once()))?;
            step = Some(pass.present().to_vec());
            self.take(now_ms, hand);
        }
        let over = self.recovery.pass.is_over();
        Ok(Claimed { step, over })
    }

    fn take(&mut self, now_ms: i64, hand: Hand) {
        for letter in hand.0.into_inner() {
            match letter {
                Letter::Timer { key, name, due_ms } => {
                    if let Some(engine) = self.engine(&key) {
                        engine.timer(now_ms, key, name, due_ms);
                    }
                }
                Letter::Rouse { key } => {
                    if let Some(engine) = self.engine(&key) {
                        engine.rouse(now_ms, &key);
                    }
                }
                _ => {}
            }
        }
    }
}

fn not_at_once() -> JournalError {
    JournalError::Storage("it did not answer at once".to_owned())
}
