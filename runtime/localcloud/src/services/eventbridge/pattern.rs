//! Event patterns: whether an event matches one.
//!
//! Pure: no store, no clock. A pattern is compiled to its branches (one unless it has `$or`), each a
//! list of dotted paths with their filters; an event is flattened to its leaves. A branch matches when
//! every path finds a leaf that one of its filters takes, and the leaves chosen come from the same
//! elements of the arrays they share. Paths are compared as text, so `{"a.b": …}` and
//! `{"a": {"b": …}}` are the same, in the pattern as in the event.

mod address;
mod agreement;
mod anything_but;
mod compile;
mod document;
mod event;
mod matcher;
mod numeric;
#[cfg(test)]
mod tests;
mod token;
mod wildcard;

use compile::Branch;
use document::Document;
use event::{Field, Leaves};
use matcher::Matcher;

/// A compiled event pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    branches: Vec<Branch>,
}

/// Why a pattern or an event was refused, in the service's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// The reason of an `InvalidEventPatternException`, and where there is one a second line that
    /// names the place in the pattern.
    #[error("Event pattern is not valid. Reason: {0}")]
    Pattern(String),
    /// The event is not a JSON object.
    #[error("Parameter Event is not valid. Reason: {0}")]
    Event(String),
}

impl Pattern {
    /// Compiles a pattern, or says why it is not one.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        let mut branches = compile::compile(text).map_err(PatternError::Pattern)?;
        for branch in &mut branches {
            // Paths through one array follow each other: see `agreement`.
            branch.sort_by(|(a, _), (b, _)| a.split('.').cmp(b.split('.')));
        }
        Ok(Self { branches })
    }

    /// The texts of which one must be at the top-level field `name` for the pattern to match, if
    /// that is so whatever else the event holds.
    pub(crate) fn required_texts(&self, name: &str) -> Option<Vec<&str>> {
        let mut texts = Vec::new();
        for branch in &self.branches {
            let (_, matchers) = branch.iter().find(|(path, _)| path == name)?;
            for matcher in matchers {
                let Matcher::Text(text) = matcher else {
                    return None;
                };
                texts.push(text.as_str());
            }
        }
        Some(texts)
    }

    /// Whether the event matches.
    pub fn matches(&self, event: &Event) -> bool {
        self.branches
            .iter()
            .any(|branch| branch_matches(branch, &event.leaves))
    }
}

/// An event, ready to be matched against any number of patterns.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    leaves: Leaves,
}

impl Event {
    /// Reads a JSON object.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        match document::read(text).map_err(PatternError::Event)? {
            event @ Document::Object(_) => Ok(Self {
                leaves: Leaves::of(&event),
            }),
            _ => Err(PatternError::Event("Event is not an object".to_owned())),
        }
    }

    /// Whether the event has anything at this dotted path.
    pub fn has(&self, path: &str) -> bool {
        !self.leaves.at(path).is_empty()
    }
}

fn branch_matches(branch: &Branch, leaves: &Leaves) -> bool {
    let mut paths = Vec::with_capacity(branch.len());
    for (path, matchers) in branch {
        let fields = leaves.at(path);
        if fields.is_empty() && matchers.contains(&Matcher::Absent) {
            continue;
        }
        let taken: Vec<&Field> = fields
            .iter()
            .filter(|field| matchers.iter().any(|m| m.matches(&field.value)))
            .collect();
        if taken.is_empty() {
            return false;
        }
        paths.push(taken);
    }
    agreement::is_possible(leaves, &paths)
}
