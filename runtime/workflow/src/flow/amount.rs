//! Numbers and texts that are found at run time.

use serde_json::Value;

use super::View;
use crate::document::{Amount, AmountSource, Text, TextSource};
use crate::fault::{Fault, out_of_range, wrong_type};
use crate::scope::Random;

impl Amount {
    /// The number as it was found: the literal, or what the path or expression gave.
    fn find(&self, view: &View<'_>, random: &mut dyn Random) -> Result<Value, Fault> {
        match &self.source {
            AmountSource::Literal(number) if number.fract() == 0.0 => Ok((*number as i64).into()),
            AmountSource::Literal(number) => Ok((*number).into()),
            AmountSource::At(path) => match path.select(view) {
                Ok(found) => Ok(found.into_owned()),
                Err(reason) => Err(Fault::path(path, &reason)),
            },
            AmountSource::Computed(expression) => Ok(expression.eval(self.field, view, random)?),
        }
    }

    /// Whether a path leads to the number, which may then stand in a text.
    fn is_path(&self) -> bool {
        matches!(self.source, AmountSource::At(_))
    }

    /// What to say of a number that the field may not have: `cause`, unless an expression gave it.
    pub(crate) fn out_of_range(&self, found: &Value, cause: &str) -> Fault {
        match &self.source {
            AmountSource::Computed(expression) => {
                out_of_range(expression.text(), self.field, found)
            }
            AmountSource::At(_) | AmountSource::Literal(_) => Fault::runtime(cause),
        }
    }

    /// What to say of a value of another type.
    fn mismatch(&self, found: &Value, expected: &str) -> Fault {
        match &self.source {
            AmountSource::At(path) => Fault::runtime(format!(
                "The {} field refers to value \"{}\" which is not a valid {expected}: {path}",
                self.field,
                plain(found)
            )),
            AmountSource::Computed(expression) => {
                wrong_type(expression.text(), self.field, expected, found)
            }
            AmountSource::Literal(_) => {
                Fault::runtime(format!("{} is not a valid {expected}.", self.field))
            }
        }
    }
}

/// A whole number.
pub(crate) fn integer(
    amount: &Amount,
    view: &View<'_>,
    random: &mut dyn Random,
) -> Result<i64, Fault> {
    let found = amount.find(view, random)?;
    let number = match &found {
        Value::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64()?;
            (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64)
        }),
        Value::String(text) if amount.is_path() => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| amount.mismatch(&found, "integer"))
}

/// A whole number above 0.
pub(crate) fn positive(
    amount: &Amount,
    view: &View<'_>,
    random: &mut dyn Random,
) -> Result<i64, Fault> {
    match integer(amount, view, random)? {
        number @ 1.. => Ok(number),
        number => {
            let found = Value::from(number);
            let cause = amount.mismatch(&found, "positive integer").cause;
            Err(amount.out_of_range(&found, &cause))
        }
    }
}

/// A number, whole or not.
pub(crate) fn number(
    amount: &Amount,
    view: &View<'_>,
    random: &mut dyn Random,
) -> Result<f64, Fault> {
    let found = amount.find(view, random)?;
    let number = match &found {
        Value::Number(number) => number.as_f64(),
        Value::String(text) if amount.is_path() => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| {
        let expected = if amount.is_path() { "float" } else { "number" };
        amount.mismatch(&found, expected)
    })
}

/// A text.
pub(crate) fn text(text: &Text, view: &View<'_>, random: &mut dyn Random) -> Result<String, Fault> {
    let found = match &text.source {
        TextSource::Literal(literal) => return Ok(literal.clone()),
        TextSource::Expression(expression) => expression
            .eval(text.field, view, random)
            .map_err(|error| Fault::expression(&error))?,
        TextSource::Computed(expression) => {
            let found = expression.eval(text.field, view, random)?;
            if !found.is_string() {
                return Err(wrong_type(expression.text(), text.field, "string", &found));
            }
            found
        }
    };
    match found {
        Value::String(found) => Ok(found),
        other => Err(Fault::runtime(format!(
            "The {} field refers to value \"{other}\" which is not a string.",
            text.field
        ))),
    }
}

/// A value in a sentence: a string without its quotes, anything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
