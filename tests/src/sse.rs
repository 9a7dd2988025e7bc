use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::Value;

use crate::until::DEADLINE;

/// Server-sent events (WHATWG HTML, 9.2), one after the other.
#[derive(Debug)]
pub struct EventStream {
    body: Incoming,
    read: String,
}

impl EventStream {
    pub(crate) fn new(body: Incoming) -> Self {
        Self {
            body,
            read: String::new(),
        }
    }

    /// The data of the next event; `None` when the server has ended the stream. Comments are skipped.
    pub async fn next(&mut self) -> Option<Value> {
        self.next_within(DEADLINE).await
    }

    async fn next_within(&mut self, deadline: Duration) -> Option<Value> {
        loop {
            while let Some((event, rest)) = self.read.split_once("\n\n") {
                let data: String = event
                    .lines()
                    .filter_map(|line| line.strip_prefix("data: "))
                    .collect();
                let error = event.lines().any(|line| line == "event: error");
                self.read = rest.to_owned();
                assert!(!error, "the stream ends with a problem: {data}");
                if !data.is_empty() {
                    return Some(serde_json::from_str(&data).expect("an event is JSON"));
                }
            }
            let frame = tokio::time::timeout(deadline, self.body.frame()).await;
            let frame = frame.expect("an event, or the end of the stream")?;
            if let Ok(data) = frame.expect("the stream breaks off").into_data() {
                self.read
                    .push_str(std::str::from_utf8(&data).expect("text"));
            }
        }
    }
}
