//! Timestamps as the States language wants them: RFC 3339 with a capital `T` and `Z`.

use jiff::Timestamp;

/// The instant a text names; none when it is no such timestamp.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let shaped = bytes.len() >= 20
        && bytes
            .iter()
            .take(19)
            .enumerate()
            .all(|(at, byte)| match at {
                4 | 7 => *byte == b'-',
                10 => *byte == b'T',
                13 | 16 => *byte == b':',
                _ => byte.is_ascii_digit(),
            });
    if !shaped || !zoned(&bytes[19..]) {
        return None;
    }
    text.parse().ok()
}

/// Whether what follows the seconds is a fraction, if any, and `Z` or an offset.
fn zoned(rest: &[u8]) -> bool {
    let zone = match rest.strip_prefix(b".") {
        None => rest,
        Some(fraction) => {
            let digits = fraction
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            if digits == 0 {
                return false;
            }
            &fraction[digits..]
        }
    };
    match zone {
        b"Z" => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] => [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit()),
        _ => false,
    }
}
