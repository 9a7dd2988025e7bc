//! One walk along the steps of a path.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::failure::NotFound;
use super::query::{Budget, normalized, position};
use super::step::Step;
use crate::printed;

/// How deep `..` goes.
const MAX_SCAN_DEPTH: usize = 1_000;

/// One walk along steps, which gathers what they match.
pub(super) struct Walk<'w, 'a> {
    budget: &'w mut Budget,
    steps: &'w [Step],
    /// Whether a function follows the last step.
    leads_on: bool,
    root: &'a Value,
    found: Vec<Cow<'a, Value>>,
}

impl<'w, 'a> Walk<'w, 'a> {
    pub(super) fn over(
        budget: &'w mut Budget,
        steps: &'w [Step],
        leads_on: bool,
        root: &'a Value,
    ) -> Self {
        Self {
            budget,
            steps,
            leads_on,
            root,
            found: Vec::new(),
        }
    }

    pub(super) fn run(mut self, start: &'a Value) -> Result<Vec<Cow<'a, Value>>, NotFound> {
        self.visit(0, start, true)?;
        Ok(self.found)
    }

    /// The value the whole path started at.
    pub(super) fn root(&self) -> &'a Value {
        self.root
    }

    /// Counts visits made on the walk's behalf.
    pub(super) fn visit_many(&mut self, values: usize) -> Result<(), NotFound> {
        self.budget.spend(values)
    }

    /// Evaluates a path that stands inside this one, on the same budget.
    pub(super) fn nested<'b>(
        &mut self,
        steps: &[Step],
        start: &'b Value,
    ) -> Result<Cow<'b, Value>, NotFound>
    where
        'a: 'b,
    {
        self.budget.find(steps, start, self.root)
    }

    fn is_leaf(&self, at: usize) -> bool {
        at + 1 == self.steps.len() && !self.leads_on
    }

    /// Follows the step at `at` from `value`; `definite` says whether all steps before it lead to
    /// one value, since only then it is an error that a step does not fit.
    fn visit(&mut self, at: usize, value: &'a Value, definite: bool) -> Result<(), NotFound> {
        self.budget.spend(1)?;
        let steps = self.steps;
        let Some(step) = steps.get(at) else {
            self.found.push(Cow::Borrowed(value));
            return Ok(());
        };
        match step {
            Step::Fields(names) => self.fields(names, at, value, definite),
            Step::Indexes(indexes) => {
                let Some(items) = self.items(step, at, value, definite)? else {
                    return Ok(());
                };
                for index in indexes {
                    if let Some(item) = position(*index, items.len()).and_then(|i| items.get(i)) {
                        self.visit(at + 1, item, definite && indexes.len() == 1)?;
                    }
                }
                Ok(())
            }
            Step::Slice(from, to) => {
                let Some(items) = self.items(step, at, value, definite)? else {
                    return Ok(());
                };
                for index in slice(*from, *to, items.len()) {
                    if let Some(item) = position(index, items.len()).and_then(|i| items.get(i)) {
                        self.visit(at + 1, item, false)?;
                    }
                }
                Ok(())
            }
            Step::Wildcard => {
                children(value).try_for_each(|child| self.visit(at + 1, child, false))
            }
            Step::Scan => self.descend(at + 1, value, 0),
            Step::Filter(filter) => match value {
                Value::Object(_) => {
                    if filter.accepts(value, self)? {
                        self.visit(at + 1, value, false)?;
                    }
                    Ok(())
                }
                Value::Array(items) => {
                    for item in items {
                        self.budget.spend(1)?;
                        if filter.accepts(item, self)? {
                            self.visit(at + 1, item, false)?;
                        }
                    }
                    Ok(())
                }
                other if definite => Err(NotFound::Primitive {
                    step: step.to_string(),
                    found: printed::plain(other),
                }),
                _ => Ok(()),
            },
            // A function is applied to what the walk found.
            Step::Function(_) => Ok(()),
        }
    }

    fn fields(
        &mut self,
        names: &[String],
        at: usize,
        value: &'a Value,
        definite: bool,
    ) -> Result<(), NotFound> {
        let Value::Object(fields) = value else {
            if !definite {
                return Ok(());
            }
            return Err(NotFound::NoObject {
                property: self.steps.get(at).map(Step::to_string).unwrap_or_default(),
                path: normalized(&self.steps[..at]),
                found: printed::class(value),
            });
        };
        if names.len() > 1 && self.is_leaf(at) {
            let several: Map<String, Value> = names
                .iter()
                .filter_map(|name| Some((name.clone(), fields.get(name)?.clone())))
                .collect();
            self.found.push(Cow::Owned(Value::Object(several)));
            return Ok(());
        }
        let definite = definite && names.len() == 1;
        for name in names {
            match fields.get(name) {
                Some(field) => self.visit(at + 1, field, definite)?,
                None if definite && !self.is_leaf(at) => {
                    return Err(NotFound::MissingProperty {
                        path: normalized(&self.steps[..=at]),
                    });
                }
                None => {}
            }
        }
        Ok(())
    }

    /// The items of an array; none, or an error on a definite path, when it is no array.
    fn items(
        &self,
        step: &Step,
        at: usize,
        value: &'a Value,
        definite: bool,
    ) -> Result<Option<&'a Vec<Value>>, NotFound> {
        match value {
            Value::Array(items) => Ok(Some(items)),
            _ if !definite => Ok(None),
            Value::Null => Err(NotFound::Null {
                path: normalized(&self.steps[..at]),
            }),
            other => Err(NotFound::NoArray {
                step: step.to_string(),
                found: printed::plain(other),
            }),
        }
    }

    /// Follows the step at `at` from `value` and from everything in it.
    fn descend(&mut self, at: usize, value: &'a Value, depth: usize) -> Result<(), NotFound> {
        self.budget.spend(1)?;
        if depth > MAX_SCAN_DEPTH {
            return Err(NotFound::TooDeep {
                limit: MAX_SCAN_DEPTH,
            });
        }
        let steps = self.steps;
        let follows = match (steps.get(at), value) {
            (Some(Step::Fields(_)), Value::Object(_)) => true,
            (Some(Step::Indexes(_) | Step::Slice(..)), Value::Array(_)) => true,
            (Some(Step::Wildcard), Value::Object(_) | Value::Array(_)) => true,
            (Some(Step::Filter(filter)), Value::Object(_)) => filter.accepts(value, self)?,
            _ => false,
        };
        if follows {
            match steps.get(at) {
                Some(Step::Fields(names)) => {
                    let all = value
                        .as_object()
                        .is_some_and(|fields| names.iter().all(|name| fields.contains_key(name)));
                    if all {
                        self.fields(names, at, value, false)?;
                    }
                }
                Some(Step::Filter(_)) => self.visit(at + 1, value, false)?,
                _ => self.visit(at, value, false)?,
            }
        }
        children(value).try_for_each(|child| self.descend(at, child, depth + 1))
    }
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(items) => Box::new(items.iter()),
        Value::Object(fields) => Box::new(fields.values()),
        _ => Box::new(std::iter::empty()),
    }
}

/// The indexes of a slice. A negative `from` counts from the end only when the slice is open there,
/// or when `to` is negative, too.
fn slice(from: Option<i64>, to: Option<i64>, length: usize) -> std::ops::Range<i64> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    match (from, to) {
        (Some(from), Some(to)) => from.max(-length)..to.min(length),
        (Some(from), None) => (if from < 0 { length + from } else { from }).max(0)..length,
        (None, Some(to)) => 0..(if to < 0 { length + to } else { to }).min(length),
        (None, None) => 0..length,
    }
}
