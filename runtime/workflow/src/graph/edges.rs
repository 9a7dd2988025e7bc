//! The arrows that leave a state.

use serde_json::Value;

use super::condition;
use super::frame::{clipped, width_of};

/// Where an arrow goes, seen from its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    /// To the box right below.
    Next,
    /// To a box further down.
    Down,
    /// Back.
    Up,
    /// There is no such state.
    Nowhere,
}

/// An arrow.
pub(super) struct Edge {
    /// Under which condition; empty: always.
    pub(super) label: String,
    target: String,
    pub(super) direction: Direction,
}

impl Edge {
    /// `   ├─ on States.ALL ─▶ Failed`; the label gives way where there is no room for all.
    pub(super) fn line(&self, last: bool, width: usize) -> String {
        let knee = if last { "   └─" } else { "   ├─" };
        let tip = match self.direction {
            Direction::Next => "▼",
            Direction::Down | Direction::Nowhere => "▶",
            Direction::Up => "▲",
        };
        let target = match self.direction {
            Direction::Nowhere => format!("{} (no such state)", self.target),
            _ => self.target.clone(),
        };
        if self.label.is_empty() {
            return clipped(&format!("{knee}{tip} {target}"), width);
        }
        let rest = width_of(knee) + width_of(tip) + width_of(&target) + 5;
        let label = clipped(&self.label, width.saturating_sub(rest).max(8));
        clipped(&format!("{knee} {label} ─{tip} {target}"), width)
    }
}

/// The arrows of a state, the usual way last, so that it goes on below.
pub(super) fn edges(state: &Value, direction: impl Fn(&str) -> Direction) -> Vec<Edge> {
    let mut edges = Vec::new();
    let mut add = |label: String, target: Option<&Value>| {
        if let Some(target) = target.and_then(Value::as_str) {
            edges.push(Edge {
                label,
                target: target.to_owned(),
                direction: direction(target),
            });
        }
    };
    for rule in list(state, "Choices") {
        add(condition::of(rule), rule.get("Next"));
    }
    add("otherwise".to_owned(), state.get("Default"));
    for catcher in list(state, "Catch") {
        let label = format!("on {}", error_names(catcher));
        add(label, catcher.get("Next"));
    }
    add(String::new(), state.get("Next"));
    edges
}

/// The states that a state leads to, the usual way first.
pub(super) fn targets(state: &Value) -> Vec<&str> {
    let choices = list(state, "Choices").map(|rule| rule.get("Next"));
    let catches = list(state, "Catch").map(|catcher| catcher.get("Next"));
    std::iter::once(state.get("Next"))
        .chain(choices)
        .chain(std::iter::once(state.get("Default")))
        .chain(catches)
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// The error names of a catcher or retrier.
pub(super) fn error_names(handler: &Value) -> String {
    let names: Vec<&str> = list(handler, "ErrorEquals")
        .filter_map(Value::as_str)
        .collect();
    match names.as_slice() {
        ["States.ALL"] => "any error".to_owned(),
        names => names.join(", "),
    }
}

/// Whether the workflow ends with this state.
pub(super) fn ends(state: &Value) -> bool {
    ending(state).is_some()
}

/// How the workflow ends with this state, if it does.
pub(super) fn ending(state: &Value) -> Option<&'static str> {
    match state.get("Type").and_then(Value::as_str) {
        Some("Succeed") => Some("succeeds"),
        Some("Fail") => Some("fails"),
        _ if state.get("End") == Some(&Value::Bool(true)) => Some("end"),
        _ => None,
    }
}

pub(super) fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}
