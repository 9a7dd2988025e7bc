//! The syntax of what stands in strings: paths, intrinsic functions, times, names of services.
//!
//! The one place where the checks meet the parsers of expressions.

use crate::intrinsic::Intrinsic;
use crate::path::{Path, ReferencePath, Root};

/// Whether a path parses, or why not.
pub(super) fn path(text: &str) -> Result<(), String> {
    Path::parse(text).map(drop).map_err(|fault| fault.problem)
}

/// Whether a path to write to parses, `$` and then only fields and indexes, or why not. It starts at
/// the input: nothing is written to the context object, nor to a variable.
pub(super) fn reference_path(text: &str) -> Result<(), String> {
    match ReferencePath::parse(text) {
        Ok(path) if *path.root() == Root::Input => Ok(()),
        Ok(_) => Err("it starts with $ and then a field or an index".to_owned()),
        Err(fault) => Err(fault.problem),
    }
}

/// Whether a call of an intrinsic function parses, or why not.
pub(super) fn intrinsic(text: &str) -> Result<(), String> {
    Intrinsic::parse(text)
        .map(drop)
        .map_err(|fault| fault.problem)
}

/// Whether a text is a moment as the states language writes it: RFC 3339 with a capital `T`, and a
/// capital `Z` or an offset.
pub(super) fn is_timestamp(text: &str) -> bool {
    let Some((moment, zone)) = text.split_at_checked("2016-03-14T01:59:00".len()) else {
        return false;
    };
    let fraction_end = zone.strip_prefix('.').map_or(0, |rest| {
        1 + rest.bytes().take_while(u8::is_ascii_digit).count()
    });
    let (fraction, zone) = zone.split_at(fraction_end);
    let zone = match zone.strip_prefix(['+', '-']) {
        Some(offset) => fits(offset, "00:00"),
        None => zone == "Z",
    };
    fits(moment, "0000-00-00T00:00:00")
        && fraction != "."
        && zone
        && text.parse::<jiff::Timestamp>().is_ok()
}

/// Whether a text has digits where the shape has `0`, and else the same.
fn fits(text: &str, shape: &str) -> bool {
    text.len() == shape.len()
        && text
            .bytes()
            .zip(shape.bytes())
            .all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                other => byte == other,
            })
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
            ("2016-03-14T01:59:00.Z", false),
            ("2016-03-14T01:59:00+02", false),
            ("2016-03-14T01:59:00Z[UTC]", false),
            ("2016-03-14T01:59:é", false),
            ("", false),
        ] {
            assert_eq!(is_timestamp(text), valid, "{text}");
        }
    }
}
