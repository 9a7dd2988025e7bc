//! The cloud's clock, as a query sees it, in UTC.

use jiff::Timestamp;

/// `2026-01-31`.
pub(super) fn date(now_ms: i64) -> String {
    written(now_ms, "%Y-%m-%d")
}

/// `2026-01-31 12:00:00.000`.
pub(super) fn timestamp(now_ms: i64) -> String {
    written(now_ms, "%Y-%m-%d %H:%M:%S.%3f")
}

fn written(now_ms: i64, format: &str) -> String {
    let now = Timestamp::from_millisecond(now_ms).unwrap_or_default();
    now.strftime(format).to_string()
}
