//! Numbers of the proto3 JSON mapping: also as strings, and whole numbers also as `1.0` or `1e3`.

use std::fmt::Display;

use serde_json::Value as Json;

use super::scalar::wanted;

/// A whole number type of proto3.
pub trait Whole: TryFrom<i128> + Display {
    /// The least value.
    const LEAST: Self;
    /// The greatest value.
    const GREATEST: Self;
}

macro_rules! whole {
    ($($type:ty),*) => {
        $(impl Whole for $type {
            const LEAST: Self = <$type>::MIN;
            const GREATEST: Self = <$type>::MAX;
        })*
    };
}

whole!(i32, i64, u32, u64);

/// Reads a whole number.
///
/// # Errors
/// Says which numbers are taken.
pub fn integer<T: Whole>(json: &Json) -> Result<T, String> {
    let text = match json {
        Json::Number(number) => number.to_string(),
        Json::String(text) => text.clone(),
        other => return Err(wanted("a number", other)),
    };
    whole(&text)
        .and_then(|n| T::try_from(n).ok())
        .ok_or_else(|| {
            format!(
                "must be a whole number from {} to {}",
                T::LEAST,
                T::GREATEST
            )
        })
}

fn whole(text: &str) -> Option<i128> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    // Beyond 2^53 a float does not tell one whole number from the next.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number: f64 = text.parse().ok()?;
    #[allow(clippy::cast_possible_truncation)] // It has no fraction and is small enough.
    (number.fract() == 0.0 && number.abs() <= EXACT).then_some(number as i128)
}

/// Reads a floating point number.
///
/// # Errors
/// Says what is taken.
pub fn float(json: &Json) -> Result<f64, String> {
    match json {
        Json::Number(number) => number
            .as_f64()
            .ok_or_else(|| "must be a number in the range of a double".to_owned()),
        Json::String(text) => match text.as_str() {
            "NaN" => Ok(f64::NAN),
            "Infinity" => Ok(f64::INFINITY),
            "-Infinity" => Ok(f64::NEG_INFINITY),
            text => text
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .ok_or_else(|| "must be a number".to_owned()),
        },
        other => Err(wanted("a number", other)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use serde_json::json;

    use super::*;

    #[test]
    fn sixty_four_bits_are_kept_exactly() {
        assert_eq!(integer(&json!("18446744073709551615")), Ok(u64::MAX));
        assert_eq!(integer(&json!(u64::MAX)), Ok(u64::MAX));
        assert_eq!(integer(&json!("-9223372036854775808")), Ok(i64::MIN));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for json in [
            json!(-1),
            json!(1.5),
            json!("x"),
            json!(""),
            json!(4_294_967_296_u64),
        ] {
            assert!(integer::<u32>(&json).is_err(), "{json}");
        }
    }

    #[test]
    fn floats_may_be_infinite_by_name_only() {
        assert_eq!(float(&json!("Infinity")), Ok(f64::INFINITY));
        assert_eq!(float(&json!("2.5")), Ok(2.5));
        assert!(float(&json!("inf")).is_err());
        assert!(float(&json!(true)).is_err());
    }
}
