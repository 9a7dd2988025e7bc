//! In which order to draw the states: each below those that lead to it, as far as that can be.

use std::collections::HashSet;

use serde_json::Value;

use super::edges;

/// States in order of drawing.
pub(super) struct Order<'a> {
    pub(super) states: Vec<(&'a str, &'a Value)>,
    /// How many of them, from the first on, can be reached.
    pub(super) reachable: usize,
}

/// A state whose followers are being visited.
struct Visit<'a> {
    name: &'a str,
    state: &'a Value,
    /// Not yet visited; the last is the next to visit.
    targets: Vec<&'a str>,
}

/// Depth first from the start, each state put in front of all that come after it. Followers are
/// visited from the least likely (caught errors) to `Next`, so that the usual way comes first.
pub(super) fn order(machine: &Value) -> Order<'_> {
    let Some(states) = machine.get("States").and_then(Value::as_object) else {
        return Order {
            states: Vec::new(),
            reachable: 0,
        };
    };
    let find = |name: &str| states.get_key_value(name);
    let mut seen: HashSet<&str> = HashSet::new();
    let mut finished: Vec<(&str, &Value)> = Vec::new();
    let mut visits: Vec<Visit> = Vec::new();
    let start = machine.get("StartAt").and_then(Value::as_str);
    if let Some((name, state)) = start.and_then(find) {
        seen.insert(name);
        visits.push(Visit {
            name,
            state,
            targets: edges::targets(state),
        });
    }
    while let Some(visit) = visits.last_mut() {
        match visit.targets.pop() {
            Some(target) => {
                if let Some((name, state)) = find(target)
                    && seen.insert(name)
                {
                    visits.push(Visit {
                        name,
                        state,
                        targets: edges::targets(state),
                    });
                }
            }
            None => {
                finished.push((visit.name, visit.state));
                visits.pop();
            }
        }
    }
    finished.reverse();
    let reachable = finished.len();
    let rest = states
        .iter()
        .filter(|(name, _)| !seen.contains(name.as_str()))
        .map(|(name, state)| (name.as_str(), state));
    finished.extend(rest);
    Order {
        states: finished,
        reachable,
    }
}
