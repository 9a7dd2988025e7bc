use std::time::Duration;

use tokio::time::Instant;

/// How long a test waits for what must happen. Long, for a machine that is busy with other tests; a test
/// that passes does not wait for it.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// How often it looks.
const PAUSE: Duration = Duration::from_millis(25);

/// Looks again and again until `look` finds something. Fails the test with `what` and the last thing seen
/// when [`DEADLINE`] has passed.
pub async fn until<T, E: std::fmt::Debug>(
    what: &str,
    look: impl AsyncFnMut() -> Result<T, E>,
) -> T {
    until_within(DEADLINE, what, look).await
}

/// [`until`] with a deadline of its own.
pub async fn until_within<T, E: std::fmt::Debug>(
    deadline: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<T, E>,
) -> T {
    let end = Instant::now() + deadline;
    loop {
        match look().await {
            Ok(found) => return found,
            Err(seen) if Instant::now() >= end => {
                panic!("after {deadline:?} still not so: {what}; seen: {seen:#?}")
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}
