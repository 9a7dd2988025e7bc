//! `States.MathAdd`, `States.MathRandom`, and how all functions read whole numbers.

use serde_json::Value;

use crate::java_random::JavaRandom;
use crate::scope::Random;

/// The number without its fraction; none when it is no number or does not fit 32 bits.
pub(super) fn whole(value: &Value) -> Option<i64> {
    fit(value, f64::trunc)
}

/// The number rounded to a whole one, halves up, as Java's `Math.round` does; none when it is no
/// number or does not fit 32 bits.
fn rounded(value: &Value) -> Option<i64> {
    fit(value, |number| (number + 0.5).floor())
}

fn fit(value: &Value, round: impl Fn(f64) -> f64) -> Option<i64> {
    let Value::Number(number) = value else {
        return None;
    };
    let whole = match number.as_i64() {
        Some(whole) => whole,
        None => {
            let whole = round(number.as_f64()?);
            (whole.abs() < 9e15).then_some(whole as i64)?
        }
    };
    i32::try_from(whole).ok().map(i64::from)
}

pub(super) fn add(arguments: &[Value]) -> Result<Value, String> {
    let sum = match arguments {
        [left, right] => rounded(left)
            .zip(rounded(right))
            .map(|(left, right)| left + right),
        _ => None,
    };
    match sum.filter(|sum| i32::try_from(*sum).is_ok()) {
        Some(sum) => Ok(sum.into()),
        None => Err("Invalid arguments in States.MathAdd".to_owned()),
    }
}

/// A whole number from the start up to, and without, the end. The same seed gives the same number.
pub(super) fn random(arguments: &[Value], random: &mut dyn Random) -> Result<Value, String> {
    let invalid = || "Invalid arguments in States.MathRandom".to_owned();
    let (start, end, seed) = match arguments {
        [start, end] => (whole(start), whole(end), None),
        [start, end, seed] => (
            whole(start),
            whole(end),
            Some(whole(seed).ok_or_else(invalid)?),
        ),
        _ => return Err(invalid()),
    };
    let (start, end) = start
        .zip(end)
        .filter(|(start, end)| start < end)
        .ok_or_else(invalid)?;
    let mut seeded = JavaRandom::seeded(seed.unwrap_or_default());
    let width = end - start;
    let offset = match seed {
        Some(_) => seeded.next_below(width),
        None => below(random.next_u64(), width),
    };
    Ok(Value::from(start + offset))
}

/// A number from 0 up to, and without, `width`, spread evenly by the high half of the product.
fn below(bits: u64, width: i64) -> i64 {
    let product = u128::from(bits) * u128::from(width.unsigned_abs());
    i64::try_from(product >> 64).unwrap_or_default()
}
