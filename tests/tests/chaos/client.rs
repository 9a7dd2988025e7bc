use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use datamesh_tests::{Answer, Cloud, Rest};
use http::Method;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::trouble::Address;

/// The longest that anything may take, with a process that is killed again and again.
const PATIENCE: Duration = Duration::from_secs(120);

/// What all clients together were told.
#[derive(Debug, Default)]
pub struct Told {
    answered: AtomicU64,
    repeated: AtomicU64,
    refused: AtomicU64,
    /// How often each command of each thing was acknowledged: (`UpdateAsset`, `asset-…`).
    acknowledged: Mutex<BTreeMap<(&'static str, String), u64>>,
}

impl Told {
    /// Requests that were answered.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Requests that had to be sent again.
    pub fn repeated(&self) -> u64 {
        self.repeated.load(Ordering::Relaxed)
    }

    /// Of these, the ones that were told to come again.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// How often each command of each thing was acknowledged.
    pub fn acknowledged(&self) -> BTreeMap<(&'static str, String), u64> {
        self.acknowledged.lock().unwrap().clone()
    }

    fn acknowledge(&self, command: &'static str, id: &str) {
        let mut acknowledged = self.acknowledged.lock().unwrap();
        *acknowledged.entry((command, id.to_owned())).or_default() += 1;
    }
}

/// Sends a request until it is answered, to whatever process is there.
#[derive(Clone)]
pub struct Client {
    address: watch::Receiver<Address>,
    token: Arc<str>,
    rest: Rest,
    at: Address,
    told: Arc<Told>,
}

impl Client {
    /// A client with a token that is good for every process on the data folder.
    pub fn new(address: watch::Receiver<Address>, token: &str, told: &Arc<Told>) -> Self {
        let at = address.borrow().clone();
        Self {
            rest: Rest::new(&at.api, Some(token)),
            at,
            address,
            token: token.into(),
            told: told.clone(),
        }
    }

    /// The embedded AWS of the process of the moment, in the name of an account.
    pub fn cloud(&self, access_key: &str, region: &str) -> Cloud {
        Cloud::new(&self.address.borrow().cloud, access_key, region)
    }

    /// Reads.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, None, None).await
    }

    /// Changes under a request id. Every answer but 200 fails the test: the teams ask only what is allowed.
    /// `command` is what the journal calls it, if it is to be looked for there, and `about` the field with the
    /// id of what is changed.
    pub async fn change(
        &mut self,
        (command, about): (&'static str, &str),
        method: Method,
        path: &str,
        id: &str,
        body: Option<&Value>,
    ) -> Value {
        let answer = self.send(method, path, Some(id), body).await;
        assert_eq!(answer.status, 200, "request {id}: {answer}");
        let answer = answer.json();
        let changed = answer[about].as_str();
        let changed = changed.unwrap_or_else(|| panic!("no {about} in {answer}"));
        if !command.is_empty() {
            self.told.acknowledge(command, changed);
        }
        answer
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
                    self.told.answered.fetch_add(1, Ordering::Relaxed);
                    return answer;
                }
                Ok(Ok(answer)) => {
                    self.told.refused.fetch_add(1, Ordering::Relaxed);
                    answer.to_string()
                }
                Ok(Err(error)) => error,
                Err(_) => "no answer in 20 s".to_owned(),
            };
            assert!(
                begun.elapsed() < PATIENCE,
                "{method} {path} is not answered: {why}"
            );
            self.told.repeated.fetch_add(1, Ordering::Relaxed);
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
            self.rest = Rest::new(&now.api, Some(&self.token));
            self.at = now;
        }
    }
}

/// Busy, unavailable, took too long: to be sent again.
fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 503 | 504)
}
