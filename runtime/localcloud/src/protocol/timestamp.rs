//! The four ways in which AWS writes a moment, all from milliseconds since the Unix epoch.

use jiff::Timestamp;

fn moment(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Seconds since the epoch with a fraction: JSON protocols' default.
pub fn epoch_seconds(ms: i64) -> f64 {
    #[allow(
        clippy::cast_precision_loss,
        reason = "exact for moments of the next 200,000 years"
    )]
    let ms = ms as f64;
    ms / 1000.0
}

/// `2026-01-31T12:00:00.123Z`: XML bodies.
pub fn iso8601(ms: i64) -> String {
    moment(ms).strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// `2026-01-31T12:00:00Z`: events and messages.
pub fn utc_seconds(ms: i64) -> String {
    moment(ms).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `Sat, 31 Jan 2026 12:00:00 GMT`: headers (RFC 9110, section 5.6.7).
pub fn http_date(ms: i64) -> String {
    moment(ms).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Milliseconds since the epoch of `Sat, 31 Jan 2026 12:00:00 GMT`; `None` if it is not a date.
pub fn parse_http_date(text: &str) -> Option<i64> {
    let moment = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Some(moment.timestamp().as_millisecond())
}

/// Milliseconds since the epoch of `2026-01-31T12:00:00Z`; `None` if it is not a moment.
pub fn parse_iso8601(text: &str) -> Option<i64> {
    let moment: Timestamp = text.trim().parse().ok()?;
    Some(moment.as_millisecond())
}

/// Milliseconds since the epoch of `20260131T120000Z`; `None` if it is not a moment.
pub fn parse_basic(text: &str) -> Option<i64> {
    let moment = jiff::civil::DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    let moment = jiff::tz::Offset::UTC.to_timestamp(moment).ok()?;
    Some(moment.as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_headers_are_read_as_they_are_written() {
        let noon = 1_769_860_800_000;
        assert_eq!(http_date(noon), "Sat, 31 Jan 2026 12:00:00 GMT");
        assert_eq!(parse_http_date(&http_date(noon)), Some(noon));
        assert_eq!(parse_http_date("yesterday"), None);
        assert_eq!(parse_basic("20260131T120000Z"), Some(noon));
        assert_eq!(parse_basic("20260131"), None);
        assert_eq!(parse_iso8601(&iso8601(noon)), Some(noon));
    }
}
