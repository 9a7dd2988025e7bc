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
