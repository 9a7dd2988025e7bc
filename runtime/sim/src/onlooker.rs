//! What somebody sees who looks at one machine: what is under way in its process, and what was when processes
//! died there. It knows nothing of the recorder, and says when that cannot be right.

use std::collections::BTreeMap;

use datamesh_actor::pod::{Suspected, Try};
use datamesh_journal::EntityKey;

/// What was under way each of so many times in a row that the process died is stopped.
pub(crate) const CRASH_LIMIT: u32 = 3;

/// A deed: whose, and the id of the effect or what was decided on.
pub(crate) type Name = (EntityKey, String);

/// What it decides on when it is read from the journal.
pub(crate) const REPLAY: &str = "replay";

/// What a process dies of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Killer {
    /// Nothing that it does.
    Chance,
    /// What it decides on.
    Decision(Name),
    /// An effect that it tries.
    Effect(Name),
}

/// Whether it is what an entity decided on, and not the id of an effect.
fn is_decision((_, what): &Name) -> bool {
    what == REPLAY || what.starts_with("command ") || what.starts_with("timer ")
}

#[derive(Default)]
pub(crate) struct Onlooker {
    /// The tries of the present process that began and did not end; whether they are on probation.
    under_way: BTreeMap<Name, bool>,
    /// At how many deaths each effect was under way since a try of it ended.
    effects: BTreeMap<Name, u32>,
    /// At how many deaths in a row each was being decided on.
    decisions: BTreeMap<Name, u32>,
    /// How many processes each has killed since an operator saw to it; of decisions, in a row.
    killed: BTreeMap<Name, u32>,
}

impl Onlooker {
    pub(crate) fn under_way(&self) -> usize {
        self.under_way.len()
    }

    /// Whether one that is on probation is under way.
    pub(crate) fn tries_a_suspect(&self) -> bool {
        self.under_way.values().any(|probation| *probation)
    }

    /// A try begins, of a process that may have so many at once. Says what is wrong with that.
    pub(crate) fn begins(&mut self, attempt: &Try, most: usize) -> Option<String> {
        let cx = attempt.cx();
        let name = (cx.entity.clone(), cx.effect_id.clone());
        let (key, probation) = (cx.key(), attempt.is_on_probation());
        let wrong = if probation && self.tries_a_suspect() {
            Some(format!("effect {key} is on probation and not alone"))
        } else if self.under_way.len() >= most {
            Some(format!(
                "effect {key} begins beside {most} others, which are all that may"
            ))
        } else {
            None
        };
        self.under_way.insert(name, probation);
        wrong
    }

    /// A try ended, in whatever way.
    pub(crate) fn ends(&mut self, name: &Name) {
        self.under_way.remove(name);
        self.effects.remove(name);
    }

    /// The process dies. Says what should not have killed it.
    pub(crate) fn dies(&mut self, killer: &Killer) -> Option<String> {
        for name in std::mem::take(&mut self.under_way).into_keys() {
            *self.effects.entry(name).or_default() += 1;
        }
        let decision = match killer {
            Killer::Decision(name) => Some(name),
            _ => None,
        };
        self.forget_decisions(decision);
        if let Some(name) = decision {
            *self.decisions.entry(name.clone()).or_default() += 1;
        }
        let (Killer::Decision(name) | Killer::Effect(name)) = killer else {
            return None;
        };
        let killed = self.killed.entry(name.clone()).or_default();
        *killed += 1;
        (*killed > CRASH_LIMIT).then(|| {
            format!(
                "{} {} has killed {killed} processes, and is not stopped",
                name.0, name.1
            )
        })
    }

    /// What an entity decided on ended, and nobody died of it: it is none in a row any more.
    pub(crate) fn decided(&mut self, name: &Name) {
        self.decisions.remove(name);
        self.killed.remove(name);
    }

    /// The process goes down in order: nothing is under way any more, and nobody to blame.
    pub(crate) fn ends_in_order(&mut self) {
        self.under_way.clear();
        self.forget_decisions(None);
    }

    /// Those that were not being decided on now are none in a row. Who is to be stopped stays so.
    fn forget_decisions(&mut self, but: Option<&Name>) {
        self.decisions
            .retain(|name, crashes| Some(name) == but || *crashes >= CRASH_LIMIT);
        self.killed
            .retain(|name, _| !is_decision(name) || Some(name) == but);
    }

    /// An operator sees to what was stopped of a ledger.
    pub(crate) fn seen_to(&mut self, key: &EntityKey) {
        self.killed.retain(|(of, _), _| of != key);
    }

    /// Whether it was under way at so many deaths that it may be stopped.
    pub(crate) fn may_be_stopped(&self, name: &Name) -> bool {
        self.met(name) >= CRASH_LIMIT
    }

    /// Nobody is blamed for more deaths than it was there.
    pub(crate) fn judge(&self, suspects: &[Suspected]) -> Option<String> {
        suspects.iter().find_map(|suspect| {
            let met = self.met(&(suspect.entity.clone(), suspect.what.clone()));
            (suspect.crashes > met).then(|| {
                format!(
                    "{} {} is blamed for {} deaths and was there at {met}",
                    suspect.entity, suspect.what, suspect.crashes
                )
            })
        })
    }

    fn met(&self, name: &Name) -> u32 {
        let met = self.effects.get(name).or_else(|| self.decisions.get(name));
        met.copied().unwrap_or(0)
    }
}
