//! Which parts of its variables an expression reads, so that the rest need not be copied for it.

use std::collections::BTreeMap;

use jsonata_core::ast::{AstNode, PathStep};
use jsonata_core::value::JValue;
use serde_json::Value;

use super::convert::entering;

/// The parts of a value that are read: these fields of it, or all of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Needed {
    All,
    Fields(BTreeMap<String, Needed>),
}

impl Default for Needed {
    fn default() -> Self {
        Self::Fields(BTreeMap::new())
    }
}

impl Needed {
    /// Adds what `names` lead to.
    pub(super) fn add<'n>(&mut self, mut names: impl Iterator<Item = &'n str>) {
        match (self, names.next()) {
            (Self::All, _) => {}
            (all, None) => *all = Self::All,
            (Self::Fields(fields), Some(name)) => {
                fields.entry(name.to_owned()).or_default().add(names);
            }
        }
    }

    /// Whether what `names` lead to is read, in part or as a whole.
    pub(super) fn reads(&self, names: &[&str]) -> bool {
        match (self, names.split_first()) {
            (Self::All, _) | (_, None) => true,
            (Self::Fields(fields), Some((name, rest))) => {
                fields.get(*name).is_some_and(|needed| needed.reads(rest))
            }
        }
    }

    /// The needed parts of a field.
    pub(super) fn of(&self, name: &str) -> Option<&Needed> {
        match self {
            Self::All => Some(&Self::All),
            Self::Fields(fields) => fields.get(name),
        }
    }

    /// The needed parts of a value, as an evaluation reads it.
    pub(super) fn entering(&self, value: &Value) -> JValue {
        match (self, value) {
            (Self::Fields(needed), Value::Object(fields)) => JValue::object(
                needed
                    .iter()
                    .filter_map(|(name, needed)| {
                        Some((name.clone(), needed.entering(fields.get(name)?)))
                    })
                    .collect(),
            ),
            (_, value) => entering(value),
        }
    }
}

/// The fields that a path reads after its first step, as long as each is a plain name.
pub(super) fn fields(steps: &[PathStep]) -> Vec<&str> {
    let Some((first, rest)) = steps.split_first() else {
        return Vec::new();
    };
    if !first.stages.is_empty() || steps.iter().any(is_bound) {
        return Vec::new();
    }
    let mut names = Vec::new();
    for step in rest {
        let AstNode::Name(name) = &step.node else {
            break;
        };
        names.push(name.as_str());
        if !step.stages.is_empty() {
            break;
        }
    }
    names
}

/// Whether later steps can refer back to this one.
fn is_bound(step: &PathStep) -> bool {
    step.focus.is_some()
        || step.index_var.is_some()
        || step.ancestor_label.is_some()
        || step.is_tuple
        || step.inner_tuple
}
