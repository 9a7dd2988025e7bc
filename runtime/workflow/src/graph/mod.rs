//! A document drawn for a terminal: a box for each state, from the first down to the last, with an
//! arrow to the box below where the workflow goes on there, and a labelled arrow with the state's
//! name where it goes elsewhere. Branches and processors are drawn inside their state's box.
//!
//! It draws what it finds, valid or not: a document that is refused can be looked at too.

mod condition;
mod details;
mod edges;
mod frame;
mod order;
#[cfg(test)]
mod tests;

use serde_json::Value;

use edges::{Direction, Edge};
use frame::{clipped, framed, width_of};

/// The narrowest drawing, in columns; where there is less room, it is this wide nevertheless.
pub const MIN_WIDTH: usize = 40;

/// A machine inside a state is drawn if it has this much room, and else only counted.
const MIN_NESTED_WIDTH: usize = 30;

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// How many columns there are.
    pub width: usize,
    /// Draw with `+`, `-` and `|` instead of box drawing characters. Names stay as they are.
    pub ascii: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self {
            width: 80,
            ascii: false,
        }
    }
}

/// Draws a document. No line is wider than the style says (at least [`MIN_WIDTH`]); every line ends
/// in a line feed.
pub fn draw(document: &Value, style: Style) -> String {
    let mut lines = vec!["   ●".to_owned()];
    lines.extend(machine(document, style.width.max(MIN_WIDTH)));
    let mut drawing = String::new();
    for line in lines {
        let line = line.trim_end();
        if style.ascii {
            for c in line.chars() {
                match plain(c) {
                    Some(text) => drawing.push_str(text),
                    None => drawing.push(c),
                }
            }
        } else {
            drawing.push_str(line);
        }
        drawing.push('\n');
    }
    drawing
}

/// What stands for a drawing character in plain ASCII.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        '─' => "-",
        '│' => "|",
        '┌' | '┐' | '└' | '┘' | '├' | '┬' => "+",
        '▼' => "v",
        '▶' => ">",
        '▲' => "^",
        '●' => "o",
        '■' => "#",
        '×' => "x",
        '…' => "~",
        '≤' => "<=",
        '≥' => ">=",
        _ => return None,
    })
}

/// The lines of a machine: the document, a branch, a processor.
fn machine(machine: &Value, width: usize) -> Vec<String> {
    let order = order::order(machine);
    let names: Vec<&str> = order.states.iter().map(|(name, _)| *name).collect();
    let contents: Vec<Vec<String>> = order
        .states
        .iter()
        .map(|(_, state)| content(state, width.saturating_sub(4)))
        .collect();
    let titles: Vec<(String, String)> = order
        .states
        .iter()
        .enumerate()
        .map(|(at, (name, state))| title(name, state, at < order.reachable))
        .collect();
    let box_width = order_width(&titles, &contents).min(width);
    let mut lines = Vec::new();
    for (at, (_, state)) in order.states.iter().enumerate() {
        let (name, kind) = titles.get(at).cloned().unwrap_or_default();
        let content = contents.get(at).map_or(&[][..], Vec::as_slice);
        let edges = edges::edges(state, |target| {
            match names.iter().position(|name| *name == target) {
                None => Direction::Nowhere,
                Some(place) if place == at + 1 => Direction::Next,
                Some(place) if place > at => Direction::Down,
                Some(_) => Direction::Up,
            }
        });
        let goes_on = !edges.is_empty() || edges::ends(state);
        lines.extend(framed(&name, &kind, content, box_width, goes_on));
        lines.extend(leaving(&edges, state, width));
        let below = edges.iter().any(|edge| edge.direction == Direction::Next);
        if !below && at + 1 < order.states.len() {
            lines.push(String::new());
        }
    }
    lines
}

/// The arrows that leave a state.
fn leaving(edges: &[Edge], state: &Value, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let down = edges
        .iter()
        .any(|edge| edge.label.is_empty() && edge.direction == Direction::Next);
    let labelled: Vec<&Edge> = edges
        .iter()
        .filter(|edge| !(edge.label.is_empty() && edge.direction == Direction::Next))
        .collect();
    let end = edges::ending(state);
    for (index, edge) in labelled.iter().enumerate() {
        let last = index + 1 == labelled.len() && !down && end.is_none();
        lines.push(edge.line(last, width));
    }
    if let Some(end) = end {
        lines.push(clipped(&format!("   └─ ■ {end}"), width));
    }
    if down {
        lines.push("   ▼".to_owned());
    }
    lines
}

fn title(name: &str, state: &Value, reachable: bool) -> (String, String) {
    let kind = state
        .get("Type")
        .and_then(Value::as_str)
        .unwrap_or("no type");
    let kind = match reachable {
        true => kind.to_owned(),
        false => format!("{kind}, not reachable"),
    };
    (name.to_owned(), kind)
}

/// What stands in a state's box.
fn content(state: &Value, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = details::details(state)
        .iter()
        .map(|line| clipped(line, width))
        .collect();
    for (label, nested) in inner_machines(state) {
        if width < MIN_NESTED_WIDTH {
            let count = nested
                .get("States")
                .and_then(Value::as_object)
                .map_or(0, serde_json::Map::len);
            let states = if count == 1 { "state" } else { "states" };
            lines.push(clipped(&format!("{label}: {count} {states}"), width));
            continue;
        }
        let inner = machine(nested, width - 4);
        let widest = inner.iter().map(|line| width_of(line)).max().unwrap_or(0);
        let frame = (widest + 4).max(width_of(&label) + 6).min(width);
        lines.extend(framed(&label, "", &inner, frame, false));
    }
    lines
}

fn inner_machines(state: &Value) -> Vec<(String, &Value)> {
    let branches = state.get("Branches").and_then(Value::as_array);
    let mut machines: Vec<(String, &Value)> = branches
        .into_iter()
        .flatten()
        .enumerate()
        .map(|(index, branch)| (format!("branch {}", index + 1), branch))
        .collect();
    if let Some(processor) = state.get("ItemProcessor").or_else(|| state.get("Iterator")) {
        machines.push(("for each item".to_owned(), processor));
    }
    machines
}

/// As wide as the widest box needs to be.
fn order_width(titles: &[(String, String)], contents: &[Vec<String>]) -> usize {
    let title = titles
        .iter()
        .map(|(name, kind)| width_of(name) + width_of(kind) + 8)
        .max();
    let content = contents
        .iter()
        .flatten()
        .map(|line| width_of(line) + 4)
        .max();
    title.unwrap_or(0).max(content.unwrap_or(0))
}
