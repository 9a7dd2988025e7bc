//! Spans of time as people write them: `250ms`, `5s`, `15m`, `12h`, `7d`.

use std::time::Duration;

/// The units, the largest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Reads a whole number and its unit.
///
/// # Errors
/// A sentence for whoever wrote it.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let wrong =
        || format!("`{text}` is not a duration: write `500ms`, `30s`, `15m`, `12h` or `7d`");
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .and_then(|(_, ms)| number.checked_mul(*ms))
        .map(Duration::from_millis)
        .ok_or_else(wrong)
}

/// Writes it in the largest unit that holds it whole; [`parse`] reads it again. What is finer than
/// a millisecond is cut off.
pub(crate) fn write(duration: Duration) -> String {
    let ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let unit = UNITS
        .iter()
        .find(|(_, size)| ms >= *size && ms.is_multiple_of(*size));
    match unit {
        Some((name, size)) => format!("{}{name}", ms / size),
        None => "0ms".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_written_as_it_is_read() {
        for text in ["0ms", "250ms", "5s", "90s", "15m", "36h", "7d"] {
            assert_eq!(parse(text).map(write), Ok(text.to_owned()));
        }
        assert_eq!(parse("120s").map(write), Ok("2m".to_owned()));
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for wrong in ["", "5", "s", "1w", "-5s", "1.5s", "18446744073709551615d"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
