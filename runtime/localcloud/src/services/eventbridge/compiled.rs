//! The rules of buses with their patterns compiled, so that an event does not read and compile a
//! thousand of them again.
//!
//! Every change of a bus's rules writes a new stamp for the bus, in the transaction of the change.
//! What was compiled is good for as long as the stamp in the file is the one that it was read under;
//! stamps are random, so one that was rolled back never comes again.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use super::pattern::{Event, Pattern};
use super::rule::{self, Rule, State};
use crate::cloud::CloudInner;
use crate::error::ServiceError;
use crate::store::{Scope, Tx};

const STAMPS: &str = "events.rule_stamps";
/// So many buses are kept at most; they are all forgotten then.
const MAX_BUSES: usize = 1_000;

/// The compiled rules of one cloud's buses.
#[derive(Debug, Default)]
pub(crate) struct CompiledRules(Mutex<HashMap<(Scope, String), Arc<Compiled>>>);

#[derive(Debug)]
pub(super) struct Compiled {
    stamp: String,
    rules: Vec<(Rule, Pattern)>,
    /// The rules that match only events with one of some sources, under these.
    by_source: HashMap<String, Vec<usize>>,
    others: Vec<usize>,
}

/// To be called with every change of a rule of `bus`.
pub(super) fn changed(
    scope: &Scope,
    tx: &Tx<'_>,
    cloud: &CloudInner,
    bus: &str,
) -> Result<(), ServiceError> {
    tx.put(scope, STAMPS, bus, &cloud.hex(32))
}

impl Compiled {
    fn candidates(&self, source: &str) -> impl Iterator<Item = usize> {
        let by_source = self.by_source.get(source).into_iter().flatten();
        by_source.chain(&self.others).copied()
    }

    /// Whether an event from this source has to be looked at.
    pub(super) fn can_match(&self, source: &str) -> bool {
        self.candidates(source).next().is_some()
    }

    /// The rules that are enabled and match, in the order of their names.
    pub(super) fn matching(&self, source: &str, event: &Event) -> impl Iterator<Item = &Rule> {
        let mut matched: Vec<usize> = self
            .candidates(source)
            .filter(|index| self.rules[*index].1.matches(event))
            .collect();
        matched.sort_unstable();
        matched.into_iter().map(|index| &self.rules[index].0)
    }
}

/// The rules of a bus.
pub(super) fn of_bus(
    scope: &Scope,
    tx: &Tx<'_>,
    cloud: &CloudInner,
    bus: &str,
) -> Result<Arc<Compiled>, ServiceError> {
    let stamp: String = tx.get(scope, STAMPS, bus)?.unwrap_or_default();
    let key = (scope.clone(), bus.to_owned());
    let known = cloud.event_rules.0.lock().get(&key).cloned();
    if let Some(known) = known.filter(|known| known.stamp == stamp) {
        return Ok(known);
    }
    let compiled = Arc::new(compile(rule::on_bus(scope, tx, bus)?, stamp));
    let mut kept = cloud.event_rules.0.lock();
    if kept.len() >= MAX_BUSES {
        kept.clear();
    }
    kept.insert(key, Arc::clone(&compiled));
    Ok(compiled)
}

fn compile(rules: Vec<Rule>, stamp: String) -> Compiled {
    let mut compiled = Compiled {
        stamp,
        rules: Vec::new(),
        by_source: HashMap::new(),
        others: Vec::new(),
    };
    for rule in rules {
        if rule.state == State::Disabled {
            continue;
        }
        let Some(Ok(pattern)) = rule.event_pattern.as_deref().map(Pattern::new) else {
            continue;
        };
        let index = compiled.rules.len();
        match pattern.required_texts("source") {
            Some(mut sources) => {
                sources.sort_unstable();
                sources.dedup();
                for source in sources {
                    let rules = compiled.by_source.entry(source.to_owned());
                    rules.or_default().push(index);
                }
            }
            None => compiled.others.push(index),
        }
        compiled.rules.push((rule, pattern));
    }
    compiled
}

#[cfg(test)]
mod tests {
    use super::{State, compile};
    use crate::services::eventbridge::rule::Rule;
    use crate::store::Scope;

    fn rule(name: &str, pattern: &str) -> Rule {
        let scope = Scope {
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
        };
        Rule {
            event_pattern: Some(pattern.to_owned()),
            ..Rule::new(&scope, "default", name)
        }
    }

    #[test]
    fn rules_that_name_their_sources_are_found_by_them() {
        let disabled = Rule {
            state: State::Disabled,
            ..rule("disabled", r#"{"source":["a"]}"#)
        };
        let compiled = compile(
            vec![
                rule("one", r#"{"source":["a"]}"#),
                rule("two", r#"{"source":["a","b"],"detail":{"n":[1]}}"#),
                disabled,
                rule("any", r#"{"detail":{"n":[1]}}"#),
                rule("prefix", r#"{"source":["a",{"prefix":"c"}]}"#),
                rule("or", r#"{"$or":[{"source":["b"]},{"detail-type":["t"]}]}"#),
            ],
            String::new(),
        );
        assert_eq!(compiled.by_source["a"], [0, 1]);
        assert_eq!(compiled.by_source["b"], [1]);
        assert_eq!(compiled.others, [2, 3, 4]);
    }
}
