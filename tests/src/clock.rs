use std::time::{SystemTime, UNIX_EPOCH};

/// The machine's time in whole seconds since the Unix epoch, for the claims of tokens.
#[allow(clippy::disallowed_methods)] // The server under test runs on the machine's clock.
pub fn now_seconds() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}
