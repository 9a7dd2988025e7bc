//! The steps of a path.

use std::fmt;

use super::filter::Filter;
use super::function::Function;

/// One step from a set of values to the next.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// `.name`, `['name']` or `['a','b']`: one field, or an object of several.
    Fields(Vec<String>),
    /// `[0]` or `[0,2]`; a negative index counts from the end.
    Indexes(Vec<i64>),
    /// `[from:to]`, either end open.
    Slice(Option<i64>, Option<i64>),
    /// `.*` or `[*]`.
    Wildcard,
    /// `..`: the following step at every depth.
    Scan,
    /// `[?(…)]`.
    Filter(Filter),
    /// `.length()` and the like.
    Function(Function),
}

impl Step {
    /// Whether the step leads from one value to one value at most.
    pub(super) fn is_definite(&self) -> bool {
        match self {
            Step::Fields(names) => names.len() == 1,
            Step::Indexes(indexes) => indexes.len() == 1,
            Step::Function(_) => true,
            Step::Slice(..) | Step::Wildcard | Step::Scan | Step::Filter(_) => false,
        }
    }

    /// Whether the step may lead to the field of that name.
    pub(super) fn leads_to(&self, field: &str) -> bool {
        match self {
            Step::Fields(names) => names.iter().any(|name| name == field),
            _ => true,
        }
    }

    /// Whether a reference path may have this step.
    pub(super) fn is_reference(&self) -> bool {
        match self {
            Step::Fields(names) => names.len() == 1,
            Step::Indexes(indexes) => matches!(indexes.as_slice(), [index] if *index >= 0),
            _ => false,
        }
    }
}

/// Whether the steps lead to one value at most. Several names are one object when they are last.
pub(super) fn are_definite(steps: &[Step]) -> bool {
    if matches!(steps.last(), Some(Step::Function(_))) {
        return true;
    }
    steps.iter().enumerate().all(|(at, step)| match step {
        Step::Fields(_) => at + 1 == steps.len() || step.is_definite(),
        _ => step.is_definite(),
    })
}

/// A step as it stands in a normalized path.
impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Fields(names) => {
                f.write_str("[")?;
                for (at, name) in names.iter().enumerate() {
                    let comma = if at == 0 { "" } else { "," };
                    write!(f, "{comma}'{name}'")?;
                }
                f.write_str("]")
            }
            Step::Indexes(indexes) => {
                f.write_str("[")?;
                for (at, index) in indexes.iter().enumerate() {
                    let comma = if at == 0 { "" } else { "," };
                    write!(f, "{comma}{index}")?;
                }
                f.write_str("]")
            }
            Step::Slice(from, to) => {
                f.write_str("[")?;
                if let Some(from) = from {
                    write!(f, "{from}")?;
                }
                f.write_str(":")?;
                if let Some(to) = to {
                    write!(f, "{to}")?;
                }
                f.write_str("]")
            }
            Step::Wildcard => f.write_str("[*]"),
            Step::Scan => f.write_str(".."),
            Step::Filter(_) => f.write_str("[?]"),
            Step::Function(function) => write!(f, ".{function}"),
        }
    }
}
