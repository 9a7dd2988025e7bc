//! The world outside of a share: ledgers, RAM and queries, as far as a share sees them.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::access::{HoldEnd, Kept, LookEnd, Reread};

/// A share in its world.
pub(super) struct Stage {
    pub(super) core: Core<Share>,
    pub(super) world: World,
}

/// What is so outside.
pub(super) struct World {
    pub(super) cross: bool,
    /// What the ledgers hold.
    pub(super) held: BTreeMap<LedgerId, BTreeSet<Thing>>,
    /// The newest hold that each ledger knows.
    numbers: BTreeMap<LedgerId, u64>,
    /// Why a ledger cannot put something.
    pub(super) refuses: BTreeMap<Post, String>,
    /// The ledgers that cannot take anything away.
    pub(super) unreachable: BTreeSet<Post>,
    pub(super) table: Option<TableSeen>,
    pub(super) association: Association,
    /// Whose the share of the table in RAM is that is left when all is taken: nobody's, if it is empty.
    pub(super) left_in_ram: Option<BTreeSet<String>>,
    /// What of the producer's others still hold when all of this share is taken.
    pub(super) kept: Vec<Kept>,
    /// What a query is answered, whatever is held.
    pub(super) answer: Option<Answer>,
    /// What a look of a ledger sees, where it is not all that is held.
    pub(super) looks: BTreeMap<Post, Look>,
}

/// A query that is answered, with who else gives what it reads.
pub(super) fn readable(others: &[&str]) -> Answer {
    Answer::Readable {
        at_ms: 1,
        others: others.iter().map(|&other| other.to_owned()).collect(),
    }
}

impl Stage {
    pub(super) fn new() -> Self {
        Self {
            core: Core::new("share-1"),
            world: World {
                cross: true,
                held: BTreeMap::new(),
                numbers: BTreeMap::new(),
                refuses: BTreeMap::new(),
                unreachable: BTreeSet::new(),
                table: Some(table()),
                association: Association::Associated,
                left_in_ram: None,
                kept: Vec::new(),
                answer: None,
                looks: BTreeMap::new(),
            },
        }
    }

    /// A share that is given.
    pub(super) fn given() -> Self {
        let mut stage = Self::new();
        stage.tell(Command::Create(Box::new(create(true))));
        stage.run();
        assert_eq!(stage.phase(), Phase::Granted, "{:?}", stage.core.reply());
        stage.core.told();
        stage
    }

    pub(super) fn tell(&mut self, command: Command) -> ShareRecord {
        self.core.tell(command).unwrap()
    }

    pub(super) fn phase(&self) -> Phase {
        self.core.reply().fulfilment.state
    }

    pub(super) fn post(&self, post: Post) -> BTreeSet<Thing> {
        let ledger = post.ledger(&resolved(self.world.cross));
        self.world.held.get(&ledger).cloned().unwrap_or_default()
    }

    /// Whether any ledger holds a grant, filter or link for the share.
    pub(super) fn holds_anything(&self) -> bool {
        self.world.held.values().any(|held| !held.is_empty())
    }

    /// Ends the effects, and lets the retry timer fire, until nothing is left to do.
    pub(super) fn run(&mut self) {
        for _ in 0..2_000 {
            if self.core.pending.is_empty() {
                let Some(due_ms) = self.core.timers.get(RETRY_TIMER).copied() else {
                    return;
                };
                if self.phase() == Phase::Unreachable {
                    return;
                }
                self.core.now_ms = self.core.now_ms.max(due_ms);
                self.core.timer(RETRY_TIMER);
            } else {
                self.step(0);
            }
        }
        panic!("no end in sight: {:?}", self.core.names());
    }

    /// Ends effects until one of this name is pending.
    #[track_caller]
    pub(super) fn run_until(&mut self, name: &str) {
        for _ in 0..200 {
            if self.core.names().contains(&name) {
                return;
            }
            assert!(!self.core.pending.is_empty(), "{name} does not come");
            self.step(0);
        }
        panic!("{name} does not come: {:?}", self.core.names());
    }

    /// The ledgers take what they could not before, and tell.
    pub(super) fn heal(&mut self) {
        self.world.unreachable.clear();
        let posts = self.core.state.posts.clone();
        for held in posts.into_values() {
            if !matches!(held.end, Some(HeldEnd::Unreachable { .. })) {
                continue;
            }
            if self.world.numbers.get(&held.ledger) != Some(&held.number) {
                // It was never told.
                continue;
            }
            self.world.held.insert(held.ledger.clone(), held.wants);
            let end = HoldEnd {
                ledger: held.ledger,
                holder: "share-1".to_owned(),
                generation: held.number,
                result: HoldResult::Released {
                    removed: Vec::new(),
                    kept: Vec::new(),
                    rereads: Vec::new(),
                },
            };
            self.tell(Command::HoldEnded(Box::new(end)));
        }
    }

