//! The world outside, where deeds are done: it drops repeats by token or by name, or not at all, and it
//! throttles, does half, and breaks off after the deed as it is told to.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_trait::async_trait;
use datamesh_actor::{EffectCx, EffectError, Effects, ErrorClass, Idempotency};
use parking_lot::Mutex;

use crate::bug::Bug;
use crate::ledger::{Deed, Ledger};

/// What becomes of the next try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is done.
    Done,
    /// It is refused for now; nothing is done.
    Throttled,
    /// It fails before the deed, and says so.
    FailedBefore,
    /// Some first parts of it are done.
    Half,
    /// It is done, and the caller sees a time-out.
    TimedOutAfter,
    /// Nobody answers; see [`Outside::take_silent`].
    Silent,
}

/// A deed that was asked for and not answered.
#[derive(Clone, Debug)]
pub struct Silent {
    /// The deed.
    pub deed: Deed,
    /// The key of its effect.
    pub key: String,
}

/// A deed that is to tell a ledger of itself.
#[derive(Clone, Debug)]
pub struct Telling {
    /// Which ledger.
    pub ledger: u32,
    /// The number of the deed.
    pub number: u32,
    /// The key of its effect.
    pub key: String,
    /// Whether the answer is lost.
    pub unheard: bool,
}

/// One part of a deed that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// Which deed, and which part of it.
    pub deed: (u32, u32),
    /// The key of the effect that did it.
    pub key: String,
    /// How its repeats are dropped.
    pub how: Idempotency,
    /// Which life of which pod did it.
    pub life: u32,
    /// The moment, in virtual milliseconds.
    pub at_ms: i64,
}

#[derive(Default)]
struct Inner {
    next: Option<(Fate, u32, i64)>,
    silent: Option<Silent>,
    telling: Option<Telling>,
    /// Whether what is deadly kills just now, and whether it has.
    deadly: bool,
    killed: bool,
    tokens: BTreeSet<String>,
    names: BTreeSet<(u32, u32)>,
    done: Vec<Done>,
    tries: u32,
    bug: Option<Bug>,
}

impl Inner {
    /// One try: what becomes of it, after its deed.
    fn attempt(&mut self, deed: &Deed, key: &str) -> Result<Fate, EffectError> {
        let (fate, life, at_ms) = self.next.take().unwrap_or((Fate::Done, 0, 0));
        if deed.deadly && self.deadly {
            self.killed = true;
            return Err(failure(ErrorClass::Transient, "Killed", true));
        }
        if let Some(ledger) = deed.tells
            && !matches!(fate, Fate::Throttled | Fate::FailedBefore)
        {
            self.telling = Some(Telling {
                ledger,
                number: deed.number,
                key: key.to_owned(),
                unheard: fate == Fate::Silent,
            });
            return Ok(Fate::Silent);
        }
        let parts = match fate {
            Fate::Throttled => return Err(failure(ErrorClass::Throttle, "Throttled", false)),
            Fate::FailedBefore => return Err(failure(ErrorClass::Transient, "Down", false)),
            _ if deed.impossible => return Err(failure(ErrorClass::Terminal, "Refused", false)),
            Fate::Half => deed.parts / 2,
            Fate::Done | Fate::TimedOutAfter => deed.parts,
            Fate::Silent => {
                self.silent = Some(Silent {
                    deed: deed.clone(),
                    key: key.to_owned(),
                });
                0
            }
        };
        self.act(deed, key, parts, life, at_ms);
        Ok(fate)
    }

    /// Does the first `parts` of a deed.
    fn act(&mut self, deed: &Deed, key: &str, parts: u32, life: u32, at_ms: i64) {
        let salt = match self.bug {
            Some(Bug::TokenNotStable) => {
                self.tries += 1;
                format!("#{}", self.tries)
            }
            _ => String::new(),
        };
        for part in 0..parts {
            let new = match deed.how {
                Idempotency::Token => {
                    let token = format!("{key}/{part}{salt}");
                    self.tokens.insert(token)
                }
                Idempotency::NaturalKey => self.names.insert((deed.number, part)),
                Idempotency::ReadBack | Idempotency::AtLeastOnce => true,
            };
            if new {
                self.done.push(Done {
                    deed: (deed.number, part),
                    key: key.to_owned(),
                    how: deed.how,
                    life,
                    at_ms,
                });
            }
        }
    }
}

/// The world outside. Clones are the same world.
#[derive(Clone, Default)]
pub struct Outside {
    inner: Arc<Mutex<Inner>>,
}

impl Outside {
    /// A world in which nothing was done yet.
    pub fn new(bug: Option<Bug>) -> Self {
        let outside = Self::default();
        outside.inner.lock().bug = bug;
        outside
    }

    /// Says what becomes of the next try, by which life of a pod, and at which moment.
    pub fn expect(&self, fate: Fate, life: u32, at_ms: i64) {
        self.inner.lock().next = Some((fate, life, at_ms));
    }

    /// Says whether deadly deeds kill from now on.
    pub fn let_kill(&self, deadly: bool) {
        self.inner.lock().deadly = deadly;
    }

    /// Whether the last try killed who tried: what it came to is heard by nobody.
    pub fn has_killed(&self) -> bool {
        std::mem::take(&mut self.inner.lock().killed)
    }

    /// What the last try asked for, if nobody answered it: it may still be done.
    pub fn take_silent(&self) -> Option<Silent> {
        self.inner.lock().silent.take()
    }

    /// Whom the last try tells of itself, if it does.
    pub fn take_telling(&self) -> Option<Telling> {
        self.inner.lock().telling.take()
    }

    /// Does what nobody answered.
    pub fn land(&self, silent: &Silent, life: u32, at_ms: i64) {
        let Silent { deed, key } = silent;
        self.inner.lock().act(deed, key, deed.parts, life, at_ms);
    }

    /// All that was done.
    pub fn done(&self) -> Vec<Done> {
        self.inner.lock().done.clone()
    }
}

fn failure(class: ErrorClass, code: &str, may_have_happened: bool) -> EffectError {
    EffectError {
        may_have_happened,
        ..EffectError::new(class, code, "as the simulation wants it")
    }
}

#[async_trait]
impl Effects<Ledger> for Outside {
    async fn run(&self, deed: &Deed, cx: &EffectCx) -> Result<(), EffectError> {
        let fate = self.inner.lock().attempt(deed, &cx.key())?;
        match fate {
            Fate::Silent => std::future::pending().await,
            Fate::TimedOutAfter => Err(failure(ErrorClass::Transient, "TimedOut", true)),
            Fate::Half => Err(failure(ErrorClass::Transient, "HalfDone", true)),
            _ => Ok(()),
        }
    }

    async fn read_back(&self, deed: &Deed, _: &EffectCx) -> Result<Option<()>, EffectError> {
        let mut inner = self.inner.lock();
        let found = (0..deed.parts).all(|part| {
            let wanted = (deed.number, part);
            inner.done.iter().any(|done| done.deed == wanted)
        });
        if found {
            inner.next = None;
        }
        Ok(found.then_some(()))
    }
}
