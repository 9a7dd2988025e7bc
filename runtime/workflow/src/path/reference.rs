//! Reference paths: paths of fields and indexes only, to which a value can be written.

use serde_json::{Map, Value};
use thiserror::Error;

use super::step::Step;
use super::{Path, PathError, Root};

/// How many items a write may add to an array to reach its index.
const MAX_INDEX: usize = 10_000;

/// A path that names one place, as `ResultPath` does.
#[derive(Debug, Clone, PartialEq)]
pub struct ReferencePath(Path);

/// A value could not be written to a place.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("Unable to apply step \"{step}\" to input {found}")]
pub struct CannotPut {
    /// The step that does not fit, without brackets.
    pub step: String,
    /// What it was to be applied to, as compact JSON.
    pub found: String,
}

impl ReferencePath {
    /// Reads a reference path: `$` and fields and indexes only.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let path = Path::parse(text)?;
        if path.is_reference() {
            return Ok(Self(path));
        }
        Err(PathError {
            problem: "a reference path has fields and indexes only".to_owned(),
            position: 0,
            text: text.to_owned(),
        })
    }

    /// The path as it was written.
    pub fn text(&self) -> &str {
        self.0.text()
    }

    /// The value the path starts at.
    pub fn root(&self) -> &Root {
        self.0.root()
    }

    /// The same path, to be read.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes `value` at the path, making the objects on the way that are missing. The document is
    /// unchanged on error.
    pub fn put(&self, document: &mut Value, value: Value) -> Result<(), CannotPut> {
        self.check(document)?;
        let mut place = document;
        for step in &self.0.steps {
            place = enter(place, step);
        }
        *place = value;
        Ok(())
    }

    fn check(&self, document: &Value) -> Result<(), CannotPut> {
        let mut place = Some(document);
        for step in &self.0.steps {
            place = match (step, place) {
                (Step::Fields(names), Some(Value::Object(fields))) => {
                    names.first().and_then(|name| fields.get(name))
                }
                (Step::Fields(_), None | Some(Value::Null)) => None,
                (Step::Indexes(indexes), Some(Value::Array(items)))
                    if index(indexes) <= items.len().max(MAX_INDEX) =>
                {
                    items.get(index(indexes))
                }
                (Step::Indexes(indexes), None) if index(indexes) <= MAX_INDEX => None,
                (step, found) => {
                    let step = step.to_string();
                    return Err(CannotPut {
                        step: step.trim_matches(['[', ']', '\'']).to_owned(),
                        found: found.map_or_else(|| "null".to_owned(), crate::printed::json),
                    });
                }
            };
        }
        Ok(())
    }
}

fn index(indexes: &[i64]) -> usize {
    indexes
        .first()
        .and_then(|index| usize::try_from(*index).ok())
        .unwrap_or_default()
}

/// The place one step further, made when it is missing. [`ReferencePath::check`] has seen to it
/// that nothing else stands in the way.
fn enter<'v>(place: &'v mut Value, step: &Step) -> &'v mut Value {
    match step {
        Step::Indexes(indexes) => {
            if !place.is_array() {
                *place = Value::Array(Vec::new());
            }
            let Value::Array(items) = place else {
                return place;
            };
            let index = index(indexes);
            if items.len() <= index {
                items.resize(index + 1, Value::Null);
            }
            &mut items[index]
        }
        Step::Fields(names) => {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            let Value::Object(fields) = place else {
                return place;
            };
            fields
                .entry(names.first().cloned().unwrap_or_default())
                .or_insert(Value::Null)
        }
        _ => place,
    }
}
