//! Evaluates the steps of a path, with a bound on how many values it visits.

use std::borrow::Cow;

use serde_json::Value;

use super::failure::NotFound;
use super::step::{self, Step};
use super::walk::Walk;

/// How many values the evaluation of one path may visit and copy.
pub const MAX_MATCHES: usize = 1_000_000;

/// What `steps` select from `root`.
pub(super) fn find<'a>(steps: &[Step], root: &'a Value) -> Result<Cow<'a, Value>, NotFound> {
    Budget::default().find(steps, root, root)
}

/// How much is left to visit.
pub(super) struct Budget {
    left: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { left: MAX_MATCHES }
    }
}

impl Budget {
    pub(super) fn spend(&mut self, values: usize) -> Result<(), NotFound> {
        match self.left.checked_sub(values) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => Err(NotFound::TooMany { limit: MAX_MATCHES }),
        }
    }

    pub(super) fn find<'a>(
        &mut self,
        steps: &[Step],
        start: &'a Value,
        root: &'a Value,
    ) -> Result<Cow<'a, Value>, NotFound> {
        let at = steps
            .iter()
            .position(|step| matches!(step, Step::Function(_)));
        let Some((at, Step::Function(function))) = at.and_then(|at| Some((at, steps.get(at)?)))
        else {
            let found = Walk::over(self, steps, false, root).run(start)?;
            if step::are_definite(steps) {
                return found
                    .into_iter()
                    .next_back()
                    .ok_or_else(|| NotFound::NoResult {
                        path: normalized(steps),
                    });
            }
            return self
                .copied(found)
                .map(|values| Cow::Owned(Value::Array(values)));
        };
        let (before, after) = (&steps[..at], &steps[at + 1..]);
        let found = Walk::over(self, before, true, root).run(start)?;
        let apply = |value: &Value, budget: &mut Budget| {
            let mut walk = Walk::over(budget, &[], false, root);
            let result = function.apply(value, &mut walk)?;
            budget.find(after, &result, &result).map(Cow::into_owned)
        };
        if matches!(before.first(), Some(Step::Scan)) {
            let all = Value::Array(self.copied(found)?);
            return apply(&all, self).map(Cow::Owned);
        }
        if step::are_definite(before) {
            let value = found
                .into_iter()
                .next_back()
                .ok_or_else(|| NotFound::NoResult {
                    path: normalized(before),
                })?;
            return apply(&value, self).map(Cow::Owned);
        }
        let mut results = Vec::with_capacity(found.len());
        for value in found {
            results.push(apply(&value, self)?);
        }
        Ok(Cow::Owned(Value::Array(results)))
    }

    /// Owned copies of the matches, paid for by their size.
    fn copied(&mut self, found: Vec<Cow<'_, Value>>) -> Result<Vec<Value>, NotFound> {
        let mut values = Vec::with_capacity(found.len());
        for value in found {
            self.pay_for(&value)?;
            values.push(value.into_owned());
        }
        Ok(values)
    }

    fn pay_for(&mut self, value: &Value) -> Result<(), NotFound> {
        match value {
            Value::Array(items) => {
                self.spend(1)?;
                items.iter().try_for_each(|item| self.pay_for(item))
            }
            Value::Object(fields) => {
                self.spend(1)?;
                fields.values().try_for_each(|field| self.pay_for(field))
            }
            Value::String(text) => self.spend(1 + text.len() / 64),
            _ => self.spend(1),
        }
    }
}

/// The place of an index in a list, counted from the end when negative.
pub(super) fn position(index: i64, length: usize) -> Option<usize> {
    let position = if index < 0 {
        index.checked_add(i64::try_from(length).ok()?)?
    } else {
        index
    };
    usize::try_from(position)
        .ok()
        .filter(|position| *position < length)
}

/// The steps as a normalized path: `$['a'][0]`.
pub(super) fn normalized(steps: &[Step]) -> String {
    let mut path = String::from("$");
    for step in steps {
        path.push_str(&step.to_string());
    }
    path
}
