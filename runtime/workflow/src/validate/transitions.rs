//! Do transitions lead to states, and do all states have one that leads to them?

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::Code;
use super::likeness;
use super::location::Location;
use super::machine::Checker;

/// For so many transitions that lead nowhere the state that was meant is looked up.
const MOST_LOOKED_UP: usize = 20;

/// A transition: where it stands, and the name that it gives.
struct Transition<'a> {
    at: Location,
    target: &'a str,
}

impl Checker {
    /// The transitions of one machine. They never leave it: branches and processors have their own.
    pub(super) fn transitions(
        &mut self,
        at: &Location,
        start: Option<&Value>,
        states: &Map<String, Value>,
    ) {
        let Some(start) = start.and_then(Value::as_str) else {
            return;
        };
        let mut transitions = vec![Transition {
            at: at.field("StartAt"),
            target: start,
        }];
        for (name, state) in states {
            collect(&at.enter_state(name), state, &mut transitions);
        }
        let dangling: Vec<&Transition> = transitions
            .iter()
            .filter(|transition| !states.contains_key(transition.target))
            .collect();
        self.dangling(&dangling, states);
        if !states.values().any(is_terminal) {
            self.error(
                Code::MissingEndState,
                (!at.is_root()).then_some(at),
                "Workflow has no terminal state",
                "Add End: true to the last state, or a Succeed or Fail state.",
            );
            return;
        }
        let targets: HashSet<&str> = transitions.iter().map(|t| t.target).collect();
        for name in states.keys() {
            if !targets.contains(name.as_str()) {
                self.error(
                    Code::MissingTransitionTarget,
                    Some(&at.enter_state(name)),
                    format!("State \"{name}\" is not reachable."),
                    "Lead a Next, Default, choice or Catch to it, or take it out.",
                );
            }
        }
    }

    /// Transitions that lead to no state.
    fn dangling(&mut self, transitions: &[&Transition], states: &Map<String, Value>) {
        for (index, transition) in transitions.iter().enumerate() {
            let meant = (index < MOST_LOOKED_UP)
                .then(|| likeness::closest(transition.target, states.keys().map(String::as_str)))
                .flatten();
            let advice = match meant {
                Some(name) => format!("{name:?} was perhaps meant; names match exactly."),
                None => "Name a state of the same machine, or add this one.".to_owned(),
            };
            self.error(
                Code::MissingTransitionTarget,
                Some(&transition.at),
                format!("Missing 'Next' target: {}", transition.target),
                advice,
            );
        }
    }
}

fn collect<'a>(at: &Location, state: &'a Value, transitions: &mut Vec<Transition<'a>>) {
    for name in ["Next", "Default"] {
        if let Some(target) = state.get(name).and_then(Value::as_str) {
            let at = at.field(name);
            transitions.push(Transition { at, target });
        }
    }
    for list in ["Choices", "Catch"] {
        let entries = state.get(list).and_then(Value::as_array);
        for (index, entry) in entries.into_iter().flatten().enumerate() {
            if let Some(target) = entry.get("Next").and_then(Value::as_str) {
                let at = at.field(list).item(index).field("Next");
                transitions.push(Transition { at, target });
            }
        }
    }
}

fn is_terminal(state: &Value) -> bool {
    let state_type = state.get("Type").and_then(Value::as_str);
    state.get("End") == Some(&Value::Bool(true)) || matches!(state_type, Some("Succeed" | "Fail"))
}
