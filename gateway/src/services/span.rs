/// A length of time in one unit, for people: `250 ms`, `12 s`, `5 min`, `3 h`, `9 days`. What is negative
/// counts as nothing.
pub fn span(ms: i64) -> String {
    const SECOND: i64 = 1_000;
    const MINUTE: i64 = 60 * SECOND;
    const HOUR: i64 = 60 * MINUTE;
    match ms.max(0) {
        ms @ 0..SECOND => format!("{ms} ms"),
        ms if ms < 2 * MINUTE => format!("{} s", ms / SECOND),
        ms if ms < 2 * HOUR => format!("{} min", ms / MINUTE),
        ms if ms < 48 * HOUR => format!("{} h", ms / HOUR),
        ms => format!("{} days", ms / (24 * HOUR)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_one_unit() {
        for (ms, expected) in [
            (-5, "0 ms"),
            (999, "999 ms"),
            (1_999, "1 s"),
            (119_000, "119 s"),
            (120_000, "2 min"),
            (7_199_000, "119 min"),
            (7_200_000, "2 h"),
            (172_800_000, "2 days"),
        ] {
            assert_eq!(span(ms), expected, "{ms}");
        }
    }
}
