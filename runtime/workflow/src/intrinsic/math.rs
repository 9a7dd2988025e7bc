//! `States.MathAdd`, `States.MathRandom`, and how all functions read whole numbers.

use serde_json::{Number, Value};

use crate::scope::Random;

/// The number rounded to a whole one, halves up, as Java's `Math.round` does; none when it is no
/// number or does not fit 32 bits.
pub(super) fn whole(value: &Value) -> Option<i64> {
    let Value::Number(number) = value else {
        return None;
    };
    let whole = number.as_i64().or_else(|| rounded(number))?;
    i32::try_from(whole).ok().map(i64::from)
}

fn rounded(number: &Number) -> Option<i64> {
    let value = (number.as_f64()? + 0.5).floor();
    #[allow(clippy::cast_possible_truncation)]
    (value.abs() < 9e15).then_some(value as i64)
}

pub(super) fn add(arguments: &[Value]) -> Result<Value, String> {
    let sum = match arguments {
        [left, right] => whole(left)
            .zip(whole(right))
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
    let bits = match seed {
        Some(seed) => spread(seed.cast_unsigned()),
        None => random.next_u64(),
    };
    let width = (end - start).cast_unsigned();
    // The high half of the product spreads the 64 bits evenly over the width.
    let offset = (u128::from(bits) * u128::from(width)) >> 64;
    Ok(i64::try_from(offset)
        .map(|offset| start + offset)
        .map_err(|_| invalid())?
        .into())
}

/// One step of SplitMix64: 64 evenly spread bits that depend on the seed only.
pub(crate) fn spread(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}
