//! The syntax of what stands in strings: paths, intrinsic functions, times, names of services.
//!
//! The one place where the checks meet the parsers of expressions.

use crate::intrinsic::Intrinsic;
use crate::path::{Path, ReferencePath};

/// Whether a path parses, or why not.
pub(super) fn path(text: &str) -> Result<(), String> {
    Path::parse(text).map(drop).map_err(|fault| fault.problem)
}

/// Whether a reference path parses, `$` and then only fields and indexes, or why not.
pub(super) fn reference_path(text: &str) -> Result<(), String> {
    ReferencePath::parse(text)
        .map(drop)
        .map_err(|fault| fault.problem)
}

/// Whether a call of an intrinsic function parses, or why not.
pub(super) fn intrinsic(text: &str) -> Result<(), String> {
    Intrinsic::parse(text)
        .map(drop)
        .map_err(|fault| fault.problem)
}

/// Whether a text is a moment as the states language writes it: RFC 3339 with `T`, and `Z` or an
/// offset.
pub(super) fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes
            .get(range)
            .is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    let shape = digits(0..4)
        && bytes.get(4) == Some(&b'-')
        && digits(5..7)
        && bytes.get(7) == Some(&b'-')
        && digits(8..10)
        && bytes.get(10) == Some(&b'T')
        && digits(11..13)
        && bytes.get(13) == Some(&b':')
        && digits(14..16)
        && bytes.get(16) == Some(&b':')
        && digits(17..19);
    shape && text.parse::<jiff::Timestamp>().is_ok()
}

/// Whether a text can be the name of a service in the AWS SDK integrations.
pub(super) fn is_service(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// Whether a text can be the name of an action there: camel case, a small letter first.
pub(super) fn is_action(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_rfc_3339_with_capital_t_and_a_zone() {
        for (text, valid) in [
            ("2016-03-14T01:59:00Z", true),
            ("2016-03-14T01:59:00.123Z", true),
            ("2016-03-14T01:59:00+02:00", true),
            ("2016-03-14T01:59:00", false),
            ("2016-03-14 01:59:00Z", false),
            ("2016-13-14T01:59:00Z", false),
            ("2016-03-14T25:59:00Z", false),
            ("14-03-2016T01:59:00Z", false),
            ("2016-03-14t01:59:00Z", false),
            ("", false),
        ] {
            assert_eq!(is_timestamp(text), valid, "{text}");
        }
    }
}
