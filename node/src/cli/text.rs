//! Small pieces of text for people: ages, times, durations, and strings that came from elsewhere.

use std::time::Duration;

use jiff::Timestamp;

/// A string from elsewhere on one line, without anything that could steer a terminal.
pub fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\n' | '\t' => ' ',
            c if c.is_control() => '\u{fffd}',
            // Marks that reorder what follows.
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// A moment of the protocol as a moment; `None` where the sender set none.
pub fn moment(time: Option<&prost_types::Timestamp>) -> Option<Timestamp> {
    time.and_then(|time| Timestamp::new(time.seconds, time.nanos).ok())
}

/// How long ago in one unit, `12s`, `5m`, `3h`, `9d`; what lies ahead reads `in 5m`.
pub fn age(time: Option<&prost_types::Timestamp>, now: Timestamp) -> String {
    let Some(time) = moment(time) else {
        return String::new();
    };
    let seconds = now.duration_since(time).as_secs();
    let magnitude = seconds.unsigned_abs();
    let text = match magnitude {
        0..60 => format!("{magnitude}s"),
        60..3_600 => format!("{}m", magnitude / 60),
        3_600..172_800 => format!("{}h", magnitude / 3_600),
        _ => format!("{}d", magnitude / 86_400),
    };
    match seconds < 0 {
        true => format!("in {text}"),
        false => text,
    }
}

/// A moment to the second in UTC, with its age: `2026-05-04T03:02:01Z (5m ago)`.
pub fn moment_and_age(time: Option<&prost_types::Timestamp>, now: Timestamp) -> String {
    match moment(time) {
        None => String::new(),
        Some(at) => match age(time, now) {
            ahead if ahead.starts_with("in ") => format!("{at:.0} ({ahead})"),
            age => format!("{at:.0} ({age} ago)"),
        },
    }
}

/// A moment to the second in UTC.
pub fn stamp(time: Option<&prost_types::Timestamp>) -> String {
    moment(time)
        .map(|at| format!("{at:.0}"))
        .unwrap_or_default()
}

/// A duration in one unit: `250ms`, `1.5s`, `2m`.
pub fn duration(duration: Duration) -> String {
    match duration.as_millis() {
        0..1_000 => format!("{}ms", duration.as_millis()),
        1_000..120_000 => format!("{}s", (duration.as_secs_f64() * 10.0).round() / 10.0),
        _ => format!("{}m", duration.as_secs() / 60),
    }
}

/// Reads `500ms`, `30s`, `15m`, `12h`, `7d`.
///
/// # Errors
/// A sentence for the person who wrote it.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let wrong =
        || format!("`{text}` is not a duration: write `500ms`, `30s`, `15m`, `12h` or `7d`");
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let milliseconds = match unit.trim() {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return Err(wrong()),
    };
    number
        .checked_mul(milliseconds)
        .map(Duration::from_millis)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;

    fn at(seconds: i64) -> Option<prost_types::Timestamp> {
        Some(prost_types::Timestamp { seconds, nanos: 0 })
    }

    #[test]
    fn ages_have_one_unit() {
        let now = Timestamp::new(1_000_000, 0).unwrap();
        let table = [
            (1_000_000, "0s"),
            (999_941, "59s"),
            (999_940, "1m"),
            (996_400, "1h"),
            (827_201, "47h"),
            (827_200, "2d"),
            (1_000_300, "in 5m"),
        ];
        for (seconds, expected) in table {
            assert_eq!(age(at(seconds).as_ref(), now), expected, "{seconds}");
        }
        assert_eq!(age(None, now), "");
    }

    #[test]
    fn moments_are_shown_in_utc_with_their_age() {
        let now = Timestamp::new(1_000_000, 0).unwrap();
        assert_eq!(
            moment_and_age(at(999_700).as_ref(), now),
            "1970-01-12T13:41:40Z (5m ago)"
        );
        assert_eq!(stamp(at(999_700).as_ref()), "1970-01-12T13:41:40Z");
    }

    #[test]
    fn durations_are_read_with_their_unit() {
        assert_eq!(parse_duration("15m"), Ok(Duration::from_secs(900)));
        assert_eq!(parse_duration("250ms"), Ok(Duration::from_millis(250)));
        for wrong in [
            "",
            "15",
            "m",
            "1w",
            "-5s",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert!(parse_duration(wrong).is_err(), "{wrong}");
        }
    }
}
