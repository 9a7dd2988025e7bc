//! The shapes of a service model, as far as they constrain.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use regex_lite::Regex;
use serde::Deserialize;

/// A shape, by its kind. Limits are inclusive.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Shape {
    Structure(Structure),
    List(List),
    Map(Mapping),
    String(Text),
    Integer(Number),
    Long(Number),
    Boolean,
    Timestamp,
    Blob,
}

#[derive(Debug, Deserialize)]
pub(super) struct Structure {
    pub(super) members: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) required: Vec<String>,
    /// Exactly one member is set.
    #[serde(default)]
    pub(super) union: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct List {
    pub(super) member: String,
    #[serde(default)]
    pub(super) min: usize,
    pub(super) max: Option<usize>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Mapping {
    pub(super) key: String,
    pub(super) value: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Number {
    pub(super) min: Option<i64>,
    pub(super) max: Option<i64>,
}

/// A string: its length in characters, its pattern as AWS says it, or its values.
#[derive(Debug, Deserialize)]
pub(super) struct Text {
    #[serde(default)]
    pub(super) min: usize,
    pub(super) max: Option<usize>,
    pub(super) pattern: Option<String>,
    r#match: Option<String>,
    #[serde(default, rename = "enum")]
    pub(super) values: Vec<String>,
    #[serde(skip)]
    compiled: OnceLock<Option<Regex>>,
}

impl Text {
    fn regex(&self) -> Option<&Regex> {
        let pattern = self.r#match.as_ref().or(self.pattern.as_ref())?;
        self.compiled
            .get_or_init(|| Regex::new(&format!("^(?:{pattern})$")).ok())
            .as_ref()
    }

    /// Whether the whole text has the pattern, if there is one.
    pub(super) fn fits(&self, text: &str) -> bool {
        self.regex().is_none_or(|regex| regex.is_match(text))
    }

    #[cfg(test)]
    pub(super) fn is_sound(&self) -> bool {
        self.pattern.is_none() || self.regex().is_some()
    }
}

#[cfg(test)]
impl Shape {
    /// The shapes that this one is made of.
    pub(super) fn names(&self) -> Vec<&str> {
        match self {
            Self::Structure(of) => of.members.values().map(String::as_str).collect(),
            Self::List(of) => vec![&of.member],
            Self::Map(of) => vec![&of.key, &of.value],
            _ => Vec::new(),
        }
    }
}

/// All shapes, by their names.
pub(super) type Shapes = HashMap<String, Shape>;
