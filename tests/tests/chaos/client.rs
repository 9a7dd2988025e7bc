use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use datamesh_tests::{Answer, Rest};
use http::Method;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

/// The longest that anything may take, with a process that is killed again and again.
const PATIENCE: Duration = Duration::from_secs(120);

/// Sends a request until it is answered, to whatever process is there.
#[derive(Clone)]
pub struct Client {
    address: watch::Receiver<String>,
    token: Arc<str>,
    rest: Rest,
    at: String,
    answered: Arc<AtomicU64>,
    repeated: Arc<AtomicU64>,
}

impl Client {
    /// A client with a token that is good for every process on the data folder.
    pub fn new(address: watch::Receiver<String>, token: &str) -> Self {
        let at = address.borrow().clone();
        Self {
            rest: Rest::new(&at, Some(token)),
            at,
            address,
            token: token.into(),
            answered: Arc::default(),
            repeated: Arc::default(),
        }
    }

    /// Requests that were answered, by all clones.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Requests that had to be sent again, by all clones.
    pub fn repeated(&self) -> u64 {
        self.repeated.load(Ordering::Relaxed)
    }

    /// Reads.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await
    }

    /// Changes under a request id. Every answer but 200 fails the test: the teams ask only what is allowed.
    pub async fn change(
        &mut self,
        method: Method,
        path: &str,
        id: &str,
        body: Option<&Value>,
    ) -> Value {
        let answer = self.send(method, path, Some(id), body).await;
        assert_eq!(answer.status, 200, "request {id}: {answer}");
        answer.json()
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        id: Option<&str>,
        body: Option<&Value>,
    ) -> Answer {
        let begun = Instant::now();
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(id.map(|id| ("idempotency-key", id)));
        loop {
            self.follow();
            let body = body.map(Value::to_string);
            let sent = self.rest.try_send(method.clone(), path, &headers, body);
            let sent = tokio::time::timeout(Duration::from_secs(20), sent).await;
            let why = match sent {
                Ok(Ok(answer)) if !is_passing(answer.status) => {
                    self.answered.fetch_add(1, Ordering::Relaxed);
                    return answer;
                }
                Ok(Ok(answer)) => answer.to_string(),
                Ok(Err(error)) => error,
                Err(_) => "no answer in 20 s".to_owned(),
            };
            assert!(
                begun.elapsed() < PATIENCE,
                "{method} {path} is not answered: {why}"
            );
            self.repeated.fetch_add(1, Ordering::Relaxed);
            let _ = tokio::time::timeout(Duration::from_millis(50), self.address.changed()).await;
        }
    }

    /// Reads until `is_so`.
    pub async fn until(
        &mut self,
        what: &str,
        path: &str,
        is_so: impl Fn(&Answer) -> bool,
    ) -> Answer {
        let begun = Instant::now();
        loop {
            let seen = self.get(path).await;
            if is_so(&seen) {
                return seen;
            }
            assert!(begun.elapsed() < PATIENCE, "still not {what}: {seen}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn follow(&mut self) {
        let now = self.address.borrow_and_update().clone();
        if now != self.at {
            self.rest = Rest::new(&now, Some(&self.token));
            self.at = now;
        }
    }
}

/// Busy, unavailable, took too long: to be sent again.
fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 503 | 504)
}