    /// Ends a pending effect as the world is.
    pub(super) fn step(&mut self, at: usize) {
        let effect = self.core.pending[at].clone();
        let result = self.world.end(&effect, self.core.now_ms);
        self.core.settle_at(at, result);
        self.core.now_ms += 10;
        match effect {
            ShareEffect::Hold(hold) => {
                let end = HoldEnd {
                    ledger: hold.ledger.clone(),
                    holder: hold.hold.holder.clone(),
                    generation: hold.hold.generation,
                    result: self.world.hold(&hold, self.core.now_ms),
                };
                self.tell(Command::HoldEnded(Box::new(end)));
            }
            ShareEffect::Look(look) => {
                let seen = self.world.looks.get(&look.post).cloned();
                let end = LookEnd {
                    ledger: look.ledger,
                    holder: look.holder,
                    number: look.number,
                    look: seen.unwrap_or(Look {
                        at_ms: self.core.now_ms,
                        ..Look::default()
                    }),
                };
                self.tell(Command::LookEnded(Box::new(end)));
            }
            _ => {}
        }
    }
}

impl World {
    pub(super) fn end(
        &self,
        effect: &ShareEffect,
        at_ms: i64,
    ) -> Result<Outcome, datamesh_actor::Failure> {
        Ok(match effect {
            ShareEffect::Resolve(_) => Outcome::Resolved(Box::new(resolved(self.cross))),
            ShareEffect::ReadTable(_) => match &self.table {
                Some(table) => Outcome::TableRead(table.clone()),
                None => return Err(failure("TABLE_NOT_FOUND")),
            },
            ShareEffect::LookAtRam(look) => Outcome::RamSeen(RamSeen {
                association: self.association(look.accept),
                detail: "as it is".to_owned(),
                others: self.left_in_ram.clone().unwrap_or_default(),
                ..RamSeen::default()
            }),
            ShareEffect::Query(query) => Outcome::Answered(self.answer(&query.sql, at_ms)),
            _ => Outcome::Told,
        })
    }

    /// Without a grant there is nothing in RAM.
    fn association(&self, accept: bool) -> Association {
        match self.producer_holds() || accept || self.left_in_ram.is_some() {
            true => self.association,
            false => Association::None,
        }
    }

    fn producer_holds(&self) -> bool {
        let ledger = Post::ProducerDatabase.ledger(&resolved(self.cross));
        self.held.get(&ledger).is_some_and(|held| !held.is_empty())
    }

    fn answer(&self, sql: &str, at_ms: i64) -> Answer {
        if let Some(answer) = &self.answer {
            return answer.clone();
        }
        match self.producer_holds() && !sql.contains("\"id\"") {
            true => Answer::Readable {
                at_ms,
                others: BTreeSet::new(),
            },
            false => Answer::Refused {
                message: "Insufficient permissions".to_owned(),
                at_ms,
            },
        }
    }

    /// What a ledger does with a hold.
    pub(super) fn hold(&mut self, hold: &super::effects::Hold, at_ms: i64) -> HoldResult {
        let newest = self.numbers.entry(hold.ledger.clone()).or_default();
        if hold.hold.generation < *newest {
            return HoldResult::Held {
                rereads: Vec::new(),
            };
        }
        *newest = hold.hold.generation;
        if let Some(code) = self.refuses.get(&hold.post)
            && !hold.hold.wants.is_empty()
        {
            return HoldResult::Refused {
                code: code.clone(),
                message: "it cannot be".to_owned(),
                things: Vec::new(),
            };
        }
        let before = self.held.entry(hold.ledger.clone()).or_default();
        let removed: Vec<Thing> = before
            .difference(&hold.hold.wants)
            .filter(|thing| !thing.stays())
            .cloned()
            .collect();
        if !removed.is_empty() && self.unreachable.contains(&hold.post) {
            return HoldResult::Unreachable {
                code: "AccessDenied".to_owned(),
                message: "the account is closed".to_owned(),
                remains: removed,
            };
        }
        before.clone_from(&hold.hold.wants);
        let reread = Reread {
            account: hold.ledger.account.clone(),
            operation: "lakeformation:ListPermissions".to_owned(),
            about: hold.ledger.to_string(),
            found: "absent".to_owned(),
            at_ms,
        };
        match hold.hold.wants.is_empty() {
            true => HoldResult::Released {
                removed,
                kept: match hold.post {
                    Post::ProducerDatabase => self.kept.clone(),
                    _ => Vec::new(),
                },
                rereads: vec![reread],
            },
            false => HoldResult::Held {
                rereads: vec![reread],
            },
        }
    }
}
