use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use datamesh_tests::Rest;
use http::Method;
use serde_json::json;
use tokio::sync::watch;

use crate::trouble::Address;

/// How often it looks.
const PAUSE: Duration = Duration::from_millis(500);

/// What is paused or quarantined because it was under way each time that the process died says so in these words.
const DIED: &str = "that the process died";

/// Sees to what the runtime stopped because it was under way at three deaths in a row, and might be their cause. Here
/// it is not, for somebody kills from outside: an operator who knows that has it tried again.
pub struct Operator {
    address: watch::Receiver<Address>,
    token: String,
    seen_to: Arc<AtomicU64>,
}

impl Operator {
    /// Counts into `seen_to` what it had tried again.
    pub fn new(address: watch::Receiver<Address>, token: String, seen_to: &Arc<AtomicU64>) -> Self {
        let seen_to = seen_to.clone();
        Self {
            address,
            token,
            seen_to,
        }
    }

    /// Works until it is aborted.
    pub async fn work(self) {
        loop {
            tokio::time::sleep(PAUSE).await;
            let admin = self.address.borrow().admin.clone();
            let admin = Rest::new(&admin, Some(&self.token));
            let reason = "it was killed from outside";
            for (path, which) in [
                (
                    "/admin/v1/effects:retry",
                    json!({"error": DIED, "reason": reason}),
                ),
                (
                    "/admin/v1/actors:resume",
                    json!({"error": DIED, "status": "QUARANTINED", "reason": reason}),
                ),
            ] {
                let headers = [("content-type", "application/json")];
                let sent = admin.try_send(Method::POST, path, &headers, Some(which.to_string()));
                // Who does not answer is asked again after the pause.
                let Ok(Ok(answer)) = tokio::time::timeout(Duration::from_secs(10), sent).await
                else {
                    continue;
                };
                if answer.status != 200 {
                    assert!(matches!(answer.status, 429 | 503 | 504), "{path}: {answer}");
                    continue;
                }
                let seen_to = answer.json()["report"]["touched"].as_u64().unwrap_or(0);
                self.seen_to.fetch_add(seen_to, Ordering::Relaxed);
            }
        }
    }
}
